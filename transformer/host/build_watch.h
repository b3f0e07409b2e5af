// `foreload build --watch`: a build that is kept up to date.
//
// The project and the components are watched as trees, from before they are read. What else a build looks at (modules beside
// the project, a tsconfig.json above it, packages) is known afterwards only: the folders that have it are watched then, and
// what has changed in between is looked for.
#pragma once
#include "engine/file_watcher.h"
#include "host/host.h"

#include <llvm/ADT/StringSet.h>

namespace foreload {

class BuildSession;

/// Builds, and builds again what changes reach, until it is stopped. What is in the output then is what a build from
/// nothing would give; the outputs of components that are gone go, too, if nobody else has changed them. To be used by
/// one thread, but for stop().
class BuildWatch {
public:
  /// Fails if the system does not let it watch files. \p host has to outlive it; its options say that it is_watched.
  static llvm::Expected<std::unique_ptr<BuildWatch>> open(Host &host, BuildOptions options);
  ~BuildWatch();

  BuildResult build();
  /// Waits for changes that can matter; \p on_change is told of their paths before the build. Nothing: stop() was
  /// called.
  std::optional<BuildResult> next(llvm::function_ref<void(llvm::ArrayRef<std::string> paths)> on_change);
  /// Can be called from any thread, and in a signal handler.
  void stop() { watcher_->stop(); }

private:
  BuildWatch(Host &host, BuildOptions options, std::unique_ptr<FileWatcher> watcher);

  bool can_matter(const FileChange &change) const;
  bool is_in_trees(llvm::StringRef path) const;
  void watch_outside();
  void save_facts();

  Host &host_;
  const BuildOptions options_;
  std::unique_ptr<FileWatcher> watcher_;
  std::unique_ptr<BuildSession> session_;
  std::vector<std::string> trees_;     ///< folders that are watched with all that is below them
  llvm::StringSet<> outside_;          ///< other folders that are watched
  llvm::StringSet<> outside_files_;    ///< what was read in them, by real path
  bool has_outside_changed_ = false;   ///< folders may have come and gone
  std::vector<FileChange> missed_;     ///< what changed before somebody watched it; sorted
};

} // namespace foreload
