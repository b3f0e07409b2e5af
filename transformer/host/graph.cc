#include "host/graph.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/StringMap.h>

#include <algorithm>
#include <chrono>
#include <sys/resource.h>

namespace foreload {

namespace {

/// Milliseconds since it was made or asked.
class Stopwatch {
public:
  double lap() {
    Clock::time_point now = Clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(since_, now)).count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point since_ = Clock::now();
};

uint64_t peak_memory() {
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0)
    return 0;
#if defined(__APPLE__)
  return static_cast<uint64_t>(usage.ru_maxrss);
#else
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
#endif
}

/// The package that a file below node_modules belongs to.
std::string package_of(llvm::StringRef folder) {
  constexpr llvm::StringLiteral modules = "/node_modules/";
  std::string path = folder.str() + "/";
  llvm::StringRef inside = llvm::StringRef(path).drop_front(path.rfind(modules) + modules.size());
  size_t end = inside.find('/');
  if (!inside.empty() && inside.front() == '@')
    end = inside.find('/', end + 1);
  return inside.take_front(end).str();
}

void count(ProjectGraph &project) {
  const ImportGraph &graph = project.graph;
  project.importers.resize(graph.modules.size());
  for (const ImportEdge &edge : graph.edges)
    ++project.importers[edge.target];
  for (uint32_t number = 0; number < graph.modules.size(); ++number) {
    const ImportGraph::Module &module = graph.modules[number];
    ++project.statistics.modules_of_type[static_cast<size_t>(module.type)];
    project.statistics.installed += module.is_installed;
    project.statistics.bytes += module.size;
    bool is_code = module.type == ModuleType::Astro || module.type == ModuleType::Script;
    if (module.is_root && is_code && !project.importers[number] && !is_entry_point(project.name(number)))
      project.orphans.push_back(number);
  }
}

void find_packages(ProjectGraph &project) {
  const ImportGraph &graph = project.graph;
  llvm::StringMap<UsedPackage> packages;
  llvm::DenseMap<const Folder *, UsedPackage *> by_folder;
  llvm::SmallVector<UsedPackage *, 8> of_module;
  for (const ImportGraph::Module &module : graph.modules) {
    if (module.is_installed)
      continue;
    of_module.clear();
    for (uint32_t at = module.edges_begin; at < module.edges_end; ++at) {
      const ImportGraph::Module &target = graph.modules[graph.edges[at].target];
      if (!target.is_installed)
        continue;
      UsedPackage *&package = by_folder[target.file.folder];
      if (!package) {
        std::string name = package_of(target.file.folder->real_path);
        package = &packages[name];
        package->name = std::move(name);
      }
      if (std::find(of_module.begin(), of_module.end(), package) == of_module.end()) {
        of_module.push_back(package);
        ++package->importers;
      }
    }
  }
  for (auto &package : packages)
    project.packages.push_back(std::move(package.second));
  std::sort(project.packages.begin(), project.packages.end(),
            [](const UsedPackage &a, const UsedPackage &b) { return a.name < b.name; });
}

} // namespace

size_t ProjectGraph::unresolved_values() const {
  return static_cast<size_t>(std::count_if(graph.loose.begin(), graph.loose.end(), [](const LooseImport &loose) {
    return !loose.is_external && !loose.type_only;
  }));
}

size_t ProjectGraph::unresolved() const {
  return static_cast<size_t>(
      std::count_if(graph.loose.begin(), graph.loose.end(), [](const LooseImport &loose) { return !loose.is_external; }));
}

std::string ProjectGraph::name(uint32_t module) const {
  std::string path = graph.modules[module].file.path();
  llvm::StringRef below = path;
  return below.consume_front(root) && below.consume_front("/") ? below.str() : path;
}

ProjectGraph read_project_graph(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system,
                                const GraphOptions &options) {
  Stopwatch watch;
  CrawlOptions crawl;
  crawl.resolver.root = options.root;
  if (!options.conditions.empty())
    crawl.resolver.conditions = options.conditions;
  if (!options.main_fields.empty())
    crawl.resolver.main_fields = options.main_fields;
  crawl.roots = options.roots;
  crawl.exclude = options.exclude;
  crawl.into_packages = options.into_packages;
  crawl.threads = options.threads;
  CrawlResult crawled = crawl_modules(std::move(file_system), crawl);

  ProjectGraph project;
  const Folder *root = crawled.graph.lookup->files().folder(options.root);
  project.root = root ? root->real_path : options.root;
  project.graph = std::move(crawled.graph);
  project.diagnostics = std::move(crawled.diagnostics);
  project.statistics.threads = crawled.threads;
  project.statistics.folders = crawled.folders;
  project.statistics.lookups = crawled.lookups;
  project.statistics.cache_hits = crawled.cache_hits;
  project.statistics.folders_listed = project.graph.lookup->files().folders_listed();
  project.statistics.crawl_milliseconds = watch.lap();
  project.order = order_modules(project.graph);
  count(project);
  find_packages(project);
  project.statistics.order_milliseconds = watch.lap();
  find_other_cases(project.graph);
  project.statistics.peak_memory = peak_memory();
  return project;
}

bool is_entry_point(llvm::StringRef path) {
  llvm::StringRef below = path;
  if (size_t source = ("/" + path).str().rfind("/src/"); source != std::string::npos)
    below = path.drop_front(source + 4); // of one site among several, perhaps
  llvm::StringRef name = below.substr(below.rfind('/') + 1);
  if (name.find(".config.") != llvm::StringRef::npos || name.find(".test.") != llvm::StringRef::npos ||
      name.find(".spec.") != llvm::StringRef::npos)
    return true;
  auto is_in = [&](llvm::StringRef folder) { return below.size() > folder.size() && below.take_front(folder.size()) == folder; };
  return is_in("pages/") || is_in("content/") || is_in("middleware.") || is_in("middleware/index.") ||
         is_in("actions.") || is_in("actions/index.");
}

const char *type_name(ModuleType type) {
  switch (type) {
  case ModuleType::Astro:
    return "astro";
  case ModuleType::Script:
    return "script";
  case ModuleType::Markdown:
    return "markdown";
  case ModuleType::Json:
    return "json";
  case ModuleType::Asset:
    return "asset";
  }
  return "";
}

const char *form_name(ImportForm form) {
  switch (form) {
  case ImportForm::Static:
    return "static";
  case ImportForm::Dynamic:
    return "dynamic";
  case ImportForm::Require:
    return "require";
  case ImportForm::Layout:
    return "layout";
  case ImportForm::Client:
    return "client";
  case ImportForm::Resource:
    return "resource";
  case ImportForm::Glob:
    return "glob";
  case ImportForm::EagerGlob:
    return "eager-glob";
  }
  return "";
}

} // namespace foreload
