// The module graph of a project, for people and tools: `foreload graph`.
#pragma once
#include "engine/module_crawl.h"

#include <array>

namespace foreload {

struct GraphOptions {
  std::string root;               ///< the project's root, absolute
  std::vector<std::string> roots; ///< see CrawlOptions
  std::vector<std::string> exclude; ///< likewise
  bool into_packages = false;
  std::vector<std::string> conditions;  ///< see ResolverOptions; empty: those of a server build
  std::vector<std::string> main_fields; ///< likewise
  unsigned threads = 0;
};

struct GraphStatistics {
  std::array<size_t, 5> modules_of_type{}; ///< by ModuleType
  size_t installed = 0;                    ///< modules below node_modules
  size_t folders = 0;                      ///< that were walked through
  uint64_t bytes = 0;                      ///< that were read
  uint64_t lookups = 0;                    ///< see CrawlResult
  uint64_t cache_hits = 0;                 ///< likewise
  size_t folders_listed = 0;               ///< by the resolver, too
  unsigned threads = 1;                    ///< that have read
  double crawl_milliseconds = 0;           ///< reading, scanning, resolving
  double order_milliseconds = 0;
  uint64_t peak_memory = 0; ///< of the process, in bytes: resident
};

struct UsedPackage {
  std::string name;
  size_t importers = 0; ///< modules of the project that import from it
};

struct ProjectGraph {
  std::string root; ///< names are relative to it
  ImportGraph graph;
  ModuleOrder order;
  std::vector<uint32_t> importers; ///< of each module: how many imports lead to it
  /// Modules that nothing imports, and that no tool is known to begin with by their names.
  std::vector<uint32_t> orphans;
  std::vector<UsedPackage> packages; ///< by name
  GraphStatistics statistics;
  std::vector<Diagnostic> diagnostics; ///< what could not be read or parsed

  /// How many imports lead nowhere, and are meant to lead somewhere.
  size_t unresolved() const;
  /// Of these, those that are there at run time.
  size_t unresolved_values() const;
  /// A module's name: its path, relative if it is below the root.
  std::string name(uint32_t module) const;
};

ProjectGraph read_project_graph(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system,
                                const GraphOptions &options);

/// Whether some tool loads the module at \p path, relative to the project's root, by its name: pages, middleware,
/// actions, content, configurations, tests.
bool is_entry_point(llvm::StringRef path);

const char *type_name(ModuleType type);
const char *form_name(ImportForm form);

} // namespace foreload
