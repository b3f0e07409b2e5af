// What came of earlier builds, for a build that would come to the same.
//
// That is the last one of the same directory with the same options, if nothing has changed since: see build_record.h. And
// it is one that another machine has done, if there is a remote cache: see shared_build.h.
//
// Third-party plugins may depend on anything, and composition keeps a record of use. With them, builds are done again.
#pragma once
#include "engine/observed_files.h"
#include "host/host.h"

namespace foreload {

class BuildCache {
public:
  /// \p files is what the host reads through, and has to outlive this.
  BuildCache(const HostOptions &host, const BuildOptions &build, const ObservedFileSystem &files);

  /// The last result, if the build would come to the same, and has been written already.
  std::optional<BuildResult> find() const;
  /// Remembers the result of a build that has written the files \p written.
  void keep(const BuildResult &result, llvm::ArrayRef<std::string> written) const;

private:
  const ObservedFileSystem &files_;
  OwnFiles own_;
  bool is_repeatable_;
  Digest key_;
  std::string record_; ///< the file that it is in
};

} // namespace foreload
