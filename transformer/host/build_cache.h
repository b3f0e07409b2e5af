// What came of earlier builds, for a build that would come to the same.
//
// That is the last one of the same directory with the same options, if nothing has changed since (build_record.h); or one
// that another machine has done, if there is a remote cache (shared_build.h).
//
// Third-party plugins may depend on anything, and composition keeps a record of use. With them, builds are done again.
#pragma once
#include "host/shared_build.h"

namespace foreload {

/// For one build.
class BuildCache {
public:
  /// \p files is what the host reads through. The parameters have to outlive this.
  BuildCache(const HostOptions &host, const BuildOptions &build, ObservedFileSystem &files);

  /// The result, if it is known. The outputs are there.
  std::optional<BuildResult> find();
  /// Remembers the result of a build that has written the files \p written, and adds to it what was in the way.
  void keep(BuildResult &result, llvm::ArrayRef<std::string> written);

private:
  void claim_output() const;
  bool has_output() const;
  void write_record(const BuildResult &result, llvm::ArrayRef<std::string> written) const;
  void add_problem(BuildResult &result) const;

  const ObservedFileSystem &files_;
  OwnFiles own_;
  bool is_repeatable_;
  Digest key_;
  std::string record_; ///< the file that it is in
  std::string owner_;  ///< the file that says which build has begun last to write to the same output
  std::string token_;  ///< what it says if that is this one
  std::optional<SharedBuild> shared_;
};

} // namespace foreload
