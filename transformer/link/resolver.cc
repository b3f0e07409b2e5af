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

/// Held by calls until their end, so that invalidate() takes nothing away from those that are under way.
std::shared_ptr<ModuleLookup> Resolver::lookup() const {
  std::lock_guard lock(state_->mutex);
  return state_->lookup;
}

ResolveResult Resolver::resolve(llvm::StringRef specifier, llvm::StringRef importer) {
  importer = importer.take_front(importer.find('?'));
  std::shared_ptr<ModuleLookup> held = lookup();
  FoundImport found = held->resolve(specifier, normalized_path("", folder_of(importer)), name_of(importer));
  return {found.resolution, found.file ? found.file.path() : std::string()};
}

std::string Resolver::case_hint(llvm::StringRef specifier, llvm::StringRef importer) {
  importer = importer.take_front(importer.find('?'));
  std::optional<OtherCase> found =
      lookup()->in_other_case(specifier, normalized_path("", folder_of(importer)), name_of(importer));
  return found ? found->hint() : std::string();
}

void Resolver::invalidate() {
  auto fresh = std::make_shared<ModuleLookup>(state_->file_system, state_->options);
  std::lock_guard lock(state_->mutex);
  state_->lookup = std::move(fresh);
}

} // namespace foreload
