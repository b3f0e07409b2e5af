// A struct's members are bound by name, all of them: who adds one has to add it here, or it does not compile. Who adds an
// enumerator behind the last one finds out by the assertion in ArchiveWriter.
#include "engine/fact_codec.h"

#include "analyze/awaits.h"
#include "engine/diagnostic_codec.h"

namespace foreload {

constexpr ModuleKind last_of(ModuleKind) { return ModuleKind::Markdown; }
constexpr Movability last_of(Movability) { return Movability::Never; }
constexpr Certainty last_of(Certainty) { return Certainty::Never; }
constexpr CodeUse::Of last_of(CodeUse::Of) { return CodeUse::Of::Slot; }
constexpr DeclarationFact::Form last_of(DeclarationFact::Form) { return DeclarationFact::Form::AwaitElement; }
constexpr SiteProp::Kind last_of(SiteProp::Kind) { return SiteProp::Kind::Hidden; }
constexpr RenderNode::Kind last_of(RenderNode::Kind) { return RenderNode::Kind::Call; }
constexpr RenderNode::Test last_of(RenderNode::Test) { return RenderNode::Test::Equals; }
constexpr Barrier::Kind last_of(Barrier::Kind) { return Barrier::Kind::State; }
constexpr ResourceKind last_of(ResourceKind) { return ResourceKind::Cache; }
constexpr EffectKind last_of(EffectKind) { return EffectKind::Changes; }
constexpr EffectUse::If last_of(EffectUse::If) { return EffectUse::If::Collection; }
constexpr EffectUnit::Holds last_of(EffectUnit::Holds) { return EffectUnit::Holds::Collection; }
constexpr Control::Kind last_of(Control::Kind) { return Control::Kind::Join; }
constexpr WorkStart::By last_of(WorkStart::By) { return WorkStart::By::Outside; }
constexpr AwaitFact::Kind last_of(AwaitFact::Kind) { return AwaitFact::Kind::Failure; }

template <class Archive> void fields(Archive &archive, ValueOf<Frontmatter> auto &value) {
  auto &[open_fence, code, close_fence] = value;
  archive(open_fence, code, close_fence);
}

template <class Archive> void fields(Archive &archive, ValueOf<ImportFact> auto &value) {
  auto &[local, imported, specifier, attributes, span, group, is_changed] = value;
  archive(local, imported, specifier, attributes, span, group, is_changed);
}

template <class Archive> void fields(Archive &archive, ValueOf<ExportFact> auto &value) {
  auto &[exported, local, specifier, span, constant] = value;
  archive(exported, local, specifier, span, constant);
}

template <class Archive> void fields(Archive &archive, ValueOf<ConstantFact> auto &value) {
  auto &[imports, constants] = value;
  archive(imports, constants);
}

template <class Archive> void fields(Archive &archive, ValueOf<ContextUse> auto &value) {
  auto &[whole, props, prop_names, all_props, changes_props, state, writes_state, loads, at] = value;
  archive(whole, props, prop_names, all_props, changes_props, state, writes_state, loads, at);
}

template <class Archive> void fields(Archive &archive, ValueOf<ExportedFunction> auto &value) {
  auto &[name, context] = value;
  archive(name, context);
}

template <class Archive> void fields(Archive &archive, ValueOf<LoadFact> auto &value) {
  auto &[span, import, member, local, is_certain] = value;
  archive(span, import, member, local, is_certain);
}

template <class Archive> void fields(Archive &archive, ValueOf<LoadingFunction> auto &value) {
  auto &[local, name, loads] = value;
  archive(local, name, loads);
}

template <class Archive> void fields(Archive &archive, ValueOf<LoaderPiece> auto &value) {
  auto &[name, text, is_declarator, name_span] = value;
  archive(name, text, is_declarator, name_span);
}

template <class Archive> void fields(Archive &archive, ValueOf<LoaderNameUse> auto &value) {
  auto &[span, shorthand, is_import, index] = value;
  archive(span, shorthand, is_import, index);
}

template <class Archive> void fields(Archive &archive, ValueOf<LoaderFacts> auto &value) {
  auto &[span, local, braceless_end, import, re_export, movability, reason_code, reason_span, reason, speculative, context,
         pieces, own_piece, uses, globals] = value;
  archive(span, local, braceless_end, import, re_export, movability, reason_code, reason_span, reason, speculative, context,
          pieces, own_piece, uses, globals);
}

template <class Archive> void fields(Archive &archive, ValueOf<Doubt> auto &value) {
  auto &[certainty, code, span, text] = value;
  archive(certainty, code, span, text);
}

template <class Archive> void fields(Archive &archive, ValueOf<CodeUse> auto &value) {
  auto &[of, span, index, shorthand, called, dissolved] = value;
  archive(of, span, index, shorthand, called, dissolved);
}

template <class Archive> void fields(Archive &archive, ValueOf<PureCode> auto &value) {
  auto &[text, uses, reads_state, makes_identity, call_makes_identity, doubt] = value;
  archive(text, uses, reads_state, makes_identity, call_makes_identity, doubt);
}

template <class Archive> void fields(Archive &archive, ValueOf<DeclarationFact> auto &value) {
  auto &[form, code, prop, name] = value;
  archive(form, code, prop, name);
}

template <class Archive> void fields(Archive &archive, ValueOf<ImplicitLoader> auto &value) {
  auto &[expression, statement_begin, code, inputs, globals, callee, comments, member, arguments] = value;
  archive(expression, statement_begin, code, inputs, globals, callee, comments, member, arguments);
}

template <class Archive> void fields(Archive &archive, ValueOf<ValueFact> auto &value) {
  auto &[name, declaration, why, settled_at, group] = value;
  archive(name, declaration, why, settled_at, group);
}

template <class Archive> void fields(Archive &archive, ValueOf<SiteProp> auto &value) {
  auto &[kind, name, text, code, groups] = value;
  archive(kind, name, text, code, groups);
}

template <class Archive> void fields(Archive &archive, ValueOf<RenderNode> auto &value) {
  auto &[kind, test, index, operand, subtree_end] = value;
  archive(kind, test, index, operand, subtree_end);
}

template <class Archive> void fields(Archive &archive, ValueOf<ContentFact> auto &value) {
  auto &[site, slot, doubt] = value;
  archive(site, slot, doubt);
}

template <class Archive> void fields(Archive &archive, ValueOf<CallbackFact> auto &value) {
  auto &[head, parameters] = value;
  archive(head, parameters);
}

template <class Archive> void fields(Archive &archive, ValueOf<LoaderUse> auto &value) {
  auto &[call, insert_at, has_arguments, doubt, in_frontmatter, statement_begin, awaits_before, is_kept] = value;
  archive(call, insert_at, has_arguments, doubt, in_frontmatter, statement_begin, awaits_before, is_kept);
}

template <class Archive> void fields(Archive &archive, ValueOf<SlotPlace> auto &value) {
  auto &[site, slot] = value;
  archive(site, slot);
}

template <class Archive> void fields(Archive &archive, ValueOf<RenderSite> auto &value) {
  auto &[tag, import, member, is_self, chooses_slots, is_island, elsewhere, span, place, doubt, props] = value;
  archive(tag, import, member, is_self, chooses_slots, is_island, elsewhere, span, place, doubt, props);
}

template <class Archive> void fields(Archive &archive, ValueOf<SlotFact> auto &value) {
  auto &[name, place, doubt] = value;
  archive(name, place, doubt);
}

template <class Archive> void fields(Archive &archive, ValueOf<Barrier> auto &value) {
  auto &[kind, statement, at, earliest, condition] = value;
  archive(kind, statement, at, earliest, condition);
}

// What functions do

template <class Archive> void fields(Archive &archive, ValueOf<EffectUse> auto &value) {
  auto &[resource, does, only_if, import, name, at, earliest] = value;
  archive(resource, does, only_if, import, name, at, earliest);
}

template <class Archive> void fields(Archive &archive, ValueOf<EffectCall> auto &value) {
  auto &[import, name, at, earliest] = value;
  archive(import, name, at, earliest);
}

template <class Archive> void fields(Archive &archive, ValueOf<EffectUnit> auto &value) {
  auto &[name, holds, is_open, keeps_state, uses, request, calls, makers] = value;
  archive(name, holds, is_open, keeps_state, uses, request, calls, makers);
}

template <class Archive> void fields(Archive &archive, ValueOf<EffectFacts> auto &value) {
  auto &[units, render] = value;
  archive(units, render);
}

// What components wait for

static void fields(ArchiveWriter &archive, const llvm::BitVector &value) {
  std::vector<uint8_t> bits(value.size());
  for (unsigned bit : value.set_bits())
    bits[bit] = 1;
  archive(bits);
}

static void fields(ArchiveReader &archive, llvm::BitVector &value) {
  std::vector<uint8_t> bits;
  archive(bits);
  value.resize(static_cast<unsigned>(bits.size()));
  for (unsigned bit = 0; bit < bits.size(); ++bit)
    value[bit] = bits[bit] != 0;
}

template <class Archive> void fields(Archive &archive, ValueOf<FlowValue> auto &value) {
  auto &[name, awaits, props] = value;
  archive(name, awaits, props);
}

template <class Archive> void fields(Archive &archive, ValueOf<Moment> auto &value) {
  auto &[after] = value;
  archive(after);
}

template <class Archive> void fields(Archive &archive, ValueOf<InForce> auto &value) {
  auto &[guard, condition] = value;
  archive(guard, condition);
}

template <class Archive> void fields(Archive &archive, ValueOf<Control> auto &value) {
  auto &[kind, at, uses, in_force, joined, moments_before] = value;
  archive(kind, at, uses, in_force, joined, moments_before);
}

template <class Archive> void fields(Archive &archive, ValueOf<WorkStart> auto &value) {
  auto &[by, moment, prop, in_force] = value;
  archive(by, moment, prop, in_force);
}

template <class Archive> void fields(Archive &archive, ValueOf<AwaitFact> auto &value) {
  auto &[kind, span, for_await, repeated, chained, conditional, before, over, starts, uses, in_force] = value;
  archive(kind, span, for_await, repeated, chained, conditional, before, over, starts, uses, in_force);
}

template <class Archive> void fields(Archive &archive, ValueOf<PassedProp> auto &value) {
  auto &[name, uses, forwards, forwards_all, starts] = value;
  archive(name, uses, forwards, forwards_all, starts);
}

template <class Archive> void fields(Archive &archive, ValueOf<ContentPlace> auto &value) {
  auto &[site, slot] = value;
  archive(site, slot);
}

template <class Archive> void fields(Archive &archive, ValueOf<SiteFlow> auto &value) {
  auto &[rendered, created, begins, place, in_force, props] = value;
  archive(rendered, created, begins, place, in_force, props);
}

template <class Archive> void fields(Archive &archive, ValueOf<SlotFlow> auto &value) {
  auto &[name, begins, place, in_force] = value;
  archive(name, begins, place, in_force);
}

template <class Archive> void fields(Archive &archive, ValueOf<AwaitFacts> auto &value) {
  auto &[props, values, moments, controls, awaits, sites, slots] = value;
  archive(props, values, moments, controls, awaits, sites, slots);
}

static void fields(ArchiveWriter &archive, const std::shared_ptr<const AwaitFacts> &value) {
  archive(value != nullptr);
  if (value)
    archive(*value);
}

static void fields(ArchiveReader &archive, std::shared_ptr<const AwaitFacts> &value) {
  bool is_there = false;
  archive(is_there);
  if (!is_there)
    return;
  auto awaits = std::make_shared<AwaitFacts>();
  archive(*awaits);
  value = std::move(awaits);
}

/// All but the source, and the diagnostics, which name it.
template <class Archive> void fields(Archive &archive, ValueOf<ModuleFacts> auto &value) {
  auto &[source, kind, usable, imports, exports, functions, constants, loading, effects, diagnostics, frontmatter,
         last_import_end, loader, uses, sites, slots, barriers, await_statements, implicit_loaders, values, declarations,
         codes, prop_names, changes_props, changed_props, props_group, astro_group, prop_groups, slot_names, render,
         contents, callbacks, doubts, awaits, changes_state_in_markup] = value;
  archive(kind, usable, imports, exports, functions, constants, loading, effects, frontmatter, last_import_end, loader,
          uses, sites, slots, barriers, await_statements, implicit_loaders, values, declarations, codes, prop_names,
          changes_props, changed_props, props_group, astro_group, prop_groups, slot_names, render, contents, callbacks,
          doubts, awaits, changes_state_in_markup);
}

/// Puts \p to for the file in everything that names \p from.
static void rename_file(std::vector<Diagnostic> &diagnostics, llvm::StringRef from, llvm::StringRef to) {
  for (Diagnostic &diagnostic : diagnostics) {
    if (diagnostic.file == from)
      diagnostic.file = to.str();
    for (RelatedPlace &place : diagnostic.related)
      if (place.file == from)
        place.file = to.str();
  }
}

std::string encode_facts(const ModuleFacts &facts) {
  std::vector<Diagnostic> diagnostics = facts.diagnostics;
  rename_file(diagnostics, facts.source->path(), "");
  ArchiveWriter archive;
  archive(facts, diagnostics);
  return archive.take();
}

std::shared_ptr<const ModuleFacts> decode_facts(llvm::StringRef bytes, std::shared_ptr<const SourceFile> source) {
  auto facts = std::make_shared<ModuleFacts>();
  ArchiveReader archive(bytes, source->size());
  archive(*facts, facts->diagnostics);
  if (!archive.is_complete())
    return nullptr;
  rename_file(facts->diagnostics, "", source->path());
  facts->source = std::move(source);
  return facts;
}

} // namespace foreload
