// What came of a build on another machine, from a remote cache.
//
// What a build reads is not known before it is done. So it is looked for by what is known: the options, and the components
// that it transforms. The answer says what else the build has seen, each file by its digest, each folder by its names. If
// all of that is the same here, the result is, too. It holds whole outputs: to fetch the facts of each file would take
// longer than to compute them.
//
// Paths are those below the repository's folder. A build that looks at files elsewhere is not shared.
#pragma once
#include "engine/observed_files.h"
#include "host/host.h"

namespace foreload {

class SharedBuild {
public:
  /// Asks the server for nothing yet. \p files is what the host reads through, and has to outlive this.
  SharedBuild(const HostOptions &host, const BuildOptions &build, ObservedFileSystem &files);

  /// The result of a build that would come to the same here. Its outputs are written; \p written gets their paths.
  std::optional<BuildResult> find(std::vector<std::string> &written);
  /// Tells the server of a result, with the outputs \p written.
  void keep(const BuildResult &result, llvm::ArrayRef<std::string> written);

  /// What was in the way, for the user.
  std::optional<Diagnostic> problem() const;

private:
  /// A file, a folder or something that is missing, as it was.
  struct Input;
  struct Output;

  std::optional<Digest> find_key();
  bool is_same_here(const Input &input);
  std::optional<std::vector<Input>> inputs() const;
  std::optional<std::string> below(llvm::StringRef path) const;
  std::string above(llvm::StringRef path) const;

  const HostOptions &host_;
  const BuildOptions &build_;
  ObservedFileSystem &files_;
  std::string repository_;
  std::unique_ptr<RemoteCache> remote_; ///< null: there is a problem
  std::optional<Digest> key_;
  std::string problem_;
};

} // namespace foreload
