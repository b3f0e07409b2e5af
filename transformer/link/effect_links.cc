#include "link/effect_links.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/GraphTraits.h>
#include <llvm/ADT/SCCIterator.h>
#include <llvm/ADT/StringSet.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <tuple>

namespace foreload {

namespace {

/// A declaration, or what a component does when it renders, with what it may call.
struct Node {
  std::shared_ptr<const ModuleFacts> facts;
  const EffectUnit *unit = nullptr;
  std::vector<ResourceUse> uses; ///< its own; then with those of all that it calls
  std::vector<Node *> calls;
};

using NodeGraph = Node *; // the node that calls all others

} // namespace
} // namespace foreload

namespace llvm {
template <> struct GraphTraits<foreload::NodeGraph> {
  using NodeRef = foreload::Node *;
  using ChildIteratorType = std::vector<foreload::Node *>::iterator;
  static NodeRef getEntryNode(foreload::NodeGraph root) { return root; }
  static ChildIteratorType child_begin(NodeRef node) { return node->calls.begin(); }
  static ChildIteratorType child_end(NodeRef node) { return node->calls.end(); }
};
} // namespace llvm

namespace foreload {

namespace {

bool by_resource(const ResourceUse &a, const ResourceUse &b) {
  return a.resource != b.resource ? a.resource < b.resource : a.does > b.does;
}

/// Keeps of each resource the first effect of each kind.
void merge_duplicates(std::vector<ResourceUse> &uses) {
  std::stable_sort(uses.begin(), uses.end(), by_resource);
  size_t kept = 0;
  for (size_t i = 0; i < uses.size(); ++i) {
    if (kept > 0 && uses[kept - 1].resource == uses[i].resource && uses[kept - 1].does == uses[i].does) {
      uses[kept - 1].first = std::min(uses[kept - 1].first, uses[i].first);
      uses[kept - 1].last = std::max(uses[kept - 1].last, uses[i].last);
    } else {
      if (kept != i)
        uses[kept] = std::move(uses[i]);
      ++kept;
    }
  }
  uses.resize(kept);
}

class EffectLinker {
public:
  EffectLinker(FollowImport follow, const std::set<ResourceKey> *around) : follow_(follow), around_(around) {}

  LinkedEffects link(llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> components,
                     llvm::function_ref<bool(uint32_t, uint32_t)> is_linked) {
    std::vector<Node *> renders, loaders;
    for (uint32_t i = 0; i < components.size(); ++i) {
      tags_[&components[i]->effects.render] = tag_calls(components[i], i, is_linked);
      renders.push_back(node_of(components[i], components[i]->effects.render));
      loaders.push_back(components[i]->loader ? loader_node(components[i]) : nullptr);
    }
    for (size_t i = 0; i < nodes_.size(); ++i) // grows
      connect(nodes_[i]);
    find_changeable();
    drop_reads_of_constants();
    close_over_calls();

    LinkedEffects linked;
    for (uint32_t i = 0; i < components.size(); ++i) {
      ComponentEffects effects;
      if (loaders[i])
        effects.loader = loaders[i]->uses;
      add_render_uses(components[i], *renders[i], tags_[renders[i]->unit], effects);
      linked.components.push_back(std::move(effects));
    }
    group_resources();
    linked.resources = std::move(resources_);
    linked.changeable = std::move(changeable_);
    return linked;
  }

private:
  Node *node_of(const std::shared_ptr<const ModuleFacts> &facts, const EffectUnit &unit) {
    auto [at, is_new] = node_indexes_.try_emplace(&unit, static_cast<uint32_t>(nodes_.size()));
    if (is_new)
      nodes_.push_back({facts, &unit, {}, {}});
    return &nodes_[at->second];
  }

  /// The declarations that an exported value can be.
  const EffectUnit *unit_of(const ModuleFacts &facts, llvm::StringRef exported) const {
    for (const ExportFact &fact : facts.exports)
      if (fact.exported == exported && fact.specifier.empty())
        return facts.effects.find(fact.local.empty() ? "default" : fact.local);
    return nullptr;
  }

