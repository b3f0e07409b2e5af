// `foreload check`: the awaits of each page that run one after another.
#include "analyze/awaits.h"
#include "engine/file_finder.h"
#include "host/host_state.h"
#include "plan/loader_key.h"
#include "plan/waterfalls.h"

#include <llvm/ADT/StringMap.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace foreload {

namespace {

using Json = nlohmann::ordered_json;

/// Whether a file of the project is one of its pages, by Astro's rule: below `src/pages` (of any project of a
/// repository), and no part of the name begins with an underscore.
bool is_page_file(llvm::StringRef below_root) {
  std::string path = "/" + below_root.str();
  size_t pages = path.find("/src/pages/");
  if (pages == std::string::npos && path.rfind("/pages/", 0) == 0)
    pages = 0;
  return pages != std::string::npos && path.find("/_", pages) == std::string::npos;
}

/// Code on one line, not too long.
std::string short_text(llvm::StringRef code) {
  constexpr size_t limit = 60;
  std::string text;
  for (llvm::StringRef word = code.ltrim(); !word.empty(); word = word.ltrim()) {
    size_t end = std::min(word.find_first_of(" \t\r\n"), word.size());
    text += (text.empty() ? "" : " ") + word.take_front(end).str();
    word = word.drop_front(end);
    if (text.size() > limit)
      break;
  }
  if (text.size() <= limit)
    return text;
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) // not within a character
    --end;
  return text.substr(0, end) + "…";
}

/// Something that a request starts with.
struct Root {
  std::string file; ///< what it is called by
  std::shared_ptr<const ModuleFacts> facts;
  const char *kind;
};

class Checker {
public:
  Checker(ModuleStore &modules, llvm::vfs::FileSystem &file_system, const HostOptions &host,
          const CheckOptions &options, CheckResult &result)
      : modules_(modules), file_system_(file_system), host_(host), options_(options), result_(result) {}

  void run() {
    find_roots();
    link();
    Waterfalls waterfalls(graph_, root_modules_);
    Json pages = Json::array();
    size_t waiting = 0;
    unsigned deepest = 0;
    for (size_t i = 0; i < roots_.size(); ++i) {
      Waterfall waterfall = waterfalls.find(root_modules_[i]);
      waiting += waterfall.now > waterfall.possible;
      deepest = std::max(deepest, waterfall.now);
      result_.over_budget += is_over_budget(waterfall);
      pages.push_back(page_json(roots_[i], waterfall));
    }
    Json json;
    json["version"] = 1;
    json["generator"] = "foreload " FORELOAD_VERSION;
    json["maxDepth"] = options_.max_depth ? Json(*options_.max_depth) : Json();
    json["summary"] = {
        {"pages", roots_.size()}, {"waterfalls", waiting}, {"overBudget", result_.over_budget}, {"deepest", deepest}};
    json["pages"] = std::move(pages);
    json["loops"] = loops_json();
    json["notCounted"] = not_counted_json();
    json["unknown"] = unknown_json();
    result_.json = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    sort_diagnostics(result_.diagnostics);
  }

private:
  std::string display(llvm::StringRef path) const {
    llvm::StringRef below = path;
    if (below.consume_front(host_.root) && below.consume_front("/"))
      return below.str();
    return relative_path(host_.root, path);
  }

  bool is_over_budget(const Waterfall &waterfall) const {
    return options_.max_depth && waterfall.now > *options_.max_depth;
  }

  /// The facts of a component, or null; says what is wrong with it.
  std::shared_ptr<const ModuleFacts> read(llvm::StringRef path) {
    std::string error;
    std::shared_ptr<const ModuleFacts> facts = modules_.facts(path, error);
    if (!facts)
      result_.diagnostics.push_back(file_error(path, 9001, "the file could not be read: " + error));
    else if (!facts->usable)
      report_unusable(facts->diagnostics);
    return facts && facts->usable && facts->awaits ? facts : nullptr;
  }

  /// What is wrong with a package is nothing that its user could mend.
  void report_unusable(const std::vector<Diagnostic> &diagnostics) {
    for (const Diagnostic &diagnostic : diagnostics)
      if (diagnostic.file.find("/node_modules/") == std::string::npos)
        result_.diagnostics.push_back(diagnostic);
  }

  void find_roots() {
    std::vector<std::string> files = FileFinder(file_system_, "", result_.diagnostics, [](llvm::StringRef path) {
                                       return is_component_path(path) || is_markdown_path(path);
                                     }).find(options_.directory);
    for (const std::string &file : files) {
      if (!is_page_file(display(file)))
        continue;
      if (std::shared_ptr<const ModuleFacts> facts = read(file))
        roots_.push_back({display(file), std::move(facts), "page"});
    }
    if (!roots_.empty())
      return;
    for (const std::string &file : files)
      if (is_component_path(file))
        if (std::shared_ptr<const ModuleFacts> facts = read(file))
          roots_.push_back({display(file), std::move(facts), "component"});
    has_pages_ = false;
  }

