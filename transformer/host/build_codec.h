// Results and options of builds in archives.
#pragma once
#include "engine/diagnostic_codec.h"
#include "host/host.h"

namespace foreload {

constexpr StrategyOption last_of(StrategyOption) { return StrategyOption::Reference; }
constexpr HostMode last_of(HostMode) { return HostMode::Build; }

/// The options that a result depends on, with \p root for the root. All options are named here, so that none is forgotten.
/// With plugins, composition or another resolver nothing is kept.
inline void archive_options(ArchiveWriter &archive, const HostOptions &options, llvm::StringRef root) {
  const auto &[root_here, lift, strategy, auto_lift, dedupe, speculative, runtime_module, ask_first, prefetch, runtime_aliases,
               mode, compose, plugins, trace, cache, is_watched] = options;
  archive(root, lift, strategy, auto_lift, dedupe, speculative, runtime_module, runtime_aliases, mode);
}

/// What came out. How is not part of it.
template <class Archive> void fields(Archive &archive, ValueOf<BuildResult> auto &value) {
  auto &[manifest, components, changed, loaders, lifted, reuse, diagnostics, statistics] = value;
  archive(manifest, components, changed, loaders, lifted, diagnostics);
}

} // namespace foreload
