#include "cli/graph_json.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Support/JSON.h>

namespace foreload::cli {

namespace {

/// JSON is UTF-8; paths and specifiers are what they are.
std::string utf8(std::string text) { return llvm::json::isUTF8(text) ? text : llvm::json::fixUTF8(text); }

class Writer {
public:
  Writer(const ProjectGraph &project, llvm::json::OStream &json) : project_(project), json_(json) {
    names_.reserve(project.graph.modules.size());
    for (uint32_t module = 0; module < project.graph.modules.size(); ++module)
      names_.push_back(utf8(project.name(module)));
  }

  void write() {
    json_.object([&] {
      json_.attribute("root", utf8(project_.root));
      json_.attributeArray("modules", [&] {
        llvm::ArrayRef<LooseImport> rest = project_.graph.loose; // by module, as the modules come
        for (uint32_t module = 0; module < names_.size(); ++module) {
          llvm::ArrayRef<LooseImport> own =
              rest.take_while([&](const LooseImport &import) { return import.module == module; });
          write_module(module, own);
          rest = rest.drop_front(own.size());
        }
      });
      json_.attributeArray("order", [&] {
        for (uint32_t module : project_.order.modules)
          json_.value(names_[module]);
      });
      json_.attributeArray("cycles", [&] {
        for (const ModuleOrder::Cycle &cycle : project_.order.cycles)
          json_.object([&] {
            json_.attributeArray("modules", [&] {
              for (uint32_t module : cycle.modules)
                json_.value(names_[module]);
            });
            json_.attribute("componentSize", static_cast<int64_t>(cycle.component_size));
          });
      });
      json_.attributeArray("orphans", [&] {
        for (uint32_t module : project_.orphans)
          json_.value(names_[module]);
      });
      json_.attributeArray("packages", [&] {
        for (const UsedPackage &package : project_.packages)
          json_.object([&] {
            json_.attribute("name", utf8(package.name));
            json_.attribute("importers", static_cast<int64_t>(package.importers));
          });
      });
      json_.attributeObject("statistics", [&] { write_statistics(); });
    });
  }

private:
  void write_module(uint32_t number, llvm::ArrayRef<LooseImport> loose) {
    const ImportGraph::Module &module = project_.graph.modules[number];
    json_.object([&] {
      json_.attribute("path", names_[number]);
      json_.attribute("type", type_name(module.type));
      if (module.is_root)
        json_.attribute("root", true);
      if (module.is_installed)
        json_.attribute("installed", true);
      if (!module.is_read)
        return;
      json_.attribute("bytes", module.size);
      json_.attributeArray("imports", [&] {
        for (uint32_t at = module.edges_begin; at < module.edges_end; ++at) {
          const ImportEdge &edge = project_.graph.edges[at];
          json_.object([&] {
            json_.attribute("path", names_[edge.target]);
            json_.attribute("form", form_name(edge.form));
            if (edge.type_only)
              json_.attribute("typeOnly", true);
          });
        }
      });
      write_loose("external", loose, true);
      write_loose("unresolved", loose, false);
    });
  }

  void write_loose(const char *name, llvm::ArrayRef<LooseImport> loose, bool is_external) {
    if (llvm::none_of(loose, [&](const LooseImport &import) { return import.is_external == is_external; }))
      return;
    json_.attributeArray(name, [&] {
      for (const LooseImport &import : loose) {
        if (import.is_external != is_external)
          continue;
        json_.object([&] {
          json_.attribute("specifier", utf8(import.specifier));
          if (import.type_only)
            json_.attribute("typeOnly", true);
          if (!is_external) {
            json_.attribute("line", import.position.line);
            json_.attribute("column", import.position.column);
            if (import.other_case) {
              json_.attribute("didYouMean", utf8(import.other_case->specifier));
              json_.attribute("diskIgnoresCase", import.other_case->disk_ignores_case);
            }
          }
        });
      }
    });
  }

  void write_statistics() {
    const GraphStatistics &statistics = project_.statistics;
    json_.attribute("modules", static_cast<int64_t>(names_.size()));
    json_.attribute("imports", static_cast<int64_t>(project_.graph.edges.size()));
    json_.attribute("folders", static_cast<int64_t>(statistics.folders));
    json_.attribute("bytes", static_cast<int64_t>(statistics.bytes));
    json_.attribute("lookups", static_cast<int64_t>(statistics.lookups));
    json_.attribute("cacheHits", static_cast<int64_t>(statistics.cache_hits));
    json_.attribute("foldersListed", static_cast<int64_t>(statistics.folders_listed));
    json_.attribute("threads", statistics.threads);
    json_.attribute("crawlMilliseconds", statistics.crawl_milliseconds);
    json_.attribute("orderMilliseconds", statistics.order_milliseconds);
    json_.attribute("peakMemory", static_cast<int64_t>(statistics.peak_memory));
  }

  const ProjectGraph &project_;
  llvm::json::OStream &json_;
  std::vector<std::string> names_;
};

std::string quoted(llvm::StringRef text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + '"';
}

} // namespace

std::string graph_json(const ProjectGraph &project) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  {
    llvm::json::OStream json(stream, /*IndentSize=*/1);
    Writer(project, json).write();
  }
  stream << '\n';
  stream.flush();
  return text;
}

std::string graph_dot(const ProjectGraph &project) {
  const ImportGraph &graph = project.graph;
  std::vector<bool> is_cyclic(graph.modules.size());
  for (const ModuleOrder::Cycle &cycle : project.order.cycles)
    for (uint32_t module : cycle.modules)
      is_cyclic[module] = true;
  std::string text = "digraph modules {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n";
  for (uint32_t number = 0; number < graph.modules.size(); ++number) {
    text += "  " + std::to_string(number) + " [label=" + quoted(project.name(number));
    if (is_cyclic[number])
      text += ", color=red";
    else if (graph.modules[number].is_installed)
      text += ", color=gray, fontcolor=gray";
    text += "];\n";
  }
  for (uint32_t number = 0; number < graph.modules.size(); ++number) {
    const ImportGraph::Module &module = graph.modules[number];
    for (uint32_t at = module.edges_begin; at < module.edges_end; ++at) {
      const ImportEdge &edge = graph.edges[at];
      text += "  " + std::to_string(number) + " -> " + std::to_string(edge.target);
      if (edge.type_only)
        text += " [style=dotted]";
      else if (!edge.orders())
        text += " [style=dashed]";
      text += ";\n";
    }
  }
  return text + "}\n";
}

} // namespace foreload::cli
