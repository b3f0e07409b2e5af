#include "analyze/effects.h"
#include "analyze/effect_collector.h"
#include "parse/expression_code.h"
#include "analyze/flow.h"
#include "analyze/kept_state.h"
#include "analyze/memo.h"
#include "analyze/platform.h"
#include "analyze/request_state.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringSwitch.h>
#include <llvm/Support/Path.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace foreload {

const EffectUnit *EffectFacts::find(const std::string &name) const {
  auto at = std::lower_bound(units.begin(), units.end(), name,
                             [](const EffectUnit &unit, const std::string &wanted) { return unit.name < wanted; });
  return at != units.end() && at->name == name ? &*at : nullptr;
}

namespace analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;
using Holds = EffectUnit::Holds;

class EffectCollector {
public:
  /// \p names: of the module, or of an expression of its markup.
  EffectCollector(Context &context, const Names &module, const Names &names)
      : context_(context), names_(names), code_(names.code()), tree_(code_.tree), module_(module), holdings_(module),
        kept_state_(names, holdings_), flow_(names) {}

  void collect_module(const RequestState *state) {
    mark_functions();
    find_memos();
    find_looked_at();
    units_of_bindings();
    units_without_names();
    add_pending();
    std::vector<EffectUnit> &units = context_.facts.effects.units;
    std::sort(units.begin(), units.end(), [](const EffectUnit &a, const EffectUnit &b) { return a.name < b.name; });
    for (EffectUnit &unit : units)
      simplify(unit);
    if (context_.facts.kind == ModuleKind::Astro)
      collect_frontmatter(*state);
  }

  /// What an expression of the markup does, when everything before it has happened.
  void collect_expression(const RequestState &state) {
    unit_ = &context_.facts.effects.render;
    state_ = &state;
    collect_range(tree_.root(), true);
  }

private:
  const Binding &binding(BindingIndex index) const { return code_.scopes.bindings()[index]; }

  void mark_functions() {
    in_function_.resize(tree_.size());
    SyntaxIndex end = 0;
    for (SyntaxIndex i = 0; i < tree_.size(); ++i) {
      in_function_[i] = i < end;
      if (i >= end && is_function(tree_[i].kind))
        end = tree_[i].subtree_end;
    }
    // What is left runs when the module is evaluated, or when the component renders.
    runs_ = in_function_;
    if (context_.facts.kind == ModuleKind::Astro)
      for (SyntaxIndex at = tree_.first_child(tree_.root()); at != no_syntax; at = tree_.next_sibling(at))
        if (tree_[at].kind != Kind::ExportStatement)
          std::fill(runs_.begin() + at, runs_.begin() + tree_[at].subtree_end, true);
  }

  // --- Caches

  void find_memos() {
    is_memo_.resize(tree_.size());
    llvm::DenseMap<BindingIndex, std::vector<SyntaxIndex>> accesses;
    for (const Reference &reference : code_.scopes.references())
      if (reference.binding != no_binding && names_.is_of_module(reference.binding) && runs_[reference.node])
        accesses[reference.binding].push_back(reference.node);
    for (const auto &[index, nodes] : accesses)
      if (may_be_memo(index) && is_memo(code_, nodes, top_scope))
        for (SyntaxIndex node : nodes)
          is_memo_[node] = memo_use(code_, node) == MemoUse::Entry;
  }

  /// Other modules may see what an exported variable holds. A component's has to be exported, and is its own all the
  /// same; its markup may see it.
  bool may_be_memo(BindingIndex index) const {
    const Binding &it = binding(index);
    if (it.kind == BindingKind::Function || it.kind == BindingKind::Class)
      return false;
    if (context_.facts.kind == ModuleKind::Script)
      return !is_exported(it.name);
    llvm::StringRef markup = context_.source.text().substr(context_.facts.frontmatter->close_fence.end);
    return markup.find(it.name) == llvm::StringRef::npos;
  }

  bool is_exported(llvm::StringRef name) const {
    return std::any_of(context_.facts.exports.begin(), context_.facts.exports.end(),
                       [&](const ExportFact &fact) { return fact.specifier.empty() && fact.local == name; });
  }

