#include "plan/conflicts.h"

#include <llvm/ADT/DenseSet.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace foreload {

namespace {

bool is_of_request(ResourceKind kind) {
  return kind == ResourceKind::Locals || kind == ResourceKind::Cookies || kind == ResourceKind::Body;
}

std::string file_name(llvm::StringRef path) { return path.rsplit('/').second.str(); }

} // namespace

EffectConflicts::EffectConflicts(const ModuleGraph &graph, uint32_t root, bool root_is_page)
    : graph_(graph), root_(root), root_is_page_(root_is_page) {
  for (const Barrier &barrier : graph.modules[root].facts->barriers)
    if (barrier.kind == Barrier::Kind::Effect)
      effects_end_ = std::max(effects_end_, barrier.statement.end);
  std::vector<uint32_t> reached{root};
  llvm::DenseSet<uint32_t> seen{root};
  for (size_t i = 0; i < reached.size(); ++i)
    for (uint32_t target : graph.modules[reached[i]].site_targets)
      if (target != no_index && seen.insert(target).second)
        reached.push_back(target);
  std::sort(reached.begin(), reached.end());
  for (uint32_t module : reached) {
    const LinkedModule &it = graph.modules[module];
    auto add = [&](const ResourceUse &use, bool is_loader) {
      Group &group = groups_[graph.resources[use.resource].group];
      group.sides[static_cast<size_t>(use.does)].push_back({module, is_loader, &use});
    };
    if (!it.facts->uses.empty()) // else nobody asks for it
      for (const ResourceUse &use : it.effects.loader)
        add(use, true);
    for (const ResourceUse &use : it.effects.render)
      add(use, false);
  }
}

/// Whether something that the root's own code does has happened when it starts loaders.
bool EffectConflicts::is_before_start(const ResourceUse &use, ResourceKind kind) const {
  const std::optional<Frontmatter> &frontmatter = graph_.modules[root_].facts->frontmatter;
  if (is_of_request(kind)) // each such statement is a barrier
    return frontmatter && use.last <= frontmatter->code.end;
  return use.first != 0 && use.last <= effects_end_;
}

/// Whether the order of the loader of \p component and \p other stays what it was though the loader starts early.
bool EffectConflicts::is_in_order(uint32_t component, bool is_own, const ResourceUse &use,
                                  const ConflictSide &other) const {
  if (other.module == component && other.is_loader)
    return true;
  const ModuleFacts &facts = *graph_.modules[component].facts;
  const LoaderUse &call = facts.uses.front();
  // A component's own code goes on when the data is there.
  if (other.module == component && other.use->first > call.call.end)
    return true;
  if (other.module == root_ && !other.is_loader && is_before_start(*other.use, graph_.resources[use.resource].kind))
    return true;
  // What the root renders comes after what its frontmatter asks for.
  return is_own && other.module != root_ && call.in_frontmatter;
}

/// The first code whose order with \p use would show, or null.
const ConflictSide *EffectConflicts::find_conflict(const ResourceUse &use, InOrder is_in_order) const {
  auto found = groups_.find(graph_.resources[use.resource].group);
  if (found == groups_.end())
    return nullptr;
  for (EffectKind does : {EffectKind::Changes, EffectKind::Adds, EffectKind::Reads})
    if (order_shows(use.does, does))
      for (const ConflictSide &other : found->second.sides[static_cast<size_t>(does)])
        if (overlap(graph_.resources[use.resource], graph_.resources[other.use->resource]) && !is_in_order(other))
          return &other;
  return nullptr;
}

/// Why what makes \p use of something cannot start before its place, or Must.
Doubt EffectConflicts::why_in_place(uint32_t component, const ResourceUse &use, Span span, InOrder is_in_order) const {
  auto verb = [](EffectKind does) { return std::string(effect_text(does)); };
  const LinkedModule &it = graph_.modules[component];
  const Resource &resource = graph_.resources[use.resource];
  std::string text = resource_text(resource, file_name(resource.module));
  if (const ConflictSide *other = find_conflict(use, is_in_order)) {
    std::string name = other->module == component ? "its own component" : file_name(graph_.modules[other->module].path);
    if (is_of_request(resource.kind))
      return {Certainty::May, 4001, span,
              "it reads " + text + ", which " + name +
                  (resource.kind == ResourceKind::Body ? " may read before" : " may change")};
    return {Certainty::May, static_cast<uint16_t>(use.does == EffectKind::Reads ? 4005 : 4004), span,
            "it " + verb(use.does) + " " + text + ", which " + name + " " + verb(other->use->does) +
                (other->use->does == use.does ? ", too" : "") + ": both keep their order"};
  }
  bool is_private = resource.kind == ResourceKind::Binding && resource.module == it.path;
  bool matters = resource.may_change && use.does != EffectKind::Adds && !is_private;
  if (!root_is_page_ && matters && !is_of_request(resource.kind))
    return {Certainty::May, 4003, span,
            "it " + verb(use.does) + " " + text + ", and only a page knows everything that could " +
                (use.does == EffectKind::Reads ? "change it before" : "use it before")};
  return {};
}