  const ExportTarget &target_of(const ModuleFacts &facts, uint32_t import, const std::string &member) {
    auto [at, is_new] = targets_.try_emplace({&facts, import, member});
    if (is_new) {
      const ImportFact &fact = facts.imports[import];
      at->second = follow_(facts, fact.specifier, fact.imported, fact.span, "");
      if (at->second.kind == ExportTarget::Kind::Namespace && !member.empty())
        at->second = follow_(facts, fact.specifier, fact.imported, fact.span, member);
    }
    return at->second;
  }

  /// Calls \p function with the declarations that a call may reach.
  template <typename Function> void for_each_callee(Node &caller, const EffectCall &call, Function function) {
    if (call.import == this_module) {
      if (const EffectUnit *unit = caller.facts->effects.find(call.name))
        function(caller.facts, *unit);
      return;
    }
    ExportTarget target = target_of(*caller.facts, call.import, call.name);
    if (target.kind == ExportTarget::Kind::Value) {
      if (const EffectUnit *unit = unit_of(*target.module, target.name))
        function(target.module, *unit);
    } else if (target.kind == ExportTarget::Kind::Namespace) {
      for (const ExportFact &fact : target.module->exports)
        if (const EffectUnit *unit = unit_of(*target.module, fact.exported))
          function(target.module, *unit);
    }
  }

  Node *loader_node(const std::shared_ptr<const ModuleFacts> &facts) {
    const LoaderFacts &loader = *facts->loader;
    std::shared_ptr<const ModuleFacts> home = facts;
    const EffectUnit *unit = nullptr;
    if (loader.re_export != no_index || (loader.own_piece == no_index && loader.import != no_index)) {
      ExportTarget target;
      if (loader.re_export != no_index) {
        const ExportFact &fact = facts->exports[loader.re_export];
        target = follow_(*facts, fact.specifier, fact.local, fact.span, "");
      } else {
        target = target_of(*facts, loader.import, "");
      }
      if (target.kind != ExportTarget::Kind::Value)
        return nullptr;
      home = target.module;
      unit = unit_of(*home, target.name);
    } else {
      unit = home->effects.find(loader.local);
    }
    if (!unit)
      return nullptr;
    // What it does with its context is its own only as a loader, not as a function that somebody calls.
    Node *called = node_of(home, *unit);
    nodes_.push_back({home, nullptr, {}, {called}});
    Node &node = nodes_.back();
    for (const EffectUse &use : unit->request)
      if (std::optional<ResourceUse> own = own_use(*home, use))
        node.uses.push_back(std::move(*own));
    return &node;
  }

  /// `<Counter />` of a module that is no component of ours: a function of the project, maybe.
  std::vector<EffectCall> tag_calls(const std::shared_ptr<const ModuleFacts> &facts, uint32_t component,
                                    llvm::function_ref<bool(uint32_t, uint32_t)> is_linked) {
    std::vector<EffectCall> calls;
    for (uint32_t site = 0; site < facts->sites.size(); ++site) {
      const RenderSite &it = facts->sites[site];
      if (it.import != no_index && it.doubt.certainty != Certainty::Never && !is_linked(component, site))
        calls.push_back({it.import, it.member, it.span, it.span.begin});
    }
    return calls;
  }

  void connect(Node &node) {
    if (!node.unit)
      return;
    auto call = [&](const std::shared_ptr<const ModuleFacts> &facts, const EffectUnit &unit) {
      node.calls.push_back(node_of(facts, unit));
    };
    for (const EffectCall &it : node.unit->calls)
      for_each_callee(node, it, call);
    if (auto tags = tags_.find(node.unit); tags != tags_.end())
      for (const EffectCall &it : tags->second)
        for_each_callee(node, it, call);
    for (const EffectUse &use : node.unit->uses)
      if (std::optional<ResourceUse> own = own_use(*node.facts, use))
        node.uses.push_back(std::move(*own));
    for (const EffectCall &maker : node.unit->makers)
      for_each_callee(node, maker, [&](const std::shared_ptr<const ModuleFacts> &, const EffectUnit &unit) {
        if (unit.keeps_state)
          node.uses.push_back({resource({ResourceKind::Binding, node.facts->source->path().str(), node.unit->name}),
                               EffectKind::Changes, node.facts->source, maker.at});
      });
  }