  /// Finds the variables whose values get out: other code may ask for them, and for all that went into them.
  void find_looked_at() {
    is_looked_at_.resize(code_.scopes.bindings().size());
    flow_.set_looked_at(&is_looked_at_);
    for (BindingIndex i = 0; i < is_looked_at_.size(); ++i)
      is_looked_at_[i] = context_.facts.kind == ModuleKind::Script && is_exported(binding(i).name);
    for (const Reference &reference : code_.scopes.references())
      if (reference.binding != no_binding && is_memo_[reference.node])
        is_looked_at_[reference.binding] = true;
    // What flows into such a variable gets out as well. In practice this ends at once.
    constexpr unsigned round_limit = 8;
    bool has_changed = true;
    for (unsigned round = 0; has_changed && round < round_limit; ++round) {
      has_changed = false;
      for (const Reference &reference : code_.scopes.references()) {
        Access access = runs_[reference.node] ? names_.access_of(reference.node, reference.writes) : Access{};
        if (access.path.root != Path::Root::Module || is_looked_at_[access.path.index])
          continue;
        bool is_looked_at = is_change(access) ? flow_.is_change_looked_at(access) : !flow_.is_kept_inside(access);
        is_looked_at_[access.path.index] = is_looked_at;
        has_changed |= is_looked_at;
      }
    }
    if (has_changed)
      is_looked_at_.assign(is_looked_at_.size(), true);
  }

  bool is_change(const Access &access) const {
    Holds holds = holdings_.of(access.path.index);
    return access.assigns || (is_mutating_method(access.method) &&
                              (holds == Holds::Collection || (holds == Holds::Object && !access.path.members.empty())));
  }

  // --- Units

  EffectUnit &add_unit(std::string name) {
    context_.facts.effects.units.push_back({});
    unit_ = &context_.facts.effects.units.back();
    unit_->name = std::move(name);
    earliest_ = 0;
    return *unit_;
  }

  void units_of_bindings() {
    llvm::DenseMap<SyntaxIndex, llvm::StringRef> first; // of a destructuring declaration: who has its facts
    for (BindingIndex i = 0; i < code_.scopes.bindings().size(); ++i) {
      if (!names_.is_of_module(i))
        continue;
      const Binding &it = binding(i);
      auto [owner, is_first] = first.try_emplace(it.declaration, it.name);
      EffectUnit &unit = add_unit(it.name.str());
      unit.holds = holdings_.of(i);
      if (!is_first) {
        add_call(this_module, owner->second, it.name_node);
        continue;
      }
      SyntaxIndex value = holdings_.value_of(it);
      unit.is_open = unit.holds == Holds::Collection && holdings_.is_empty(value) && is_exported(it.name);
      add_maker(unit.makers, value);
      unit_binding_ = i;
      collect_range(it.declaration, false);
      unit.keeps_state = kept_state_.is_kept_by(it.declaration);
      collect_request(value == no_syntax ? it.declaration : value);
      unit_binding_ = no_binding;
    }
  }

  /// `export default …` without a name, and functions that are assigned to properties: `api.load = () => …`.
  void units_without_names() {
    std::vector<EffectUnit> &units = context_.facts.effects.units;
    for (SyntaxIndex at = tree_.first_child(tree_.root()); at != no_syntax; at = tree_.next_sibling(at)) {
      if (tree_[at].kind == Kind::ExportStatement) {
        for (const ExportFact &fact : context_.facts.exports)
          if (fact.exported == "default" && fact.local.empty() && fact.specifier.empty() &&
              fact.span.begin == tree_[at].span.begin) {
            SyntaxIndex value = code_.unwrap(tree_.child(at, Field::Value));
            EffectUnit &unit = add_unit("default");
            unit.holds = value == no_syntax ? Holds::Function : holdings_.of_value(value);
            unit.is_open = unit.holds == Holds::Collection && holdings_.is_empty(value);
            add_maker(unit.makers, value);
            collect_range(at, false);
            unit.keeps_state = kept_state_.is_kept_by(at);
            collect_request(value == no_syntax ? tree_.child(at, Field::Declaration) : value);
          }
        continue;
      }
      SyntaxIndex assignment = tree_[at].kind == Kind::ExpressionStatement ? tree_.first_named_child(at) : no_syntax;
      if (context_.facts.kind != ModuleKind::Script || assignment == no_syntax ||
          tree_[assignment].kind != Kind::AssignmentExpression)
        continue;
      Path target = names_.path_of(tree_.child(assignment, Field::Left));
      if (target.root != Path::Root::Module)
        continue;
      for (EffectUnit &unit : units)
        if (unit.name == binding(target.index).name) {
          unit_ = &unit;
          collect_range(tree_.child(assignment, Field::Right), false);
        }
    }
  }

