// What came of earlier builds, for a build that would come to the same.
//
// That is the last one of the same directory with the same options, if nothing has changed since (build_record.h); or one
// that another machine has done, if there is a remote cache (shared_build.h). If nothing but the texts of some files has
// changed since the last one, the next can start from what that knew in the end (BuildSession::resume).
//
// Third-party plugins may depend on anything, and composition keeps a record of use. With them, builds are done again.
#pragma once
#include "engine/build_record.h"
#include "engine/module_store.h"
#include "host/build_session.h"
#include "host/shared_build.h"

namespace foreload {

/// For one build.
class BuildCache {
public:
  /// \p files is what the host reads through. The parameters have to outlive this.
  BuildCache(const HostOptions &host, const BuildOptions &build, ObservedFileSystem &files, ModuleStore &modules);

  /// Whether results are kept.
  bool is_repeatable() const { return is_repeatable_; }
  /// The result, if it is known. The outputs are there.
  std::optional<BuildResult> find();
  /// What the build can start from, after find(). It lasts as long as this.
  std::optional<LastBuild> last();
  /// Remembers the result of a build, and adds to it what was in the way. \p is_resumed: it has started from last().
  void keep(BuildResult &result, BuildSession &session, bool is_resumed);

private:
  void claim_output() const;
  bool has_output() const;
  std::optional<Observations> seen(bool is_resumed) const;
  void write_record(const BuildResult &result, llvm::ArrayRef<std::string> written, BuildSession *session,
                    bool is_resumed) const;
  void add_problem(BuildResult &result) const;

  ObservedFileSystem &files_;
  ModuleStore &modules_;
  OwnFiles own_;
  bool is_repeatable_;
  Digest key_;
  std::string record_;  ///< the file that it is in
  std::string session_; ///< the file for what BuildSession::save() gives
  std::string owner_;  ///< the file that says which build has begun last to write to the same output
  std::string token_;  ///< what it says if that is this one
  std::optional<SharedBuild> shared_;

  // Of the last build, if nothing but texts has changed:
  std::optional<BuildRecord> last_;
  std::vector<std::string> changed_;
  std::string manifest_;
  std::unique_ptr<llvm::MemoryBuffer> last_session_; ///< null: it is not there
};

} // namespace foreload
