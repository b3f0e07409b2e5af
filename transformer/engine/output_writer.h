// Where a build's outputs go.
#pragma once
#include "engine/replace_file.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringRef.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <system_error>

namespace foreload {

/// Writes files below one folder. Safe for concurrent use by multiple threads, for different files.
class OutputWriter {
public:
  /// \p folder is absolute; nothing is done before the first write(). \p keeps_account: remember what was written, for
  /// remove().
  explicit OutputWriter(std::string folder, bool keeps_account = false)
      : folder_(std::move(folder)), keeps_account_(keeps_account) {}

  /// Each file is written whole or not at all, and not if it has that text already: who watches the output is told of
  /// what is new, and reading costs less than writing.
  std::error_code write(llvm::StringRef below, llvm::StringRef text);

  /// Removes a file if it is as write() has left it, and the folders that were made for it when they are empty. What
  /// somebody else has written, or written over, stays.
  void remove(llvm::StringRef below);

  std::string path(llvm::StringRef below) const { return folder_ + "/" + below.str(); }
  void start_counting() { written_ = unchanged_ = bytes_ = 0; }
  size_t written() const { return written_; }
  size_t unchanged() const { return unchanged_; }
  uint64_t bytes() const { return bytes_; } ///< of what was written

private:
  std::string folder_;
  std::atomic<size_t> written_{0}, unchanged_{0};
  std::atomic<uint64_t> bytes_{0};

  struct Written {
    uint64_t size;
    uint64_t hash;
  };
  void note_folders(llvm::StringRef file);

  const bool keeps_account_;
  std::mutex mutex_;                 ///< guards what follows
  llvm::StringMap<Written> account_; ///< by path below the folder
  std::set<std::string> made_folders_;
};

/// Writes all outputs to one file instead, for tools that read them as a stream: a line of JSON for each
/// (docs/build.md). The file takes its name when it is complete.
class PackWriter {
public:
  explicit PackWriter(std::string file) : file_(std::move(file)) {}

  /// One output, as a line.
  static std::string line(llvm::StringRef below, llvm::StringRef text);
  /// Writes what batch number \p turn has given, behind all batches before it: the calling thread waits for those that
  /// are not done. So the file is the same for any number of threads, and no thread is far ahead of the slowest.
  void write(size_t turn, llvm::StringRef lines);
  /// To be called once, behind all write()s.
  std::error_code finish();

private:
  std::string file_;
  std::mutex mutex_; ///< guards what follows
  std::condition_variable turned_;
  size_t turn_ = 0;
  TemporaryFile pack_; ///< is opened by the first write()
  std::error_code error_;
};

} // namespace foreload
