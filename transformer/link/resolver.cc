#include "link/module_lookup.h"

#include <mutex>

namespace foreload {

struct Resolver::State {
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system;
  ResolverOptions options;
  std::mutex mutex; // guards the pointer, not what it points to
  std::shared_ptr<ModuleLookup> lookup;
};

Resolver::Resolver(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, ResolverOptions options)
    : state_(std::make_unique<State>()) {
  state_->file_system = std::move(file_system);
  state_->options = std::move(options);
  invalidate();
}

Resolver::~Resolver() = default;

ResolveResult Resolver::resolve(llvm::StringRef specifier, llvm::StringRef importer) {
  // Held until the end, so that invalidate() takes nothing away from calls that are under way.
  std::shared_ptr<ModuleLookup> lookup;
  {
    std::lock_guard lock(state_->mutex);
    lookup = state_->lookup;
  }
  importer = importer.take_front(importer.find('?'));
  FoundImport found = lookup->resolve(specifier, normalized_path("", folder_of(importer)), name_of(importer));
  return {found.resolution, found.file ? found.file.path() : std::string()};
}

void Resolver::invalidate() {
  auto fresh = std::make_shared<ModuleLookup>(state_->file_system, state_->options);
  std::lock_guard lock(state_->mutex);
  state_->lookup = std::move(fresh);
}

} // namespace foreload