  static Resource foreign(const ModuleFacts &facts, uint32_t import, const std::string &member) {
    const ImportFact &fact = facts.imports[import];
    return {ResourceKind::Binding, fact.specifier, fact.imported == "*" && !member.empty() ? member : fact.imported};
  }

  std::optional<ResourceUse> own_use(const ModuleFacts &facts, const EffectUse &use) {
    using Holds = EffectUnit::Holds;
    Resource it{use.resource, {}, use.name};
    EffectKind does = use.does;
    if (use.resource == ResourceKind::Binding && use.import == this_module) {
      it.module = facts.source->path().str();
    } else if (use.resource == ResourceKind::Binding) {
      ExportTarget target = target_of(facts, use.import, use.name);
      const EffectUnit *unit =
          target.kind == ExportTarget::Kind::Value ? unit_of(*target.module, target.name) : nullptr;
      if (unit && unit->holds == Holds::Function && use.only_if == EffectUse::If::Variable)
        return std::nullopt;
      // What the methods of other values do is theirs: of a package's not known, of the project's found in their code.
      bool changes = use.only_if == EffectUse::If::Always ||
                     (unit && (unit->holds == Holds::Collection ||
                               (unit->holds == Holds::Object && use.only_if == EffectUse::If::Object)));
      if (!changes)
        does = EffectKind::Reads;
      if (unit)
        it = {ResourceKind::Binding, target.module->source->path().str(), unit->name};
      else
        it = foreign(facts, use.import, use.name);
    }
    return ResourceUse{resource(std::move(it)), does, facts.source, use.at};
  }

  static ResourceKey key_of(const Resource &it) { return {it.kind, it.module, it.name}; }

  uint32_t resource(Resource it) {
    auto [at, is_new] = resource_indexes_.try_emplace(key_of(it), static_cast<uint32_t>(resources_.size()));
    if (is_new)
      resources_.push_back(std::move(it));
    return at->second;
  }

  /// What code that is not in the graph may change: what functions of its own module change, whoever calls them.
  void find_changeable() {
    llvm::DenseMap<const ModuleFacts *, llvm::StringSet<>> changed;
    for (Node &node : nodes_) {
      if (!node.unit)
        continue;
      auto [at, is_new] = changed.try_emplace(node.facts.get());
      if (!is_new)
        continue;
      auto note = [&names = at->second](const EffectUnit &unit) {
        if (unit.is_open)
          names.insert(unit.name);
        for (const EffectUse &use : unit.uses)
          if (use.resource == ResourceKind::Binding && use.import == this_module && use.does != EffectKind::Reads)
            names.insert(use.name);
      };
      for (const EffectUnit &unit : node.facts->effects.units)
        note(unit);
      note(node.facts->effects.render);
    }
    for (auto &[facts, names] : changed)
      for (const auto &name : names)
        changeable_.insert({ResourceKind::Binding, facts->source->path().str(), name.first().str()});
    for (Node &node : nodes_)
      for (const ResourceUse &use : node.uses)
        if (use.does != EffectKind::Reads)
          changeable_.insert(key_of(resources_[use.resource]));
    for (Resource &it : resources_)
      it.may_change = (it.kind != ResourceKind::Binding && it.kind != ResourceKind::Environment) ||
                      changeable_.contains(key_of(it)) || (around_ && around_->contains(key_of(it)));
  }

  /// Most of what functions read is never changed.
  void drop_reads_of_constants() {
    for (Node &node : nodes_) {
      std::erase_if(node.uses, [&](const ResourceUse &use) { return !resources_[use.resource].may_change; });
      merge_duplicates(node.uses);
    }
  }

