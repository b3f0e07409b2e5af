#include "analyze/await_kinds.h"

#include <algorithm>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;
using Work = AwaitFact::Kind;

bool is_one_of(llvm::StringRef word, std::initializer_list<llvm::StringRef> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool counts(Work kind) { return kind == Work::Data || kind == Work::Loader; }

} // namespace

AwaitedWork AwaitKinds::judge(const FlowCode &flow, SyntaxIndex expression, const WorkStart &now, unsigned depth) {
  constexpr unsigned depth_limit = 64;
  const SyntaxTree &tree = flow.code.tree;
  SyntaxIndex at = flow.code.unwrap(expression);
  if (at == no_syntax || depth > depth_limit)
    return {};
  switch (tree[at].kind) {
  case Kind::Identifier:
    return judge_name(flow, at, false);
  case Kind::MemberExpression:
  case Kind::SubscriptExpression: {
    if (uint32_t prop = values_.forwarded_prop(flow, at); prop != no_index)
      return {Work::Data, {{WorkStart::By::Prop, no_index, prop, {}}}};
    SyntaxIndex root = FlowValues::root_of(flow.code, at);
    if (root == no_syntax)
      return {};
    if (!FlowValues::is_astro(flow.code, root))
      return judge_name(flow, root, true);
    // What middleware has put there is on its way since before the page.
    for (SyntaxIndex part = at; part != no_syntax; part = flow.code.unwrap(tree.child(part, Field::Object)))
      if (FlowValues::is_astro(flow.code, part, "locals"))
        return {Work::Data, {{WorkStart::By::Outside, no_index, no_index, {}}}};
    return {Work::Settled, {}};
  }
  case Kind::CallExpression:
    return judge_call(flow, at, now, depth);
  case Kind::NewExpression:
    return {};
  case Kind::TernaryExpression:
    return join(judge(flow, tree.child(at, Field::Consequence), now, depth + 1),
                judge(flow, tree.child(at, Field::Alternative), now, depth + 1), now);
  case Kind::BinaryExpression:
    return join(judge(flow, tree.child(at, Field::Left), now, depth + 1),
                judge(flow, tree.child(at, Field::Right), now, depth + 1), now);
  case Kind::AssignmentExpression:
    return judge(flow, tree.child(at, Field::Right), now, depth + 1);
  default: // literals, objects, functions
    return {Work::Settled, {}};
  }
}

/// \p is_part: not the name's value is awaited, but something in it.
AwaitedWork AwaitKinds::judge_name(const FlowCode &flow, SyntaxIndex name, bool is_part) {
  if (uint32_t prop = values_.forwarded_prop(flow, name); prop != no_index)
    return {Work::Data, {{WorkStart::By::Prop, no_index, prop, {}}}};
  uint32_t value = values_.value_of(flow, name);
  if (value == no_index) // a global or an import: made once, not once a request
    return {Work::Settled, {}};
  auto known = declared_.find(value);
  if (known == declared_.end())
    return {};
  AwaitedWork work = known->second;
  if (is_part && work.kind == Work::Settled) // `await result.promise`: with the rest of it, or now
    work.kind = Work::Data;
  return work;
}

AwaitedWork AwaitKinds::judge_call(const FlowCode &flow, SyntaxIndex call, const WorkStart &now, unsigned depth) {
  const SyntaxTree &tree = flow.code.tree;
  SyntaxIndex callee = flow.code.unwrap(tree.child(call, Field::Function));
  SyntaxIndex arguments = tree.child(call, Field::Arguments);
  if (callee == no_syntax || arguments == no_syntax)
    return {};
  SyntaxIndex first = tree.first_named_child(arguments);
  if (tree[callee].kind == Kind::Import)
    return {Work::Module, {}};
  if (SyntaxIndex data = context_.data_call(flow.code, call); data != no_syntax) {
    bool has_own_key = tree.first_named_child(tree.child(data, Field::Arguments)) != no_syntax;
    return {has_own_key ? Work::Data : Work::Loader, {}}; // with a key of its own it is nobody's to start
  }
  if (is_content_call(flow, call))
    return {Work::Content, {}};
  if (first == no_syntax && reads_body(flow, callee))
    return {Work::Body, {}};
  if (tree[callee].kind != Kind::MemberExpression)
    return {};
  SyntaxIndex object = tree.child(callee, Field::Object);
  llvm::StringRef method = flow.code.text_of(tree.child(callee, Field::Property));
  if (FlowValues::is_astro(flow.code, object, "slots"))
    return {Work::Slot, {}};
  if (FlowValues::is_astro(flow.code, object) && method == "glob")
    return {Work::Module, {}};
  if (is_one_of(method, {"then", "catch", "finally"}))
    return judge(flow, object, now, depth + 1);
  if (flow.code.text_of(flow.code.unwrap(object)) != "Promise")
    return {};
  if (is_one_of(method, {"all", "allSettled", "any", "race"}))
    return judge_all(flow, first, now, depth);
  if (method == "resolve" || method == "reject")
    return first == no_syntax ? AwaitedWork{Work::Settled, {}} : judge(flow, first, now, depth + 1);
  return {};
}