  void link() {
    std::vector<std::shared_ptr<const ModuleFacts>> facts;
    for (const Root &root : roots_)
      facts.push_back(root.facts);
    graph_ = link_modules(facts, modules_);
    report_unusable(graph_.unusable);
    llvm::StringMap<uint32_t> indexes;
    for (uint32_t i = 0; i < graph_.modules.size(); ++i)
      indexes[graph_.modules[i].path] = i;
    for (const Root &root : roots_)
      root_modules_.push_back(indexes[root.facts->source->path()]);
    if (!has_pages_)
      drop_rendered();
    add_islands();
  }

  /// Without pages, a component that nobody renders stands for one. Of a circle that nobody else renders, each does.
  void drop_rendered() {
    std::vector<bool> rendered = reached_from([&](uint32_t module) { return !is_rendered_[module]; });
    std::vector<Root> roots;
    std::vector<uint32_t> modules;
    for (size_t i = 0; i < roots_.size(); ++i)
      if (!is_rendered_[root_modules_[i]] || !rendered[root_modules_[i]]) {
        roots.push_back(std::move(roots_[i]));
        modules.push_back(root_modules_[i]);
      }
    roots_ = std::move(roots);
    root_modules_ = std::move(modules);
  }

  /// The modules that are rendered below those for which \p is_start holds; fills is_rendered_ first.
  template <typename IsStart> std::vector<bool> reached_from(IsStart &&is_start) {
    is_rendered_.assign(graph_.modules.size(), false);
    for (uint32_t i = 0; i < graph_.modules.size(); ++i)
      for (uint32_t target : graph_.modules[i].site_targets)
        if (target != no_index && target != i)
          is_rendered_[target] = true;
    std::vector<bool> reached(graph_.modules.size());
    std::vector<uint32_t> queue;
    for (uint32_t i = 0; i < graph_.modules.size(); ++i)
      if (is_start(i))
        queue.push_back(i);
    for (size_t next = 0; next < queue.size(); ++next)
      for (uint32_t target : graph_.modules[queue[next]].site_targets)
        if (target != no_index && !reached[target]) {
          reached[target] = true;
          queue.push_back(target);
        }
    return reached;
  }

  /// A server island is rendered in a request of its own.
  void add_islands() {
    std::vector<bool> is_island(graph_.modules.size());
    for (const LinkedModule &module : graph_.modules)
      for (size_t site = 0; site < module.site_targets.size(); ++site)
        if (module.site_targets[site] != no_index && module.facts->sites[site].is_island)
          is_island[module.site_targets[site]] = true;
    for (uint32_t i = 0; i < graph_.modules.size(); ++i)
      if (is_island[i]) {
        roots_.push_back({display(graph_.modules[i].path), graph_.modules[i].facts, "island"});
        root_modules_.push_back(i);
      }
  }

  // ---- JSON

  const ModuleFacts &facts(uint32_t module) const { return *graph_.modules[module].facts; }
  const AwaitFact &await_of(uint32_t module, uint32_t await) const { return facts(module).awaits->awaits[await]; }

  Json place_json(uint32_t module, Span span) const {
    Position start = facts(module).source->position(span.begin);
    return {{"file", display(graph_.modules[module].path)}, {"line", start.line}, {"column", start.column}};
  }

  Json range_json(uint32_t module, Span span) const {
    const SourceFile &source = *facts(module).source;
    Position start = source.position(span.begin), end = source.position(span.end);
    return {{"file", display(graph_.modules[module].path)},
            {"range",
             {{"start", {{"line", start.line}, {"column", start.column}, {"offset", start.offset}}},
              {"end", {{"line", end.line}, {"column", end.column}, {"offset", end.offset}}}}},
            {"text", short_text(source.text(span))}};
  }

  Json page_json(const Root &root, const Waterfall &waterfall) const {
    Json json;
    json["file"] = root.file;
    json["kind"] = root.kind;
    json["depth"] = {{"now", waterfall.now}, {"possible", waterfall.possible}, {"data", waterfall.data}};
    json["overBudget"] = is_over_budget(waterfall);
    json["chain"] = Json::array();
    for (size_t i = 0; i < waterfall.steps.size(); ++i)
      json["chain"].push_back(step_json(waterfall.steps[i], i + 1));
    return json;
  }

  Json step_json(const WaterfallStep &step, size_t turn) const {
    const AwaitFact &await = await_of(step.module, step.await);
    Json json;
    json["turn"] = turn;
    json["earliest"] = step.earliest;
    json["startsWith"] = step.together == no_index ? Json() : Json(step.together + 1);
    json.update(range_json(step.module, await.span));
    json["kind"] = await.kind == AwaitFact::Kind::Loader ? "loader" : await.for_await ? "for await" : "await";
    json["repeated"] = await.repeated;
    json["chained"] = await.chained;
    json["conditional"] = await.conditional;
    json["needs"] = Json::array();
    for (const AwaitNeed &need : step.needs)
      json["needs"].push_back(need_json(need));
    return json;
  }

