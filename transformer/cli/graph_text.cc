#include "cli/graph_text.h"

#include "cli/diagnostic_text.h"
#include "host/markup.h"

#include <llvm/ADT/MapVector.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringMap.h>

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
  static constexpr const char *names[] = {"component", "script", "Markdown", "JSON", "other"}; // two of them are counted
  std::string text;
  for (size_t type = 0; type < statistics.modules_of_type.size(); ++type) {
    size_t count = statistics.modules_of_type[type];
    if (count)
      text += (text.empty() ? "" : ", ") + (type < 2 ? grouped(count, names[type]) : grouped(count) + " " + names[type]);
  }
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

  // A package that is not installed is missing in many modules.
  struct Unresolved {
    const LooseImport *first;
    size_t count;
  };
  llvm::MapVector<llvm::StringRef, Unresolved, llvm::StringMap<unsigned>> unresolved;
  for (const LooseImport &loose : graph.loose)
    if (!loose.is_external)
      ++unresolved.insert({loose.specifier, {&loose, 0}}).first->second.count;
  add_list(text, paint, grouped(project.unresolved(), "import") + " without a module", unresolved.size(), [&](size_t at) {
    const auto &[specifier, found] = unresolved.begin()[static_cast<std::ptrdiff_t>(at)];
    std::string line = paint(Colour::Yellow, printable(specifier)) + "  " +
                       printable(project.name(found.first->module)) + ":" +
                       std::to_string(found.first->position.line) + ":" +
                       std::to_string(found.first->position.column);
    if (found.count > 1)
      line += paint(Colour::Dim, " and " + grouped(found.count - 1) + " more");
    return found.first->other_case ? line + "\n    " + printable(found.first->other_case->hint()) : line;
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
         paint(Colour::Dim, grouped(statistics.cache_hits) + " of " + grouped(statistics.lookups, "look-up") +
                                " answered from what was known, " + grouped(statistics.folders_listed, "folder") +
                                " listed") +
         "\n" +
         paint(Colour::Dim, "read in " + decimal(statistics.crawl_milliseconds, 1) + " ms by " +
                                counted(statistics.threads, "thread") + ", ordered in " +
                                decimal(statistics.order_milliseconds, 1) + " ms, " +
                                bytes_text(statistics.peak_memory) + " of memory") +
         "\n";
}

} // namespace foreload::cli
