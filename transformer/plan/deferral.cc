#include "plan/deferral.h"

#include <llvm/ADT/DenseSet.h>

#include <algorithm>

namespace foreload {

bool is_hard(const Barrier &barrier) { return barrier.kind != Barrier::Kind::State; }

Doubt barrier_doubt(const Barrier &barrier) {
  switch (barrier.kind) {
  case Barrier::Kind::Return:
    return {Certainty::May, 3003, barrier.at, "after an early return"};
  case Barrier::Kind::Effect:
    return {Certainty::May, 3004, barrier.at, "after a statement with an effect that cannot be seen through"};
  case Barrier::Kind::State:
    return {Certainty::May, 3004, barrier.at,
            "after a change of Astro.locals or cookies, or a read of the request's body"};
  }
  return {};
}

static std::string file_name(llvm::StringRef path) { return path.rsplit('/').second.str(); }

Deferrals::Deferrals(const ModuleGraph &graph, const PlanOptions &options, uint32_t root)
    : graph_(graph), options_(options), root_(root) {}

const std::vector<uint32_t> &Deferrals::writers() const {
  if (writers_)
    return *writers_;
  writers_.emplace();
  if (!graph_.has_state_changes)
    return *writers_;
  llvm::DenseSet<uint32_t> reached{root_};
  std::vector<uint32_t> queue{root_};
  for (size_t i = 0; i < queue.size(); ++i) {
    uint32_t at = queue[i];
    const ModuleFacts &it = *module(at).facts;
    bool writes = it.changes_state_in_markup || module(at).is_changed_below(it.astro_group) ||
                  (it.loader && module(at).loader_context.writes_state);
    for (const Barrier &barrier : it.barriers)
      writes |=
          barrier.kind == Barrier::Kind::State && at != root_; // the root's are handled by the place of its entries
    if (writes)
      writers_->push_back(at);
    for (uint32_t target : module(at).site_targets)
      if (target != no_index && reached.insert(target).second)
        queue.push_back(target);
  }
  return *writers_;
}

Doubt Deferrals::conflict(uint32_t component) const {
  return graph_.resources.empty() ? Doubt{} : conflicts().deferral(component);
}

const EffectConflicts &Deferrals::conflicts() const {
  if (!conflicts_)
    conflicts_.emplace(graph_, root_, is_page(module(root_).path, options_.root));
  return *conflicts_;
}

Doubt Deferrals::of(uint32_t component) const {
  const LoaderFacts &loader = *module(component).facts->loader;
  const ContextUse &context = module(component).loader_context;
  if (!options_.lift)
    return {Certainty::May, 3009, loader.span, "lifting is switched off"};
  if (loader.movability == Movability::Never)
    return {Certainty::May, loader.reason_code, loader.reason_span, loader.reason};
  if (Doubt reason = reference_reason(graph_, component, root_);
      options_.strategy == StrategyOption::Inline && !reason.text.empty())
    return {Certainty::May, reason.code, reason.span, reason.text + " (the strategy is 'inline')"};
  if (context.whole && (context.writes_state || !is_page(module(root_).path, options_.root)))
    return {Certainty::May, 3006, loader.span,
            "what it does with its context cannot be seen, so it may read or change Astro.locals and cookies"};
  if (context.changes_props)
    return {Certainty::May, 4002, loader.span, "it changes its props: it keeps its place"};
  if (context.writes_state)
    return {Certainty::May, 4002, loader.span,
            "it changes Astro.locals or cookies, or reads the request's body: it keeps its place"};
  if (!context.may_touch_state())
    return conflict(component);
  // What stands around a page is nothing; what stands around another component may change what the loader reads.
  if (!is_page(module(root_).path, options_.root))
    return {Certainty::May, 4003, loader.span,
            "it reads Astro.locals or cookies, and only a page knows everything that could change them before"};
  if (context.whole)
    for (uint32_t writer : writers())
      if (writer != component)
        return {Certainty::May, 4001, loader.span,
                "it may read Astro.locals or cookies, which " + file_name(module(writer).path) + " may change"};
  return conflict(component);
}

Doubt Deferrals::of_state(uint32_t) const {
  if (!is_page(module(root_).path, options_.root))
    return {Certainty::May, 4003, {}, "reads Astro.locals or cookies, which only a page may do for what is below it"};
  if (has_writers())
    return {Certainty::May,
            4001,
            {},
            "reads Astro.locals or cookies, which " + file_name(module(writers().front()).path) + " may change"};
  return {};
}

} // namespace foreload
