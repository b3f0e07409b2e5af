// Which awaits of a page run one after another, and which of them have to.
//
// A page is a large graph of small steps: an await begins when the one before it is over, a child's frontmatter when
// its parent's awaits are over, a slot's content when the component that it stands in gets there. The longest way
// through it is the time that the page takes, counted in awaits. The same graph without the order of the source, with
// only what the awaits need, gives the time that it could take.
//
// Each component is summarized once, callees first, by the longest ways from its inputs to its ends and to its slots: a
// component that a thousand places render is looked at once. So the work is linear in the size of the project.
#pragma once
#include "link/module_graph.h"

#include <memory>
#include <string>
#include <vector>

namespace foreload {

/// An await that another one has to wait for.
struct AwaitNeed {
  enum class Why : uint8_t {
    Data,       ///< its result is used
    Condition,  ///< its result decides whether it is run
    Repetition, ///< its result decides how often
    Guard,      ///< its result decides whether the component goes on
    Effect,     ///< something is done with its result, or by it, that others may see
  } why = Why::Data;
  std::string name; ///< what the code calls the value; may be empty
  uint32_t module = 0;
  uint32_t await = 0;       ///< into the module's AwaitFacts::awaits
  uint32_t step = no_index; ///< the step of the waterfall that it is, if it is one
  uint32_t at_module = 0;   ///< unless why is Data: the module of what stands in between,
  Span at;                  ///< and where that is
};

struct WaterfallStep {
  uint32_t module = 0;
  uint32_t await = 0;
  unsigned earliest = 1;        ///< the turn in which it could run, from 1; it runs in that of its place in the list
  uint32_t together = no_index; ///< the first step that could run in the same turn, if it is an earlier one
  std::vector<AwaitNeed> needs; ///< what keeps it longest comes first; awaits that do not count are seen through
};

/// The longest chain of awaits below one component that a request may start from.
struct Waterfall {
  uint32_t root = 0;
  unsigned now = 0;      ///< awaits in a row
  unsigned possible = 0; ///< how many there have to be: what decides whether an await is run comes before it
  unsigned data = 0; ///< likewise, if an await may be run for nothing: only what is made of its result comes after it
  std::vector<WaterfallStep> steps; ///< as many as `now`, in their order
};

/// Reads AwaitFacts of all modules of a graph. Components that render themselves are followed once.
class Waterfalls {
public:
  /// \p roots: the modules that find() will be asked for. \p graph must outlive this.
  Waterfalls(const ModuleGraph &graph, const std::vector<uint32_t> &roots);
  ~Waterfalls();

  Waterfall find(uint32_t root) const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace foreload