  Json need_json(const AwaitNeed &need) const {
    Json json;
    switch (need.why) {
    case AwaitNeed::Why::Data:
      json["why"] = "data";
      break;
    case AwaitNeed::Why::Condition:
      json["why"] = "condition";
      break;
    case AwaitNeed::Why::Repetition:
      json["why"] = "repetition";
      break;
    case AwaitNeed::Why::Guard:
      json["why"] = "guard";
      break;
    case AwaitNeed::Why::Effect:
      json["why"] = "effect";
      break;
    }
    json["name"] = need.name.empty() ? Json() : Json(need.name);
    json["turn"] = need.step == no_index ? Json() : Json(need.step + 1);
    json["await"] = place_json(need.module, await_of(need.module, need.await).span);
    json["at"] = need.why == AwaitNeed::Why::Data ? Json() : place_json(need.at_module, need.at);
    return json;
  }

  /// Calls \p function with each await of the components that are rendered.
  template <typename Function> void for_each_await(Function &&function) const {
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < graph_.modules.size(); ++i)
      if (facts(i).awaits)
        order.push_back(i);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return graph_.modules[a].path < graph_.modules[b].path; });
    for (uint32_t module : order)
      for (const AwaitFact &await : facts(module).awaits->awaits)
        function(module, await);
  }

  /// Awaits in loops whose turns do not need each other.
  Json loops_json() const {
    Json json = Json::array();
    for_each_await([&](uint32_t module, const AwaitFact &await) {
      if (await.repeated && !await.chained && !await.for_await && await.counts())
        json.push_back(range_json(module, await.span));
    });
    return json;
  }

  Json not_counted_json() const {
    static const std::pair<AwaitFact::Kind, const char *> kinds[] = {
        {AwaitFact::Kind::Module, "module"},   {AwaitFact::Kind::Content, "content"},
        {AwaitFact::Kind::Body, "body"},       {AwaitFact::Kind::Slot, "slot"},
        {AwaitFact::Kind::Settled, "settled"}, {AwaitFact::Kind::Failure, "failure"}};
    Json json;
    for (auto [kind, name] : kinds) {
      json[name] = 0;
      for_each_await([&, kind = kind, name = name](uint32_t, const AwaitFact &await) {
        if (await.kind == kind)
          json[name] = json[name].get<size_t>() + 1;
      });
    }
    return json;
  }

  /// Components that may be Astro's, and could not be followed.
  Json unknown_json() const {
    Json json = Json::array();
    for (uint32_t i = 0; i < graph_.modules.size(); ++i) {
      const LinkedModule &module = graph_.modules[i];
      if (!facts(i).awaits)
        continue;
      for (size_t site = 0; site < module.site_targets.size(); ++site) {
        if (module.site_targets[site] != no_index || !facts(i).awaits->sites[site].rendered)
          continue;
        if (const char *reason = unknown_reason(module, facts(i).sites[site])) {
          Json unknown{{"tag", facts(i).sites[site].tag}, {"reason", reason}};
          unknown.update(place_json(i, facts(i).sites[site].span));
          json.push_back(std::move(unknown));
        }
      }
    }
    return json;
  }

  const char *unknown_reason(const LinkedModule &module, const RenderSite &site) const {
    if (site.import == no_index)
      return "dynamic";
    const ImportFact &import = module.facts->imports[site.import];
    for (const UnresolvedImport &unresolved : graph_.unresolved)
      if (unresolved.importer == module.path && unresolved.specifier == import.specifier)
        return "not found";
    return is_component_path(import.specifier) ? "unreadable" : nullptr; // a framework's, or Astro's own
  }

  ModuleStore &modules_;
  llvm::vfs::FileSystem &file_system_;
  const HostOptions &host_;
  const CheckOptions &options_;
  CheckResult &result_;
  std::vector<Root> roots_;
  std::vector<uint32_t> root_modules_; ///< by root
  bool has_pages_ = true;
  ModuleGraph graph_;
  std::vector<bool> is_rendered_; ///< by module: some other component does
};

} // namespace

CheckResult Host::check(const CheckOptions &options) {
  CheckResult result;
  CheckOptions absolute = options;
  while (absolute.directory.size() > 1 && absolute.directory.back() == '/')
    absolute.directory.pop_back();
  AnalyzeOptions analyze = state_->analyze_options();
  analyze.awaits = true;
  ModuleStore modules(state_->file_system, state_->resolver_options(), analyze, state_->options.ask_first);
  Checker(modules, *state_->file_system, state_->options, absolute, result).run();
  return result;
}

} // namespace foreload
