// Writing files so that nobody meets half of one.
#pragma once
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/raw_ostream.h>

#include <optional>
#include <string>
#include <system_error>

namespace foreload {

/// A file that is written beside the one whose name it takes when it is complete. It is locked until then, which tells
/// it from what a process that was killed has left.
class TemporaryFile {
public:
  TemporaryFile() = default;
  ~TemporaryFile() { discard(); }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;

  /// Makes the folders above \p file, too.
  std::error_code open(llvm::StringRef file);
  bool is_open() const { return stream_.has_value(); }
  llvm::raw_ostream &stream() { return *stream_; }
  /// Lets it take the name of the file, or removes it if it could not be written.
  std::error_code finish();

private:
  std::error_code close();
  void discard();

  std::string file_;
  std::string temporary_;
  int lock_ = -1;
  std::optional<llvm::raw_fd_ostream> stream_;
};

/// Whether a file of this name is a TemporaryFile.
bool is_temporary_name(llvm::StringRef name);

/// Removes the temporary files in a folder that nobody writes any more.
void remove_abandoned_files(llvm::StringRef folder);

/// Writes a file whole or not at all, as a TemporaryFile. Makes the folders above it.
std::error_code replace_file(llvm::StringRef file, llvm::StringRef text);

} // namespace foreload