  void collect_frontmatter(const RequestState &state) {
    unit_ = &context_.facts.effects.render;
    state_ = &state;
    for (SyntaxIndex at = tree_.first_child(tree_.root()); at != no_syntax; at = tree_.next_sibling(at))
      if (tree_[at].kind != Kind::ImportStatement && tree_[at].kind != Kind::ExportStatement)
        collect_range(at, true);
  }

  /// What the function does if it is a loader: its first parameter is the context then.
  void collect_request(SyntaxIndex function) {
    function = function == no_syntax ? function : code_.unwrap(function);
    if (function != no_syntax && tree_[function].kind == Kind::CallExpression) // defineLoader(…)
      function = code_.unwrap(names_.argument(function, 0));
    if (function == no_syntax || !opens_function(tree_[function].kind))
      return;
    llvm::StringRef text = code_.text_of(function);
    auto has = [&](llvm::StringRef word) { return text.find(word) != llvm::StringRef::npos; };
    if (!has("locals") && !has("cookies") && !has("request"))
      return;
    SyntaxIndex parameter = context_parameter(code_, function);
    if (parameter == no_syntax ||
        (tree_[parameter].kind != Kind::Identifier && tree_[parameter].kind != Kind::ObjectPattern))
      return;
    RequestState state(code_, parameter);
    Names names(context_, code_, nullptr, parameter);
    for (const Reference &reference : code_.scopes.references_in(function)) {
      if (reference.binding == no_binding)
        continue;
      Access access = names.access_of(reference.node, reference.writes);
      if (access.path.root == Path::Root::Request)
        note_request(unit_->request, access, reference.node, state.is_changed_by(reference.node));
    }
  }

  // --- Ranges of code

  /// \p runs: the code runs whenever the unit does; else only what stands in functions of it.
  void collect_range(SyntaxIndex node, bool runs) {
    for (const Reference &reference : code_.scopes.references_in(node)) {
      at_ = reference.node;
      earliest_ = runs && (in_function_.empty() || !in_function_[at_]) ? tree_[at_].span.begin : 0;
      Access access = names_.access_of(reference.node, reference.writes);
      bool is_running = runs || in_function_[at_];
      switch (access.path.root) {
      case Path::Root::None:
        break;
      case Path::Root::Module:
        note_variable(access, is_running);
        break;
      case Path::Root::Import:
        note_import(access, is_running);
        break;
      case Path::Root::Global:
        if (is_running)
          note_global(std::move(access));
        break;
      case Path::Root::Request:
        if (state_)
          note_request(unit_->uses, access, at_, state_->is_changed_by(at_));
        break;
      }
    }
    if (unit_binding_ != no_binding)
      collect_this(node);
  }

  void note(ResourceKind resource, EffectKind does, llvm::StringRef name) {
    unit_->uses.push_back({resource, does, EffectUse::If::Always, this_module, name.str(), tree_[at_].span, earliest_});
  }
  void note_binding(EffectKind does, uint32_t import, llvm::StringRef name,
                    EffectUse::If only_if = EffectUse::If::Always) {
    unit_->uses.push_back({ResourceKind::Binding, does, only_if, import, name.str(), tree_[at_].span, earliest_});
  }
  void add_call(uint32_t import, llvm::StringRef name, SyntaxIndex at) {
    unit_->calls.push_back({import, name.str(), tree_[at].span, earliest_});
  }

