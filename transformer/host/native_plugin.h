// Plugins that are shared objects: foreload_plugin.h over the interface of plugins.
#pragma once
#include "foreload/foreload_plugin.h"
#include "host/plugin.h"

#include <llvm/Support/Error.h>

namespace foreload {

/// Loads the plugin at absolute path \p path for the project at \p root. \p options is JSON or empty. An error says in one
/// line what is wrong with the file, the plugin or the options. The library stays loaded.
llvm::Expected<std::shared_ptr<Plugin>> load_native_plugin(llvm::StringRef path, llvm::StringRef options,
                                                           llvm::StringRef root);

/// The same of a plugin that is linked into the program. \p where is what errors call it.
llvm::Expected<std::shared_ptr<Plugin>> make_native_plugin(fl_plugin_entry entry, llvm::StringRef where,
                                                           llvm::StringRef options, llvm::StringRef root);

} // namespace foreload