/// `Promise.all(list)`.
AwaitedWork AwaitKinds::judge_all(const FlowCode &flow, SyntaxIndex list, const WorkStart &now, unsigned depth) {
  const SyntaxTree &tree = flow.code.tree;
  SyntaxIndex at = flow.code.unwrap(list);
  if (at == no_syntax)
    return {};
  if (tree[at].kind == Kind::Array) {
    AwaitedWork all{Work::Settled, {}};
    for (SyntaxIndex element = tree.first_child(at); element != no_syntax; element = tree.next_sibling(element)) {
      if (tree[element].kind == Kind::Token || tree[element].kind == Kind::Comment)
        continue;
      bool is_spread = tree[element].kind == Kind::SpreadElement;
      SyntaxIndex part = is_spread ? tree.first_named_child(element) : element;
      all = join(std::move(all), is_spread ? judge_all(flow, part, now, depth + 1) : judge(flow, part, now, depth + 1),
                 now);
    }
    return all;
  }
  if (tree[at].kind == Kind::Identifier)
    return judge_name(flow, at, true);
  // `entries.map((entry) => render(entry))` waits for what its callback does.
  SyntaxIndex arguments = tree.child(at, Field::Arguments);
  SyntaxIndex callback = arguments == no_syntax ? no_syntax : tree.first_named_child(arguments);
  if (tree[at].kind == Kind::CallExpression && callback != no_syntax && tree[callback].kind == Kind::ArrowFunction)
    if (AwaitedWork work = judge_callback(flow, callback, now, depth + 1); !counts(work.kind))
      return work;
  return judge(flow, at, now, depth + 1);
}

/// What waiting for the result of a callback is.
AwaitedWork AwaitKinds::judge_callback(const FlowCode &flow, SyntaxIndex callback, const WorkStart &now,
                                       unsigned depth) {
  const SyntaxTree &tree = flow.code.tree;
  SyntaxIndex body = flow.code.unwrap(tree.child(callback, Field::Body));
  if (body == no_syntax)
    return {};
  AwaitedWork all{Work::Settled, {}};
  bool awaits = false;
  for (SyntaxIndex i = body; i < tree[body].subtree_end; ++i)
    if (tree[i].kind == Kind::AwaitExpression) {
      awaits = true;
      all = join(std::move(all), judge(flow, tree.first_named_child(i), now, depth + 1), now);
    }
  if (awaits)
    return all;
  return tree[body].kind == Kind::StatementBlock ? AwaitedWork{} : judge(flow, body, now, depth + 1);
}

/// Of two that are awaited together; what does not count is left out if something else does.
AwaitedWork AwaitKinds::join(AwaitedWork a, AwaitedWork b, const WorkStart &now) const {
  if (!counts(b.kind))
    return a.kind == Work::Settled ? b : a;
  if (!counts(a.kind))
    return b;
  AwaitedWork both{a.kind == b.kind ? a.kind : Work::Data, {}};
  if (a.starts.empty() && b.starts.empty())
    return both;
  for (const AwaitedWork *part : {&a, &b}) {
    both.starts.insert(both.starts.end(), part->starts.begin(), part->starts.end());
    if (part->starts.empty())
      both.starts.push_back(now);
  }
  return both;
}

/// The import that a name means, or no_index.
uint32_t AwaitKinds::import_of(const FlowCode &flow, SyntaxIndex name) const {
  if (flow.code.tree[name].kind != Kind::Identifier || values_.value_of(flow, name) != no_index)
    return no_index;
  return context_.import_of(context_.code.scopes.lookup(flow.code.text_of(name), top_scope));
}

/// `response.json()`, `(await fetch(url)).text()`: one round trip with the await that gave the response. Not
/// `client.get(url).json()`, which makes a request.
bool AwaitKinds::reads_body(const FlowCode &flow, SyntaxIndex callee) const {
  const SyntaxTree &tree = flow.code.tree;
  if (tree[callee].kind != Kind::MemberExpression ||
      !is_one_of(flow.code.text_of(tree.child(callee, Field::Property)),
                 {"json", "text", "arrayBuffer", "blob", "bytes", "formData"}))
    return false;
  SyntaxIndex object = flow.code.unwrap(tree.child(callee, Field::Object));
  if (object == no_syntax || tree[object].kind == Kind::AwaitExpression)
    return object != no_syntax;
  SyntaxIndex root = FlowValues::root_of(flow.code, object);
  return root != no_syntax && values_.value_of(flow, root) != no_index;
}

/// Calls that read what the build has put together: there is nothing to wait for but the first load of a module.
bool AwaitKinds::is_content_call(const FlowCode &flow, SyntaxIndex call) const {
  const SyntaxTree &tree = flow.code.tree;
  SyntaxIndex callee = flow.code.unwrap(tree.child(call, Field::Function));
  if (uint32_t import = import_of(flow, callee); import != no_index) {
    const ImportFact &from = context_.facts.imports[import];
    if (from.specifier == "astro:content")
      return is_one_of(from.imported,
                       {"getCollection", "getEntry", "getEntries", "getEntryBySlug", "getDataEntryById", "render"});
    // It asks a server for the size of an image that is elsewhere, if it is told to.
    return from.specifier == "astro:assets" && from.imported == "getImage" &&
           flow.code.text_of(call).find("inferSize") == llvm::StringRef::npos;
  }
  // `const { Content } = await entry.render()`, before Astro 5.
  if (tree[callee].kind != Kind::MemberExpression || flow.code.text_of(tree.child(callee, Field::Property)) != "render")
    return false;
  SyntaxIndex child = call;
  SyntaxIndex at = flow.code.value_parent(call, &child);
  if (at != no_syntax && tree[at].kind == Kind::AwaitExpression)
    at = flow.code.value_parent(at, &child);
  SyntaxIndex pattern = at == no_syntax ? no_syntax : tree.child(at, Field::Name);
  if (pattern == no_syntax || tree[pattern].kind != Kind::ObjectPattern)
    return false;
  for (SyntaxIndex i = pattern; i < tree[pattern].subtree_end; ++i)
    if ((tree[i].kind == Kind::ShorthandPropertyPattern || tree[i].kind == Kind::PropertyName) &&
        is_one_of(flow.code.text_of(i), {"Content", "headings", "remarkPluginFrontmatter"}))
      return true;
  return false;
}

} // namespace foreload::analyze