  void note_variable(const Access &access, bool is_running) {
    llvm::StringRef name = module_.code().scopes.bindings()[access.path.index].name;
    if (unit_binding_ == no_binding || binding(unit_binding_).name != name)
      add_call(this_module, name, at_);
    if (!is_running)
      return;
    if (access.assigns && access.path.members.empty() && &names_ == &module_)
      note_new_value(access);
    if (!is_memo_.empty() && is_memo_[at_]) {
      note_binding(EffectKind::Reads, this_module, name);
      return;
    }
    Holds holds = holdings_.of(access.path.index);
    bool is_part = !access.path.members.empty();
    if (is_change(access))
      note_binding(flow_.change(access), this_module, name);
    else if ((holds != Holds::Function || is_part) && !flow_.is_kept_inside(access)) // `load.calls`, a static field
      note_binding(EffectKind::Reads, this_module, name);
  }

  /// `store = new Store()`, `handler = () => …`: what is called through the variable later.
  void note_new_value(const Access &access) {
    SyntaxIndex child = access.whole;
    SyntaxIndex assignment = code_.value_parent(access.whole, &child);
    SyntaxIndex value = assignment == no_syntax ? no_syntax : tree_.child(assignment, Field::Right);
    if (value == no_syntax)
      return;
    std::string name = binding(access.path.index).name.str();
    add_maker(pending_makers_[name], value);
    for (SyntaxIndex i = value; i < tree_[value].subtree_end; ++i)
      if (opens_function(tree_[i].kind)) {
        pending_calls_[name].push_back({this_module, unit_->name, tree_[at_].span, 0});
        break;
      }
  }

  void add_pending() {
    for (EffectUnit &unit : context_.facts.effects.units) {
      for (EffectCall &call : pending_makers_[unit.name])
        unit.makers.push_back(std::move(call));
      for (EffectCall &call : pending_calls_[unit.name])
        unit.calls.push_back(std::move(call));
    }
  }

  /// `makeStore()`, `await connect()`, `new Store()`.
  void add_maker(std::vector<EffectCall> &makers, SyntaxIndex value) const {
    value = value == no_syntax ? value : code_.unwrap(value);
    while (value != no_syntax && tree_[value].kind == Kind::AwaitExpression)
      value = code_.unwrap(tree_.first_named_child(value));
    if (value == no_syntax)
      return;
    Field field = tree_[value].kind == Kind::NewExpression ? Field::Constructor : Field::Function;
    if (tree_[value].kind != Kind::NewExpression && tree_[value].kind != Kind::CallExpression)
      return;
    SyntaxIndex maker = tree_.child(value, field);
    Path path = maker == no_syntax ? Path{} : names_.path_of(maker);
    if (path.root == Path::Root::Module)
      makers.push_back({this_module, binding(path.index).name.str(), tree_[maker].span, 0});
    else if (path.root == Path::Root::Import)
      makers.push_back({path.index, path.member(0).str(), tree_[maker].span, 0});
  }

  void note_import(const Access &access, bool is_running) {
    const ImportFact &import = context_.facts.imports[access.path.index];
    if (context_.is_runtime_import(access.path.index))
      return;
    if (is_fs_module(import.specifier)) {
      if (is_running)
        note_file_import(import, access);
      return;
    }
    if (is_process_module(import.specifier)) {
      llvm::SmallVector<llvm::StringRef, 4> members = access.path.members;
      if (import.imported != "default" && import.imported != "*")
        members.insert(members.begin(), import.imported);
      if (is_running)
        note_process(access, members);
      return;
    }
    bool is_namespace = import.imported == "*";
    // Of `api.load()` the path says `api` only, since `load` is called.
    Path path = access.path;
    bool is_member_called = is_namespace && path.members.empty() && !access.method.empty();
    if (is_member_called)
      path.members.push_back(access.method);
    llvm::StringRef name = path.members.empty() ? access.method : path.members[0];
    add_call(access.path.index, name, at_);
    if (!is_running || is_member_called)
      return;
    bool is_part = path.members.size() > (is_namespace ? 1u : 0u);
    if (access.assigns && is_part)
      note_binding(flow_.change(access), access.path.index, name,
                   path.is_looked_up ? EffectUse::If::Collection : EffectUse::If::Always);
    else if (is_mutating_method(access.method))
      note_binding(flow_.change(access), access.path.index, name,
                   is_part ? EffectUse::If::Object : EffectUse::If::Collection);
    else if (!flow_.is_kept_inside(access))
      note_binding(EffectKind::Reads, access.path.index, name,
                   is_part ? EffectUse::If::Always : EffectUse::If::Variable);
  }

