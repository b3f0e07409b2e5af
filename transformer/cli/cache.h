// The options of the command line that are about caches.
#pragma once
#include "cli/arguments.h"
#include "host/host.h"

#include <llvm/Support/Error.h>

namespace foreload::cli {

/// A command's own options, and then those.
std::vector<Option> with_cache_options(std::vector<Option> options);

/// The cache for a project: node_modules/.cache/foreload, if it has node_modules, or what the options say. Nothing: there
/// is none. An error: the options make no sense.
llvm::Expected<std::optional<CacheOptions>> cache_for(const Arguments &arguments, llvm::StringRef root);

/// "120 of 124 files from the cache", or what else a build did not have to do, as a line; empty: there is no cache.
std::string reuse_text(const BuildResult &result);

} // namespace foreload::cli