  void close_over_calls() {
    Node root;
    for (Node &node : nodes_)
      root.calls.push_back(&node);
    for (auto component = llvm::scc_begin<NodeGraph>(&root); !component.isAtEnd(); ++component) {
      // All functions that call each other in a circle have the same effects.
      std::vector<ResourceUse> uses;
      for (Node *node : *component) {
        if (node == &root)
          continue;
        uses.insert(uses.end(), node->uses.begin(), node->uses.end());
        for (Node *callee : node->calls)
          uses.insert(uses.end(), callee->uses.begin(), callee->uses.end());
      }
      merge_duplicates(uses);
      for (Node *node : *component)
        if (node != &root)
          node->uses = uses;
    }
  }

  /// Where in the component each effect happens.
  void add_render_uses(const std::shared_ptr<const ModuleFacts> &facts, Node &node, llvm::ArrayRef<EffectCall> tags,
                       ComponentEffects &effects) {
    const std::vector<ImplicitLoader> &awaits = facts->implicit_loaders;
    effects.awaits.resize(awaits.size());
    auto add = [&](ResourceUse use, Span at, uint32_t earliest) {
      if (!resources_[use.resource].may_change)
        return;
      use.first = earliest;
      use.last = at.end;
      for (size_t i = 0; i < awaits.size(); ++i)
        if (awaits[i].expression.contains(at))
          effects.awaits[i].push_back(use);
      effects.render.push_back(std::move(use));
    };
    for (const EffectUse &use : facts->effects.render.uses)
      if (std::optional<ResourceUse> own = own_use(*facts, use))
        add(std::move(*own), use.at, use.earliest);
    for (llvm::ArrayRef<EffectCall> calls : {llvm::ArrayRef<EffectCall>(facts->effects.render.calls), tags})
      for (const EffectCall &call : calls)
        for_each_callee(node, call, [&](const std::shared_ptr<const ModuleFacts> &home, const EffectUnit &unit) {
          for (const ResourceUse &use : node_of(home, unit)->uses)
            add(use, call.at, call.earliest);
        });
    merge_duplicates(effects.render);
    for (std::vector<ResourceUse> &uses : effects.awaits)
      merge_duplicates(uses);
  }

  /// Those of a kind are one group if one of them is not known by name.
  void group_resources() {
    std::map<std::pair<ResourceKind, std::string>, uint32_t> unnamed;
    for (uint32_t i = 0; i < resources_.size(); ++i)
      if (resources_[i].name.empty())
        unnamed.try_emplace({resources_[i].kind, resources_[i].module}, i);
    for (uint32_t i = 0; i < resources_.size(); ++i) {
      auto wide = unnamed.find({resources_[i].kind, resources_[i].module});
      resources_[i].group = wide == unnamed.end() ? i : wide->second;
    }
  }

  FollowImport follow_;
  const std::set<ResourceKey> *around_;
  std::set<ResourceKey> changeable_;
  std::deque<Node> nodes_;                                           ///< addresses stay
  llvm::DenseMap<const EffectUnit *, uint32_t> node_indexes_;        ///< into nodes_
  llvm::DenseMap<const EffectUnit *, std::vector<EffectCall>> tags_; ///< of renders: see tag_calls
  std::vector<Resource> resources_;
  std::map<ResourceKey, uint32_t> resource_indexes_;
  std::map<std::tuple<const ModuleFacts *, uint32_t, std::string>, ExportTarget> targets_;
};

} // namespace

bool overlap(const Resource &a, const Resource &b) {
  return a.kind == b.kind && a.module == b.module && (a.name.empty() || b.name.empty() || a.name == b.name);
}

bool order_shows(EffectKind a, EffectKind b) { return a != b || a == EffectKind::Changes; }

LinkedEffects link_effects(llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> components,
                           llvm::function_ref<bool(uint32_t component, uint32_t site)> is_linked, FollowImport follow,
                           const std::set<ResourceKey> *around) {
  return EffectLinker(follow, around).link(components, is_linked);
}

} // namespace foreload