  // --- Files, the environment, globals

  void note_file_import(const ImportFact &import, const Access &access) {
    llvm::StringRef function = access.method;
    if (function.empty() && !access.path.members.empty())
      function = access.path.members.back(); // `promisify(fs.readFile)`
    bool is_named = import.imported != "default" && import.imported != "*" && import.imported != "promises";
    if (is_named && function.empty())
      function = import.imported;
    note_file(function, access.call);
  }

  void note_file(llvm::StringRef function, SyntaxIndex call) {
    FileUse use = file_use(function);
    if (use == FileUse::None)
      return;
    // A folder's functions mean files below it, and those of two paths both.
    bool is_one = use == FileUse::Read || use == FileUse::Write;
    llvm::SmallString<128> path(is_one ? names_.literal(names_.argument(call, 0)) : llvm::StringRef());
    llvm::sys::path::remove_dots(path, true, llvm::sys::path::Style::posix);
    note(ResourceKind::Files, change_if(use == FileUse::Write || use == FileUse::WriteMany), path);
  }

  void note_process(const Access &access, llvm::ArrayRef<llvm::StringRef> members) {
    if (members.empty() || members[0] != "env" || (members.size() == 1 && access.is_renamed))
      return;
    llvm::StringRef name = members.size() > 1 ? members[1] : access.method;
    note(ResourceKind::Environment, change_if(access.assigns), name);
  }

  void note_global(Access access) {
    Path &path = access.path;
    llvm::StringRef name = path.global;
    bool is_spelled_out = name == "globalThis" || name == "global" || name == "self";
    if (is_spelled_out) {
      if (path.members.empty()) {
        if (access.method.empty())
          return;
        path.members.push_back(access.method); // `globalThis.load()`
        access.method = {};
      }
      name = path.members.front();
      path.members.erase(path.members.begin());
    }
    if (name == "process") {
      note_process(access, path.members);
    } else if (name == "caches") {
      note_cache(access);
    } else if (name == "Deno" || name == "Bun") {
      note_runtime(access);
    } else if (access.assigns || (is_mutating_method(access.method) && !is_platform_global(name))) {
      note(ResourceKind::Global, flow_.change(access), name);
    } else if (!is_platform_global(name) && (is_spelled_out || is_variable_name(name)) &&
               !flow_.is_kept_inside(access)) {
      note(ResourceKind::Global, EffectKind::Reads, name);
    }
  }

  void note_cache(const Access &access) {
    llvm::StringRef key = names_.literal(names_.argument(access.call, 0));
    if (is_one_of(access.method, {"put", "add", "addAll", "delete"}))
      note(ResourceKind::Cache, EffectKind::Changes, access.method == "addAll" ? llvm::StringRef() : key);
    else if (is_one_of(access.method, {"match", "matchAll", "keys"}))
      note(ResourceKind::Cache, EffectKind::Reads, access.method == "keys" ? llvm::StringRef() : key);
  }

