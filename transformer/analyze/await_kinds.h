// What an await waits for, and where that began.
#pragma once
#include "analyze/flow_values.h"

#include <optional>

namespace foreload::analyze {

struct AwaitedWork {
  AwaitFact::Kind kind = AwaitFact::Kind::Data;
  std::vector<WorkStart> starts; ///< as AwaitFact::starts
};

/// Judges expressions that are awaited, by their form: promises have no other mark.
class AwaitKinds {
public:
  AwaitKinds(const Context &context, FlowValues &values) : context_(context), values_(values) {}

  /// \p now is for what an expression begins itself, if other parts of it began earlier.
  AwaitedWork judge(const FlowCode &flow, SyntaxIndex expression, const WorkStart &now, unsigned depth = 0);

  /// Remembers what the value \p value was declared as.
  void declare(uint32_t value, AwaitedWork work) { declared_[value] = std::move(work); }

private:
  AwaitedWork judge_name(const FlowCode &flow, SyntaxIndex name, bool is_part);
  AwaitedWork judge_call(const FlowCode &flow, SyntaxIndex call, const WorkStart &now, unsigned depth);
  AwaitedWork judge_all(const FlowCode &flow, SyntaxIndex list, const WorkStart &now, unsigned depth);
  AwaitedWork judge_callback(const FlowCode &flow, SyntaxIndex callback, const WorkStart &now, unsigned depth);
  AwaitedWork join(AwaitedWork a, AwaitedWork b, const WorkStart &now) const;
  bool reads_body(const FlowCode &flow, SyntaxIndex callee) const;
  bool is_content_call(const FlowCode &flow, SyntaxIndex call) const;
  uint32_t import_of(const FlowCode &flow, SyntaxIndex name) const;

  const Context &context_;
  FlowValues &values_;
  llvm::DenseMap<uint32_t, AwaitedWork> declared_; ///< by value
};

} // namespace foreload::analyze
