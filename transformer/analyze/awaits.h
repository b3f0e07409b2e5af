// What a component waits for while it renders: its awaits in the order in which they come, what each of them needs, and
// when its children begin.
//
// Astro runs a component's frontmatter when its parent's markup is rendered. The markup's own awaits come next, in the
// order of the source. Only then do the children begin, all at once. What stands in a component's slot is a function of
// its own: its awaits begin where the component's tag is evaluated, its components when the slot is rendered.
//
// These facts are for `foreload check`: they are collected if AnalyzeOptions ask for them.
#pragma once
#include "analyze/module_facts.h"

#include <llvm/ADT/BitVector.h>

#include <memory>
#include <string>
#include <vector>

namespace foreload {

/// Something that code uses, and what of the render is in it. Assignments and changes anywhere in the component count:
/// who asks has to leave out the awaits that come later than what it asks for.
struct FlowValue {
  std::string name;       ///< what the code calls it; empty: nothing
  llvm::BitVector awaits; ///< into AwaitFacts::awaits: whose results are in it
  llvm::BitVector props;  ///< into AwaitFacts::props
};

/// A point of time in a render, not earlier than any of those that it comes after.
struct Moment {
  std::vector<uint32_t> after; ///< into AwaitFacts::moments, earlier ones; empty: the component begins
};

/// What is in force at a place: into AwaitFacts::controls. Each of the two leads on to others.
struct InForce {
  uint32_t guard = no_index;     ///< the last thing before it that must have gone well
  uint32_t condition = no_index; ///< the innermost condition around it
};

/// Something that decides whether the code goes on, or has to be done before it does.
struct Control {
  enum class Kind : uint8_t {
    Condition,  ///< a branch
    Repetition, ///< a loop, or a function that is called for each item
    Guard,      ///< may leave the component: `return`, `throw`
    Effect,     ///< may change something that others see
    Join,       ///< where branches meet: all of `joined` that were met on the way
  } kind;
  Span at;
  std::vector<uint32_t> uses; ///< into AwaitFacts::values: what it looks at
  InForce in_force;
  std::vector<uint32_t> joined; ///< into AwaitFacts::controls, earlier ones
  uint32_t moments_before;      ///< how many of AwaitFacts::moments are older than it
};

/// Where the work that an await waits for began.
struct WorkStart {
  enum class By : uint8_t {
    Here,    ///< this component, at `moment`
    Prop,    ///< whoever made the promise that is the prop `prop`
    Outside, ///< somebody before the render: `await Astro.locals.user`
  } by = By::Here;
  uint32_t moment = no_index;
  uint32_t prop = no_index;
  InForce in_force;
};

struct AwaitFact {
  enum class Kind : uint8_t {
    Data,    ///< waits for something
    Loader,  ///< getLoaderData(): foreload starts it as soon as it can
    Module,  ///< loads code: `await import('./x')`
    Content, ///< reads what the build has put together: `await getCollection('blog')`
    Body,    ///< reads the rest of what was awaited before: `await response.json()`
    Slot,    ///< renders: `await Astro.slots.render('default')`
    Settled, ///< of no promise, or of one that is there: `await 1`, `await Promise.resolve(x)`
    Failure, ///< in a `catch`: there is nothing to wait for as long as nothing fails
  } kind = Kind::Data;
  Span span; ///< the whole expression; of `for await` its head
  bool for_await = false;
  bool repeated = false;         ///< in a loop: once for each turn
  bool chained = false;          ///< in a loop, and each turn needs what the one before gave
  bool conditional = false;      ///< not every render gets there
  uint32_t before = no_index;    ///< into AwaitFacts::moments
  uint32_t over = no_index;      ///< likewise: it is over
  std::vector<WorkStart> starts; ///< empty: where it stands is where it starts
  std::vector<uint32_t> uses;    ///< into AwaitFacts::values
  InForce in_force;

  /// Whether it takes part in a waterfall.
  bool counts() const { return kind == Kind::Data || kind == Kind::Loader; }
};

/// One attribute of a component's tag.
struct PassedProp {
  std::string name;              ///< empty: a spread
  std::vector<uint32_t> uses;    ///< into AwaitFacts::values
  uint32_t forwards = no_index;  ///< into AwaitFacts::props: it is this prop as it came
  bool forwards_all = false;     ///< `{...Astro.props}`
  std::vector<WorkStart> starts; ///< not empty: it may be a promise, and this is where its work began
};

/// What a component's tag puts into one of its slots.
struct ContentPlace {
  uint32_t site = no_index; ///< into AwaitFacts::sites; no_index: no component's content
  std::string slot;         ///< empty: known at run time only
  friend bool operator==(const ContentPlace &, const ContentPlace &) = default;
};

/// One component tag; by index what ModuleFacts::sites has.
struct SiteFlow {
  bool rendered = false;       ///< false: in another request, in the browser, or never
  uint32_t created = no_index; ///< into AwaitFacts::moments: its tag is evaluated, and with it its attributes
  uint32_t begins = no_index;  ///< likewise: from then on it may render
  ContentPlace place;          ///< then it begins when that slot is rendered, too
  InForce in_force;
  std::vector<PassedProp> props; ///< in source order
};

/// A `<slot>`, or a call of Astro.slots.render().
struct SlotFlow {
  std::string name; ///< empty: known at run time only
  uint32_t begins = no_index;
  ContentPlace place;
  InForce in_force;
};

struct AwaitFacts {
  std::vector<std::string> props; ///< those that it reads, by name; "*" stands for all of them
  std::vector<FlowValue> values;
  std::vector<Moment> moments; ///< a moment comes after earlier ones only
  std::vector<Control> controls;
  std::vector<AwaitFact> awaits; ///< in the order of their moments
  std::vector<SiteFlow> sites;
  std::vector<SlotFlow> slots;
};

} // namespace foreload