Doubt EffectConflicts::deferral(uint32_t component, bool is_own) const {
  const LinkedModule &it = graph_.modules[component];
  if (!it.facts->loader || it.facts->uses.empty())
    return {};
  for (const ResourceUse &use : it.effects.loader) {
    auto in_order = [&](const ConflictSide &other) { return is_in_order(component, is_own, use, other); };
    if (Doubt doubt = why_in_place(component, use, it.facts->loader->span, in_order); doubt.code != 0)
      return doubt;
  }
  return {};
}

Doubt EffectConflicts::await_deferral(uint32_t component, uint32_t index) const {
  const LinkedModule &it = graph_.modules[component];
  Span own = it.facts->implicit_loaders[index].expression;
  for (const ResourceUse &use : it.effects.awaits[index]) {
    if (is_of_request(graph_.resources[use.resource].kind))
      continue; // it may read that where PureCode::reads_state can be computed, and change nothing
    auto in_order = [&](const ConflictSide &other) {
      if (other.module == component && !other.is_loader)
        return other.use->first >= (use.first ? use.first : own.begin); // it goes on when the data is there
      if (other.module == root_ && !other.is_loader)
        return is_before_start(*other.use, graph_.resources[use.resource].kind);
      return component == root_; // what the root renders comes after its frontmatter
    };
    if (Doubt doubt = why_in_place(component, use, own, in_order); doubt.code != 0)
      return doubt;
  }
  return {};
}

std::vector<Conflict> EffectConflicts::all() const {
  std::vector<Conflict> conflicts;
  for (const auto &[index, group] : groups_) {
    // What somebody does to it is listed once, by the most.
    Conflict conflict{index, {}};
    std::set<std::tuple<uint32_t, bool, uint32_t>> listed;
    for (size_t does = std::size(group.sides); does-- > 0;)
      for (const ConflictSide &side : group.sides[does])
        if (listed.insert({side.module, side.is_loader, side.use->resource}).second)
          conflict.sides.push_back(side);
    std::stable_sort(conflict.sides.begin(), conflict.sides.end(),
                     [](const ConflictSide &a, const ConflictSide &b) { return a.module < b.module; });
    bool has_loader = std::any_of(conflict.sides.begin(), conflict.sides.end(),
                                  [](const ConflictSide &side) { return side.is_loader; });
    const auto &[reads, adds, changes] = group.sides;
    bool shows = changes.empty() ? !adds.empty() && !reads.empty() : conflict.sides.size() > 1;
    if (has_loader && shows && conflict.sides.size() > 1)
      conflicts.push_back(std::move(conflict));
  }
  std::sort(conflicts.begin(), conflicts.end(),
            [](const Conflict &a, const Conflict &b) { return a.resource < b.resource; });
  return conflicts;
}

const char *effect_text(EffectKind does) {
  switch (does) {
  case EffectKind::Reads:
    return "reads";
  case EffectKind::Adds:
    return "adds to";
  case EffectKind::Changes:
    return "changes";
  }
  return "";
}

std::string resource_text(const Resource &resource, const std::string &module_name) {
  auto named = [&](const char *all, const char *before, const char *after) {
    return resource.name.empty() ? std::string(all) : before + resource.name + after;
  };
  switch (resource.kind) {
  case ResourceKind::Binding:
    return "'" + resource.name + "' of " + module_name;
  case ResourceKind::Global:
    return named("globalThis", "globalThis.", "");
  case ResourceKind::Environment:
    return named("process.env", "process.env.", "");
  case ResourceKind::Locals:
    return named("Astro.locals", "Astro.locals.", "");
  case ResourceKind::Cookies:
    return named("cookies", "the cookie '", "'");
  case ResourceKind::Headers:
    return named("the response", "the response's '", "'");
  case ResourceKind::Body:
    return "the request's body";
  case ResourceKind::Files:
    return named("files", "the file '", "'");
  case ResourceKind::Cache:
    return named("caches", "the cached '", "'");
  }
  return {};
}

} // namespace foreload