  void note_runtime(const Access &access) {
    const Path &path = access.path;
    llvm::StringRef argument = names_.literal(names_.argument(access.call, 0));
    if (path.member(0) == "env" && path.global == "Deno") {
      if (!access.method.empty())
        note(ResourceKind::Environment, change_if(access.method == "set" || access.method == "delete"), argument);
    } else if (path.member(0) == "env") {
      note_process(access, path.members);
    } else if (path.global == "Bun" && (access.method == "file" || access.method == "write")) {
      note(ResourceKind::Files, change_if(access.method == "write"), argument);
    } else {
      note_file(access.method, access.call);
    }
  }

  // --- The request

  void note_request(std::vector<EffectUse> &uses, const Access &access, SyntaxIndex at, bool changes) {
    const Path &path = access.path;
    auto add = [&](ResourceKind resource, bool is_changed, llvm::StringRef name) {
      uses.push_back(
          {resource, change_if(is_changed), EffectUse::If::Always, this_module, name.str(), tree_[at].span, earliest_});
    };
    llvm::StringRef part = path.members.empty() ? access.method : path.members[0];
    if (part == "locals") {
      llvm::StringRef name = path.members.size() > 1 ? path.members[1] : access.method;
      if (changes || !(access.is_renamed && path.members.size() == 1))
        add(ResourceKind::Locals, changes, name);
    } else if (part == "cookies") {
      llvm::StringRef name;
      if (is_one_of(access.method, {"get", "has", "set", "delete"}))
        name = names_.literal(names_.argument(access.call, 0));
      if (changes || !(access.is_renamed && path.members.size() == 1))
        add(ResourceKind::Cookies, changes, name);
    } else if (part == "request") {
      bool is_handed_on = path.members.size() == 1 && access.method.empty() && !access.is_renamed;
      if (changes || is_handed_on)
        add(ResourceKind::Body, changes, {});
    } else if (part == "response") {
      note_response(uses, access, at);
    } else if (part.empty() && changes && !access.is_renamed) { // it is handed on
      for (ResourceKind kind : {ResourceKind::Locals, ResourceKind::Cookies, ResourceKind::Headers, ResourceKind::Body})
        add(kind, true, {});
    }
  }

  void note_response(std::vector<EffectUse> &uses, const Access &access, SyntaxIndex at) {
    const Path &path = access.path;
    bool is_header = path.member(1) == "headers";
    if (path.members.size() == 1 || (is_header && access.method.empty() && !access.assigns)) {
      if (access.is_renamed)
        return;
    }
    std::string name = path.member(1).str();
    bool writes = access.assigns;
    if (is_header) {
      name = names_.literal(names_.argument(access.call, 0)).lower();
      writes = is_one_of(access.method, {"set", "append", "delete"}) || access.method.empty();
    }
    uses.push_back({ResourceKind::Headers, change_if(writes), EffectUse::If::Always, this_module, name, tree_[at].span,
                    earliest_});
  }

  // --- State of objects and closures

  /// `this` in a class's static methods, and in an object literal that a variable of the module holds.
  void collect_this(SyntaxIndex node) {
    for (SyntaxIndex i = node; i < tree_[node].subtree_end; ++i) {
      if (tree_[i].kind != Kind::This || !in_function_[i])
        continue;
      auto [owner, method] = kept_state_.owner_of_this(i);
      if (owner == no_syntax)
        continue;
      bool is_class = tree_[owner].kind != Kind::Object;
      if (is_class ? !kept_state_.has_word(method, "static") : in_function_[owner])
        continue;
      Access access = names_.access_of_this(i);
      if (access.path.members.empty())
        continue;
      at_ = i;
      earliest_ = 0;
      bool changes = access.assigns || (is_mutating_method(access.method) && access.path.members.size() > 0);
      if (changes || !flow_.is_kept_inside(access))
        note_binding(changes ? flow_.change(access) : EffectKind::Reads, this_module, binding(unit_binding_).name);
    }
  }

  static EffectKind change_if(bool is_changed) { return is_changed ? EffectKind::Changes : EffectKind::Reads; }

