// The graph → the lift program of one lift point.
#pragma once
#include "plan/deferral.h"
#include "plan/lift_program.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringMap.h>

#include <deque>
#include <optional>

namespace foreload {

class ProgramBuilder {
public:
  ProgramBuilder(const ModuleGraph &graph, const PlanOptions &options, uint32_t root);

  /// Builds the program: the lift point's own function, with a LiftStep::at at its steps, is number 0.
  void build();
  /// Splits it up into the calls that the lift point's frontmatter makes.
  std::vector<LiftEntry> entries();

  /// A deque: functions are made while others are built.
  const std::deque<LiftFunction> &functions() const { return functions_; }
  std::deque<LiftFunction> take_functions() { return std::move(functions_); }
  /// The function of a component of whose props and slots nothing is known.
  uint32_t function_of_unknown(uint32_t component);

private:
  struct Site; ///< what is known of a call's props
  struct Context;
  class FunctionBuilder;

  const LinkedModule &module(uint32_t index) const { return graph_.modules[index]; }
  const ModuleFacts &facts(uint32_t index) const { return *graph_.modules[index].facts; }
  struct Signature {
    uint32_t component;
    PropsUse unknown;
    bool slots_unknown;
    bool state_unknown;
    bool speculative;
  };

  /// Its number; no_index: the tree is too deep to be followed from here.
  uint32_t function(Signature wanted);
  const PropsUse &loader_reads(uint32_t component);
  const PropsUse &reads_of(uint32_t component);
  void find_places();
  void find_what_does_something();
  /// Whether a step starts anything; \p with_slots: or may, by what its caller puts into a slot.
  bool does_something(const LiftStep &step, bool with_slots) const;
  std::vector<LiftStep> prune(const std::vector<LiftStep> &steps, bool with_slots) const;
  static void add_awaits(std::vector<LiftStep> &entry, const std::vector<LiftStep> &all);
  std::vector<LiftStep> part(const std::vector<LiftStep> &steps, uint32_t after, uint32_t until) const;

  const ModuleGraph &graph_;
  const PlanOptions &options_;
  const uint32_t root_;
  Deferrals deferrals_;
  std::deque<LiftFunction> functions_;
  std::vector<bool> does_something_; ///< by function: whether calling it starts anything
  llvm::StringMap<uint32_t> by_signature_;
  std::map<uint32_t, PropsUse> loader_reads_; ///< by module: which props its loader reads
  std::map<uint32_t, PropsUse> reads_;        ///< by module: which props it reads anywhere
  bool may_speculate_ = false;                ///< some loader may be started for nothing
  unsigned depth_ = 0;

  // The places of the lift point's frontmatter.
  uint32_t start_ = 0;       ///< behind everything that may end the render or change what loaders see
  uint32_t state_start_ = 0; ///< likewise, for what reads Astro.locals or cookies
  uint32_t sync_end_ = 0;    ///< nothing is awaited between start_ and here
  uint32_t own_at_ = 0;      ///< where the own loader is started
  bool own_starts_ = false;  ///< it can be started there, before it is asked for
  bool own_can_start_ = false; ///< it can be started for those who need its data: the markup asks for it next
  std::vector<bool> inputs_; ///< by value: the program is given it
  std::vector<Doubt> input_doubts_; ///< by value: why it is not computed ahead, if it is an input for that
};

} // namespace foreload
