// What changes on the disk, as it changes: Linux' inotify.
#pragma once
#include <llvm/ADT/StringMap.h>
#include <llvm/Support/Error.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace foreload {

/// Something has happened to a file or a folder. What it is like now, the disk says.
struct FileChange {
  std::string path;
  bool is_written = false; ///< nothing but that: it was there before, and has not been replaced by another file
};

/// What has happened until there was rest for a moment.
struct FileChanges {
  std::vector<FileChange> files; ///< sorted by path, each once
  bool is_all = false;           ///< there was too much to keep account of: anything may have changed
};

/// Watches folders. Paths are real ones: of a link it watches what the link leads to. To be used by one thread, but for
/// stop().
class FileWatcher {
public:
  /// \p is_passed_over: folders that are not watched, however they come to be below others.
  static llvm::Expected<std::unique_ptr<FileWatcher>> open(std::function<bool(llvm::StringRef path)> is_passed_over);
  ~FileWatcher();
  FileWatcher(const FileWatcher &) = delete;
  FileWatcher &operator=(const FileWatcher &) = delete;

  /// Watches a folder with all that is and will be below it. What is there already is no change.
  std::error_code add_tree(llvm::StringRef folder);
  /// Watches what is in a folder, and not what is below.
  std::error_code add_folder(llvm::StringRef folder);

  /// Waits for changes; many in a row are one answer. Nothing: stop() was called.
  std::optional<FileChanges> wait();
  /// Ends a wait(), the next one if there is none. Can be called from any thread, and in a signal handler.
  void stop();

private:
  FileWatcher(int events, int stop, std::function<bool(llvm::StringRef)> is_passed_over);

  struct Folder {
    std::string path;
    bool is_tree;
  };
  struct Seen {
    bool is_written; ///< and nothing else
    bool is_created; ///< by the first that happened
  };

  /// \p is_new: what is found there counts as a change.
  std::error_code add(std::string folder, bool is_tree, bool is_new);
  /// \p watch is of \p folder, and of no other one; of \p folder there is no other watch.
  void keep(int watch, Folder folder);
  void remove_tree(llvm::StringRef folder);
  /// False: there is nothing to be read.
  bool read_events();
  void note(std::string path, bool is_written, bool is_created);
  void start_over();
  /// Waits until there are events. \p timeout in milliseconds; -1: as long as it takes. False: it took longer.
  bool poll(int timeout);
  bool is_stopped();

  const int events_;
  const int stop_;
  const std::function<bool(llvm::StringRef)> is_passed_over_;
  std::vector<Folder> asked_;               ///< what was to be watched
  std::unordered_map<int, Folder> folders_; ///< by watch
  llvm::StringMap<int> watches_;            ///< by folder
  llvm::StringMap<Seen> seen_;              ///< by path
  bool is_overrun_ = false;
};

} // namespace foreload
