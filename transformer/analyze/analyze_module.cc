#include "analyze/effect_collector.h"
#include "analyze/pure_code.h"
#include "analyze/request_state.h"
#include "analyze/value_changes.h"

namespace foreload {

bool is_component_path(llvm::StringRef path) { return std::string_view(path).ends_with(".astro"); }

bool is_markdown_path(llvm::StringRef path) {
  llvm::StringRef extension = path.rsplit('.').second;
  for (llvm::StringRef known : {"md", "mdx", "markdown", "mdown", "mkdn", "mkd", "mdwn"})
    if (extension == known)
      return true;
  return false;
}

std::shared_ptr<const ModuleFacts> analyze_module(std::shared_ptr<const SourceFile> source,
                                                  const AnalyzeOptions &options) {
  auto facts = std::make_shared<ModuleFacts>();
  facts->source = source;
  facts->kind = is_component_path(source->path())  ? ModuleKind::Astro
                : is_markdown_path(source->path()) ? ModuleKind::Markdown
                                                   : ModuleKind::Script;
  llvm::StringRef text = source->text();

  if (size_t invalid = find_invalid_utf8(text); invalid != llvm::StringRef::npos) {
    auto at = static_cast<uint32_t>(invalid);
    facts->usable = false;
    facts->diagnostics.push_back(
        diagnose(*source, {at, at + 1}, 1001, Severity::Error, "the file is not valid UTF-8", "save it as UTF-8"));
    return facts;
  }

  if (facts->kind == ModuleKind::Markdown) {
    analyze::analyze_markdown(*facts, options);
    if (options.awaits)
      analyze::collect_markdown_awaits(*facts);
    return facts;
  }
  Span span{0, source->size()};
  Span markup;
  if (facts->kind == ModuleKind::Astro) {
    AstroRegions regions = find_astro_regions(text);
    markup = regions.markup;
    facts->frontmatter = regions.frontmatter;
    span = facts->frontmatter ? facts->frontmatter->code : Span{0, 0};
  }
  SyntaxTree tree = SyntaxTree::parse(source->text(span), span.begin);
  if (tree.first_error() && facts->kind == ModuleKind::Astro) {
    facts->usable = false;
    facts->diagnostics.push_back(
        diagnose(*source, *tree.first_error(), 1002, Severity::Error, "the frontmatter could not be parsed here"));
    return facts;
  }
  analyze::Code code(std::move(tree), text);
  analyze::Context context{*facts, *source, options, code, {}};

  analyze::collect_imports_and_exports(context);
  analyze::ValueChanges changes(code, {text.substr(0, span.begin), text.substr(span.end)});
  analyze::collect_changed_imports(context, changes);
  analyze::collect_loads(context);
  if (facts->kind == ModuleKind::Script) {
    analyze::collect_exported_functions(context);
    analyze::collect_exported_constants(context, changes);
    analyze::collect_effects(context, nullptr);
    return facts;
  }
  analyze::analyze_loader(context);
  analyze::collect_loader_uses(context, code, true, {});
  analyze::RequestState state(code, nullptr);
  analyze::collect_barriers(context, state);
  analyze::collect_effects(context, &state);
  analyze::PureCodes codes(context, changes, state);
  codes.add_guards();
  analyze::analyze_markup(context, markup, state, codes);
  if (options.awaits && facts->usable)
    analyze::collect_awaits(context, markup);
  return facts;
}

} // namespace foreload
