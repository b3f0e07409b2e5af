#include "host/load_names.h"

#include "plan/loader_key.h"

namespace foreload {

const ModuleFacts *component_of(const ModuleGraph &graph, const ScheduledLoad &load) {
  if (load.module != no_index)
    return graph.modules[load.module].facts.get();
  const LoaderNode &node = graph.loaders.nodes[load.loader];
  return node.facts->loader && node.facts->loader->local == node.local ? node.facts.get() : nullptr;
}

llvm::StringRef path_of(const ModuleGraph &graph, const ScheduledLoad &load) {
  return load.module != no_index ? llvm::StringRef(graph.modules[load.module].path)
                                 : graph.loaders.nodes[load.loader].facts->source->path();
}

std::string name_of(const ModuleGraph &graph, const ScheduledLoad &load) {
  const std::string &local = graph.loaders.nodes[load.loader].local;
  return local.empty() ? "default" : local;
}

std::string key_of(const ModuleGraph &graph, const ScheduledLoad &load, llvm::StringRef root) {
  std::string key = loader_key(path_of(graph, load), root);
  if (load.await != no_index)
    return key + "#" + std::to_string(load.await + 1);
  return component_of(graph, load) ? key : key + "#" + name_of(graph, load);
}

} // namespace foreload
