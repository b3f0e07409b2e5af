// Which values change after they were made, and where.
//
// `const first = posts[0]; first.title = '';` changes `posts` too. So the names of a file are nodes of a graph, and an
// edge says what two of them have in common: the same object, one is a part of the other, they hold the same elements.
// A change at one node then spreads along the edges, with one member's name of precision: a change of `props.posts`
// leaves `props.title` alone.
#pragma once
#include "analyze/context.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringSet.h>

#include <utility>

namespace foreload::analyze {

struct CodePlace;

/// A call whose result is used is taken to leave its arguments as they are; one whose result nobody looks at is made
/// for its effect.
class ValueChanges {
public:
  /// Looks at a frontmatter or a script module. Each word of \p markup, what a component has besides, may be the call
  /// of a function. \p code must outlive this.
  explicit ValueChanges(const Code &code, llvm::ArrayRef<llvm::StringRef> markup = {});

  /// Looks at an expression of the markup, after those around it. What it changes is changed anywhere.
  void look_at(CodePlace &place);

  /// Whether \p code, an expression of the markup, may change anything: a check that is cheaper than parsing it.
  bool may_change(llvm::StringRef code) const;

  static constexpr uint32_t never = 0;
  static constexpr uint32_t anywhere = UINT32_MAX;

  /// The end of the last top-level statement that assigns \p binding or changes what it stands for, or never, or
  /// anywhere: what does it may happen later.
  uint32_t last_change(BindingIndex binding) const { return last_change_[binding]; }
  /// Whether the name is assigned once more, not what it stands for.
  bool is_rebound(BindingIndex binding) const { return rebound_.contains(binding); }
  /// Whether anything assigns or changes \p binding of \p place, which look_at() has seen.
  bool is_changed(const CodePlace &place, BindingIndex binding) const;
  /// Whether Astro.props.\p name is changed.
  bool is_prop_changed(llvm::StringRef name) const { return is_member_changed(props_, name); }
  /// Whether Astro.\p name is changed, `url` for example.
  bool is_astro_changed(llvm::StringRef name) const { return is_member_changed(astro_, name); }
  /// Whether any of Astro.props is.
  bool are_props_changed() const { return last_change_[props_] != never; }

  /// A name or a part of what one holds; only ValueChanges knows which.
  struct Source {
    uint32_t node;
    uint32_t part;
  };
  /// What the value of \p value, code of \p place, may have something in common with.
  llvm::SmallVector<Source, 4> sources(const CodePlace &place, SyntaxIndex value);

  /// Numbers what has been looked at, so that two things with different numbers have nothing in common. This is coarse:
  /// all members of an object have its number, but for those of Astro.props.
  struct Groups {
    std::vector<uint32_t> bindings; ///< of the frontmatter
    uint32_t props;                 ///< of Astro.props as a whole
    uint32_t astro;
    std::vector<uint32_t> prop_names; ///< of the props that are asked for
    std::vector<std::vector<uint32_t>> sources; ///< of each of the lists that are asked for: sorted, each once
  };
  Groups groups(llvm::ArrayRef<std::string> prop_names, llvm::ArrayRef<llvm::SmallVector<Source, 4>> sources);

  /// Bindings of the frontmatter for which last_change() has changed since this was last asked. One more than there are
  /// stands for Astro.props.
  std::vector<BindingIndex> take_changed() { return std::exchange(newly_changed_, {}); }

private:
  friend class ChangeFinder;

  /// A name of the code, or what a member of another node leads to: `a` and `a.b`.
  using Node = uint32_t;
  static constexpr Node no_node = UINT32_MAX;
  /// A part of an object: all of it, or what a member's name leads to.
  using Part = uint32_t;
  static constexpr Part any_member = 0; ///< what some member leads to
  static constexpr Part whole = UINT32_MAX;
  /// What can change of an object, besides what a member leads to.
  static constexpr Part members = UINT32_MAX - 1; ///< which ones it has and what they are

  /// What an object and another one have in common.
  struct Common {
    enum Kind : uint8_t {
      Part,    ///< its part `own` is the other's part `theirs`
      Copy,    ///< each member leads to the same
      Unknown, ///< whatever
    } kind;
    Node other;
    uint32_t own = whole;
    uint32_t theirs = whole;

    Common reversed(Node self) const { return {kind, self, theirs, own}; }
    bool operator==(const Common &that) const = default;
  };
  /// When a part of a node changes last, and from which neighbour it was told: that one need not be told.
  struct Change {
    uint32_t position;
    Common from;
  };
  static constexpr Common nobody = {Common::Unknown, UINT32_MAX, whole, whole};

  bool is_member_changed(Node node, llvm::StringRef name) const;
  void add_nodes(size_t count);
  void connect(Node node, const Common &common);
  Node part_node(Node node, Part part);
  Part member(llvm::StringRef name);
  void note(Node node, Part part, uint32_t position, const Common &from);
  void rebind(Node node, uint32_t position);
  void raise(Node node, uint32_t position);
  void spread();
  void give_up();

  const Code &code_;
  Node props_;
  Node astro_;
  std::vector<std::vector<Common>> common_; ///< by node
  std::vector<uint32_t> last_change_;       ///< by node
  std::vector<uint8_t> changed_members_;    ///< by node: how many members are noted
  llvm::DenseSet<Node> rebound_;
  llvm::DenseMap<uint64_t, Change> changes_;           ///< of a part of a node
  std::vector<std::pair<uint32_t, uint64_t>> pending_; ///< a heap: the latest changes first
  std::vector<BindingIndex> newly_changed_;
  llvm::DenseMap<uint64_t, Node> part_nodes_; ///< of a part of a node
  llvm::DenseMap<Node, uint8_t> distances_;   ///< of these nodes from a name
  llvm::StringMap<Part> member_names_;
  std::vector<bool> changes_parameters_; ///< by binding of the frontmatter: a function that changes what it is given
  llvm::StringSet<> changing_functions_; ///< their names
  bool gave_up_ = false;
};

} // namespace foreload::analyze