  /// One use of each kind for each resource.
  static void simplify(EffectUnit &unit) {
    auto key = [](const EffectUse &use) {
      return std::make_tuple(use.resource, use.import, std::cref(use.name), use.does, use.only_if);
    };
    for (std::vector<EffectUse> *uses : {&unit.uses, &unit.request}) {
      std::stable_sort(uses->begin(), uses->end(),
                       [&](const EffectUse &a, const EffectUse &b) { return key(a) < key(b); });
      uses->erase(std::unique(uses->begin(), uses->end(),
                              [&](const EffectUse &a, const EffectUse &b) { return key(a) == key(b); }),
                  uses->end());
    }
    for (std::vector<EffectCall> *calls : {&unit.calls, &unit.makers}) {
      std::stable_sort(calls->begin(), calls->end(), [](const EffectCall &a, const EffectCall &b) {
        return std::tie(a.import, a.name) < std::tie(b.import, b.name);
      });
      calls->erase(std::unique(calls->begin(), calls->end(),
                               [](const EffectCall &a, const EffectCall &b) {
                                 return a.import == b.import && a.name == b.name;
                               }),
                   calls->end());
    }
  }

  Context &context_;
  const Names &names_;
  const Code &code_;
  const SyntaxTree &tree_;
  const Names &module_;
  Holdings holdings_; ///< of the module's variables
  KeptState kept_state_;
  Flow flow_;
  const RequestState *state_ = nullptr;
  EffectUnit *unit_ = nullptr;             ///< what is collected into
  BindingIndex unit_binding_ = no_binding; ///< the variable whose unit it is
  SyntaxIndex at_ = no_syntax;             ///< the name that is looked at
  uint32_t earliest_ = 0;
  std::vector<bool> in_function_;                                 ///< by node; empty for an expression of the markup
  std::vector<bool> runs_;                                        ///< by node: not only when the module is evaluated
  std::vector<bool> is_looked_at_;                                ///< by variable: see find_looked_at
  std::vector<bool> is_memo_;                                     ///< by node: it names a cache that does not show
  std::map<std::string, std::vector<EffectCall>> pending_makers_; ///< for the units of these variables
  std::map<std::string, std::vector<EffectCall>> pending_calls_;
};

} // namespace

void collect_effects(Context &context, const RequestState *state) {
  Names names(context, context.code, nullptr);
  EffectCollector(context, names, names).collect_module(state);
}

/// As a statement of its own the value of an expression would be nobody's, but it goes into the page.
static void use_value(ExpressionCode &code) {
  constexpr llvm::StringLiteral keyword = "return ";
  code.text.insert(0, keyword.data(), keyword.size());
  for (TextPiece &piece : code.pieces)
    piece.offset += static_cast<uint32_t>(keyword.size());
  code.pieces.front().offset = 0;
}

void collect_markup_effects(Context &context, const TemplateTree &markup, const RequestState &state) {
  // Most expressions name neither an import nor anything else that could have an effect.
  std::vector<llvm::StringRef> names{"Astro", "process", "globalThis", "global", "caches", "Deno", "Bun"};
  for (uint32_t i = 0; i < context.facts.imports.size(); ++i)
    if (!context.facts.imports[i].local.empty() && !context.is_runtime_import(i) &&
        !is_component_path(context.facts.imports[i].specifier))
      names.push_back(context.facts.imports[i].local);
  for (const EffectUnit &unit : context.facts.effects.units)
    names.push_back(unit.name);
  Names module(context, context.code, nullptr);
  for (uint32_t i = 0; i < markup.nodes.size(); ++i) {
    if (markup.nodes[i].kind != TemplateNodeKind::Expression)
      continue;
    ExpressionCode own = expression_code(markup, context.source.text(), i);
    bool may_matter =
        state.may_occur_in(own.text) || std::any_of(names.begin(), names.end(), [&](llvm::StringRef name) {
          return llvm::StringRef(own.text).find(name) != llvm::StringRef::npos;
        });
    if (!may_matter)
      continue;
    use_value(own);
    Code code(SyntaxTree::parse(own.text, own.pieces), context.source.text());
    Names expression(context, code, &module);
    EffectCollector(context, module, expression).collect_expression(RequestState(code, &state));
  }
}

} // namespace analyze
} // namespace foreload
