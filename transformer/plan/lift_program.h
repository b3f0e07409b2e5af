// What a lift point does to start loaders: a slice of the components below it, as statements.
//
// A component becomes a function of its props and slots that does what its render does, without the HTML and without
// waiting: its guards, conditions and callbacks, the registration of its loader, calls of the functions of its
// children. Each statement takes its code from the component that the function is of. What cannot be computed ahead of
// the render is left out, with a reason; the component that it concerns is then a lift point for it.
#pragma once
#include "analyze/module_facts.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace foreload {

/// Runs of loaders whose data a component has, or needs: a set of bits.
using RunSet = uint64_t;
constexpr RunSet own_run = 1; ///< of the loader that it exports
constexpr unsigned implicit_run_limit = 62;
constexpr RunSet implicit_run(uint32_t implicit_loader) { return RunSet{2} << implicit_loader; }

/// Whether an await calls an import with arguments that can be computed twice.
inline bool can_be_shared(const ModuleFacts &facts, const ImplicitLoader &loader) {
  return loader.callee != no_index &&
         std::all_of(loader.arguments.begin(), loader.arguments.end(),
                     [&](uint32_t argument) { return facts.codes[argument].doubt.certainty == Certainty::Must; });
}

struct LiftStep {
  enum class Kind : uint8_t {
    Register, ///< starts the component's own loader
    Await,    ///< starts facts.implicit_loaders[index], when `data` is there
    Call,     ///< the function `operand` for the render site `index`, with `contents` as its slots
    Slot,     ///< calls the slot facts.slots[index]; `steps` are the fallback content
    Branch,   ///< `steps` if the code `index` passes `test` (against the code `operand`)
    Each,     ///< `steps` each time that the callback `index` is called
    Declare,  ///< facts.declarations[index]
    Constant, ///< a constant of a callback: the code `index`
    Return,   ///< leaves the function or the callback
    Loaded,   ///< `steps` as soon as `data` is there
  } kind;
  struct Content {
    std::string slot;
    std::vector<LiftStep> steps;
  };

  RenderNode::Test test = RenderNode::Test::Truthy;
  uint32_t index = no_index;
  uint32_t operand = no_index;
  RunSet data = 0;
  bool again = false; ///< a Call for what another Call is there for, too, with less knowledge
  /// In the program of a lift point itself: the end of the statement behind which all that it needs is there.
  uint32_t at = 0;
  std::vector<LiftStep> steps;
  std::vector<Content> contents;
};

/// Which props of a component something reads, or lacks.
struct PropsUse {
  bool whole = false; ///< all of them: those too that have no name here
  std::set<std::string> names;

  bool empty() const { return !whole && names.empty(); }
  void add(const PropsUse &other) {
    whole |= other.whole;
    names.insert(other.names.begin(), other.names.end());
  }
};

/// Whether a value can be computed by a function, and when.
struct Known {
  Doubt doubt;                ///< not Must: it cannot, and this is why
  uint32_t module = no_index; ///< what the doubt's span is in
  RunSet data = 0;            ///< what it is computed from
  uint32_t at = 0;            ///< see LiftStep::at
  /// See PureCode: of it and all that it is computed from.
  bool makes_identity = false, call_makes_identity = false;

  bool is_known() const { return doubt.certainty == Certainty::Must; }
  void add(const Known &other) {
    if (is_known() && !other.is_known()) {
      doubt = other.doubt;
      module = other.module;
    }
    data |= other.data;
    makes_identity |= other.makes_identity;
    call_makes_identity |= other.call_makes_identity;
    at = std::max(at, other.at);
  }
};

/// Something that decides at run time whether a program does what stands in it.
struct LiftCondition {
  enum class Kind : uint8_t {
    Branch,  ///< the render node `index`
    Each,    ///< the render node `index`: a callback
    Content, ///< the render node `index`: the component renders that slot on a condition
    Slot,    ///< the render node `index`: it stands in a slot's fallback content
    Guard,   ///< the code `index` ends the render
  } kind;
  uint32_t index;
};

/// What became of one render site in a function.
struct SiteDecision {
  bool visited = false;
  uint32_t function = no_index; ///< what is called for it; no_index: nothing
  Doubt doubt;                  ///< whether it is rendered when the component is
  std::vector<LiftCondition> conditions;
  RunSet data = 0;              ///< what it waits for, of the component that renders it
  bool is_speculative = false; ///< `function` may run for nothing
  std::map<std::string, Known> unknown_props;
};

/// A component's part of a program. There is one for each set of props that are unknown where it is called.
struct LiftFunction {
  uint32_t module = no_index;
  PropsUse unknown_props;
  bool slots_unknown = false;
  bool state_unknown = false; ///< what Astro.locals and cookies are
  bool touches_state = false; ///< it reads Astro.locals or cookies, or starts loaders that may
  bool speculative = false;   ///< it may run for nothing: it starts only loaders that allow that
  std::vector<LiftStep> steps;
  bool registers = false; ///< the component's own loader
  std::vector<LiftCondition> own_conditions;
  Doubt deferred;                         ///< otherwise: why not
  uint32_t deferred_module = no_index;    ///< what its span is in
  PropsUse props;                         ///< that it reads
  std::map<std::string, Certainty> slots; ///< the slots that it calls: Must, or May if conditions decide
  std::set<std::string> asked_slots;      ///< the slots that it asks for: whether there is such content
  std::vector<SiteDecision> sites;        ///< by render site
  std::vector<Known> awaits;              ///< by implicit loader: whether it is started early
  bool is_complete = true;                ///< nothing that may be rendered was left out
  bool is_built = false;
};

/// Calls \p visit with the attributes of a tag that make up what \p use reads of its props, in source order. What a
/// later attribute of the same name replaces is none of them, so that nothing needs to be known of it.
template <typename Visit> void for_each_passed_prop(const RenderSite &site, const PropsUse &use, Visit visit) {
  for (size_t i = 0; i < site.props.size(); ++i) {
    auto is_replaced = [&](const std::string &name) {
      return std::any_of(site.props.begin() + i + 1, site.props.end(),
                         [&](const SiteProp &later) { return later.kind != SiteProp::Kind::Spread && later.name == name; });
    };
    const SiteProp &prop = site.props[i];
    bool is_passed = prop.kind == SiteProp::Kind::Spread
                         ? !std::all_of(use.names.begin(), use.names.end(), is_replaced)
                         : use.names.count(prop.name) != 0 && !is_replaced(prop.name);
    if (use.whole || is_passed)
      visit(prop);
  }
}

/// One call in the lift point's frontmatter.
struct LiftEntry {
  uint32_t at = 0;              ///< where it stands
  bool after_statement = false; ///< `at` is the end of a statement
  Doubt delayed_by;             ///< the barrier that it stands behind, or what makes it wait for an input
  std::vector<uint32_t> inputs; ///< the values of the frontmatter that it is given, in source order
  bool starts_own = false;
  std::vector<LiftStep> steps;
};

} // namespace foreload
