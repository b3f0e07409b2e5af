// Reading a component's file: within the base directory, within bounds, and more than once if need be.
#pragma once
#include "compose/component_cache.h"

#include <chrono>
#include <optional>

namespace foreload {

/// How often a file is tried again after an error that may pass, and when.
struct RetryOptions {
  unsigned retries = 3;
  std::chrono::milliseconds first_delay{10}; ///< doubled for each further one
  std::chrono::milliseconds longest_delay{1000};
};

std::chrono::milliseconds retry_delay(const RetryOptions &options, unsigned retry);

/// Whether what \p error says may be otherwise in a moment: a disk that is busy, a share that does not answer.
bool is_transient(std::error_code error);

/// \p written in the form that stands for it: relative to the base directory, without `.` and `..`. Nothing if it leaves
/// the base directory or names none of its files.
std::optional<std::string> component_path(llvm::StringRef written);

struct ReadOutcome {
  std::shared_ptr<const MarkdownComponent> component; ///< null: `code` and `error` say why
  std::optional<llvm::vfs::Status> status; ///< of the file, if it could be asked for
  bool unchanged = false; ///< known from before; nothing was read
  uint16_t code = 0;
  std::string error; ///< what is to be said of it: "cannot be read: …"
  bool transient = false; ///< it may do to try again
};

/// Safe for concurrent use by multiple threads.
class ComponentReader {
public:
  /// \p base is absolute. Files of more than \p max_bytes are not read.
  ComponentReader(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, std::string base, uint64_t max_bytes,
                  bool leave_code_fences);

  /// \p path is what component_path() gave.
  ReadOutcome read(llvm::StringRef path, ComponentCache &cache) const;

  /// The same for a component whose text is known.
  ReadOutcome parse(llvm::StringRef path, llvm::StringRef text) const;

  /// The absolute path of a component.
  std::string file(llvm::StringRef path) const { return base_ + "/" + path.str(); }

private:
  void parse(ReadOutcome &outcome, std::string file, llvm::StringRef text) const;
  bool is_too_large(ReadOutcome &outcome, uint64_t size) const;
  bool is_below_base(llvm::StringRef file, ReadOutcome &outcome) const;

  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system_;
  std::string base_;
  uint64_t max_bytes_;
  bool leave_code_fences_;
};

} // namespace foreload
