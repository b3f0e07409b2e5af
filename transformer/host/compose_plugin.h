// Component inclusion, as a plugin like any other.
#pragma once
#include "compose/compose_config.h"
#include "host/plugin.h"

namespace foreload {

/// Transforms Markdown (`.md`) below the base directory of \p config: references become the bodies of components, and
/// variables the values that the configuration gives them. What a file includes is a dependency of it. Other files, and
/// those that include nothing, stay as they are.
std::shared_ptr<Plugin> make_compose_plugin(ComposeConfig config,
                                            llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system);

} // namespace foreload
