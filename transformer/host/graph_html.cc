#include "host/graph_html.h"

#include "host/markup.h"
#include "host/report_style.h" // made of report.css by CMake

namespace foreload {

namespace {

std::string counted(size_t count, const char *noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

class GraphWriter {
public:
  explicit GraphWriter(const ProjectGraph &project) : project_(project), graph_(project.graph) {
    for (uint32_t module = 0; module < graph_.modules.size(); ++module)
      names_.push_back(project.name(module));
    first_importer_.resize(names_.size() + 1);
    for (const ImportEdge &edge : graph_.edges)
      ++first_importer_[edge.target + 1];
    for (size_t at = 1; at < first_importer_.size(); ++at)
      first_importer_[at] += first_importer_[at - 1];
    importers_.resize(graph_.edges.size());
    std::vector<uint32_t> filled(first_importer_);
    for (uint32_t module = 0; module < names_.size(); ++module)
      for (uint32_t at = graph_.modules[module].edges_begin; at < graph_.modules[module].edges_end; ++at)
        importers_[filled[graph_.edges[at].target]++] = module;
  }

  std::string write() {
    llvm::StringRef root = project_.root;
    std::string title = root.substr(root.rfind('/') + 1).str();
    html_ << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
    html_.text(title) << ": foreload graph</title>\n<style>\n" << report_style << "</style>\n</head>\n";
    html_ << "<body class=\"foreload report\">\n<header class=\"top\"><h1>";
    html_.text(title) << " <small>foreload graph</small></h1>\n<p class=\"counts\">";
    html_.text(counted(names_.size(), "module") + ", " + counted(graph_.edges.size(), "import") + ", " +
               decimal(static_cast<double>(project_.statistics.bytes) / 1000, 1))
        << " KB</p>\n</header>\n<main>\n";
    write_cycles();
    write_unresolved();
    write_orphans();
    write_packages();
    write_modules();
    html_ << "</main>\n</body>\n</html>\n";
    return html_.take();
  }

private:
  void begin_section(const std::string &title) {
    html_ << "<section class=\"page\"><h2>";
    html_.text(title) << "</h2>\n<ul class=\"diagnostics\">\n";
  }
  void end_section() { html_ << "</ul></section>\n"; }

  void link(uint32_t module) {
    html_ << "<a href=\"#m";
    html_.number(module) << "\">";
    html_.text(names_[module]) << "</a>";
  }

  void write_cycles() {
    const std::vector<ModuleOrder::Cycle> &cycles = project_.order.cycles;
    if (cycles.empty())
      return;
    begin_section(counted(cycles.size(), "import cycle"));
    for (const ModuleOrder::Cycle &cycle : cycles) {
      html_ << "<li>";
      for (uint32_t module : cycle.modules) {
        link(module);
        html_ << " → ";
      }
      link(cycle.modules.front());
      if (size_t others = cycle.component_size - cycle.modules.size()) {
        html_ << " <small>and ";
        html_.text(std::to_string(others)) << " more that lead to each other</small>";
      }
      html_ << "</li>\n";
    }
    end_section();
  }

  void write_unresolved() {
    size_t count = project_.unresolved();
    if (!count)
      return;
    begin_section(counted(count, "import") + " without a module");
    for (const LooseImport &loose : graph_.loose) {
      if (loose.is_external)
        continue;
      html_ << "<li class=\"error\"><b>";
      html_.text(loose.specifier) << "</b> in ";
      link(loose.module);
      html_ << " <small>";
      html_.text(std::to_string(loose.position.line) + ":" + std::to_string(loose.position.column))
          << "</small>";
      if (loose.other_case)
        html_.text(" " + loose.other_case->hint());
      html_ << "</li>\n";
    }
    end_section();
  }

  void write_orphans() {
    if (project_.orphans.empty())
      return;
    begin_section(counted(project_.orphans.size(), "module") + " that nothing imports");
    for (uint32_t module : project_.orphans) {
      html_ << "<li>";
      link(module);
      html_ << "</li>\n";
    }
    end_section();
  }

  void write_packages() {
    if (project_.packages.empty())
      return;
    begin_section(counted(project_.packages.size(), "package"));
    for (const UsedPackage &package : project_.packages) {
      html_ << "<li>";
      html_.text(package.name) << " <small>in ";
      html_.text(counted(package.importers, "module")) << "</small></li>\n";
    }
    end_section();
  }

  void write_modules() {
    html_ << "<section class=\"page\"><h2>Modules</h2>\n";
    for (uint32_t module = 0; module < names_.size(); ++module) {
      const ImportGraph::Module &known = graph_.modules[module];
      llvm::ArrayRef<uint32_t> importers(importers_.data() + first_importer_[module],
                                         first_importer_[module + 1] - first_importer_[module]);
      html_ << "<details id=\"m";
      html_.number(module) << "\"><summary>";
      html_.text(names_[module]) << " <small>";
      html_.text(std::string(type_name(known.type)) + ", " + counted(known.edges_end - known.edges_begin, "import") +
                 ", imported " + counted(importers.size(), "time"))
          << "</small></summary>\n<ul class=\"tree\">\n";
      for (uint32_t at = known.edges_begin; at < known.edges_end; ++at) {
        const ImportEdge &edge = graph_.edges[at];
        html_ << "<li>imports ";
        link(edge.target);
        html_ << " <small>";
        html_.text(std::string(form_name(edge.form)) + (edge.type_only ? ", types only" : "")) << "</small></li>\n";
      }
      for (uint32_t importer : importers) {
        html_ << "<li>imported by ";
        link(importer);
        html_ << "</li>\n";
      }
      html_ << "</ul></details>\n";
    }
    html_ << "</section>\n";
  }

  const ProjectGraph &project_;
  const ImportGraph &graph_;
  std::vector<std::string> names_;
  std::vector<uint32_t> first_importer_; ///< of each module, into importers_; the last one's end
  std::vector<uint32_t> importers_;
  Markup html_;
};

} // namespace

std::string graph_html(const ProjectGraph &project) { return GraphWriter(project).write(); }

} // namespace foreload
