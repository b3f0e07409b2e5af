#include "host/host.h"

namespace foreload {

struct Host::State {
  HostOptions options;
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system;
};

Host::Host(HostOptions options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system)
    : state_(std::make_unique<State>(State{
          std::move(options), file_system ? std::move(file_system) : llvm::vfs::getRealFileSystem()})) {}
Host::~Host() = default;

TransformResult Host::transform(llvm::StringRef id, llvm::StringRef code) {
  TransformResult result;
  result.code = {id.str(), code.str(), ""};
  return result;
}

void Host::add_resolution(llvm::StringRef, llvm::StringRef, llvm::StringRef) {}

BuildResult Host::build(const BuildOptions &) { return {}; }

ExplainResult Host::explain(llvm::StringRef) { return {"{}", {}}; }

void Host::invalidate(llvm::ArrayRef<std::string>) {}
void Host::invalidate_all() {}

} // namespace foreload
