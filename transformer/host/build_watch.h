// `foreload build --watch`: a build that is kept up to date.
#pragma once
#include "engine/file_watcher.h"
#include "host/host.h"

namespace foreload {

class BuildSession;

/// Builds, and builds again what changes reach, until it is stopped. What is in the output then is what a build from
/// nothing would give; the outputs of components that are gone go, too, if nobody else has changed them. To be used by
/// one thread, but for stop().
class BuildWatch {
public:
  /// Fails if the system does not let it watch files. \p host has to outlive it.
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
  void save_facts();

  Host &host_;
  const BuildOptions options_;
  std::unique_ptr<FileWatcher> watcher_;
  std::unique_ptr<BuildSession> session_;
};

} // namespace foreload
