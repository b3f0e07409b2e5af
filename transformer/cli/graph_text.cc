#include "cli/graph_text.h"

#include "cli/diagnostic_text.h"
#include "host/markup.h"

#include <llvm/ADT/STLExtras.h>

#include <algorithm>

namespace foreload::cli {

namespace {

/// Longer lists are cut: --json has them whole.
constexpr size_t longest_list = 20;

/// `1,234`
std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3)
    digits.insert(at - 3, ",");
  return digits;
}

std::string grouped(uint64_t count, llvm::StringRef noun) {
  return grouped(count) + " " + noun.str() + (count == 1 ? "" : "s");
}

std::string bytes_text(uint64_t bytes) {
  if (bytes < 1000)
    return grouped(bytes, "byte");
  if (bytes < 1000 * 1000)
    return decimal(static_cast<double>(bytes) / 1e3, 1) + " KB";
  return decimal(static_cast<double>(bytes) / 1e6, 1) + " MB";
}

/// A heading and one line for each item, as many as are shown.
template <typename Function>
void add_list(std::string &text, Painter paint, const std::string &heading, size_t count, Function &&line) {
  if (!count)
    return;
  text += "\n" + paint(Colour::Bold, heading) + "\n";
  for (size_t at = 0; at < std::min(count, longest_list); ++at)
    text += "  " + line(at) + "\n";
  if (count > longest_list)
    text += paint(Colour::Dim, "  … and " + grouped(count - longest_list) + " more") + "\n";
}

std::string kinds_text(const GraphStatistics &statistics) {
  static constexpr const char *names[] = {"components", "scripts", "Markdown", "JSON", "other files"};
  std::string text;
  for (auto [count, name] : llvm::zip(statistics.modules_of_type, names))
    if (count)
      text += (text.empty() ? "" : ", ") + grouped(count) + " " + name;
  return text;
}

} // namespace

std::string graph_text(const ProjectGraph &project, Painter paint) {
  const ImportGraph &graph = project.graph;
  const GraphStatistics &statistics = project.statistics;
  std::string text = paint(Colour::Bold, grouped(graph.modules.size(), "module")) + ", " +
                     grouped(graph.edges.size(), "import") + ", " + bytes_text(statistics.bytes) + "\n";
  if (std::string kinds = kinds_text(statistics); !kinds.empty())
    text += paint(Colour::Dim, kinds) + "\n";

  const std::vector<ModuleOrder::Cycle> &cycles = project.order.cycles;
  add_list(text, paint, grouped(cycles.size(), "import cycle"), cycles.size(), [&](size_t at) {
    std::string chain;
    for (uint32_t module : cycles[at].modules)
      chain += printable(project.name(module)) + " → ";
    chain += printable(project.name(cycles[at].modules.front()));
    size_t others = cycles[at].component_size - cycles[at].modules.size();
    return others ? chain + paint(Colour::Dim, " (and " + grouped(others) + " more that lead to each other)") : chain;
  });

  std::vector<const LooseImport *> unresolved;
  for (const LooseImport &loose : graph.loose)
    if (!loose.is_external)
      unresolved.push_back(&loose);
  add_list(text, paint, grouped(unresolved.size(), "import") + " without a module", unresolved.size(), [&](size_t at) {
    const LooseImport &loose = *unresolved[at];
    return printable(project.name(loose.module)) + ":" + std::to_string(loose.position.line) + ":" +
           std::to_string(loose.position.column) + "  " + paint(Colour::Yellow, printable(loose.specifier));
  });

  add_list(text, paint, grouped(project.orphans.size(), "module") + " that nothing imports", project.orphans.size(),
           [&](size_t at) { return printable(project.name(project.orphans[at])); });

  std::vector<const UsedPackage *> packages;
  for (const UsedPackage &package : project.packages)
    packages.push_back(&package);
  llvm::stable_sort(packages, [](const UsedPackage *a, const UsedPackage *b) { return a->importers > b->importers; });
  add_list(text, paint, grouped(packages.size(), "package"), packages.size(), [&](size_t at) {
    return printable(packages[at]->name) +
           paint(Colour::Dim, " in " + grouped(packages[at]->importers, "module"));
  });

  return text + "\n" +
         paint(Colour::Dim, "read in " + decimal(statistics.crawl_milliseconds, 1) + " ms by " +
                                counted(statistics.threads, "thread") + ", ordered in " +
                                decimal(statistics.order_milliseconds, 1) + " ms, " +
                                bytes_text(statistics.peak_memory) + " of memory") +
         "\n";
}

} // namespace foreload::cli
