// Markdown and MDX files: what they render of components. Their text is not looked into any further: nothing is lifted
// in them, but the components that they render are where renders of Astro components begin.
#include "analyze/context.h"
#include "parse/front_matter.h"
#include "parse/markdown_lines.h"

#include <llvm/ADT/StringExtras.h>

#include <algorithm>

namespace foreload::analyze {

namespace {

class MarkdownAnalysis {
public:
  MarkdownAnalysis(ModuleFacts &facts, bool is_mdx) : facts_(facts), text_(facts.source->text()), is_mdx_(is_mdx) {}

  void run(const AnalyzeOptions &options) {
    uint32_t content_begin = 0;
    std::optional<YamlString> layout;
    if (std::optional<FrontMatter> front_matter = find_front_matter(text_)) {
      content_begin = front_matter->content_begin;
      layout = find_yaml_string(text_, front_matter->yaml, "layout");
    }
    if (is_mdx_)
      add_imports(text_.drop_front(content_begin), options);
    if (layout && !layout->value.empty())
      add_layout(std::move(*layout));
    if (is_mdx_)
      add_tags(text_.drop_front(content_begin));
  }

private:
  uint32_t offset_of(llvm::StringRef part) const { return static_cast<uint32_t>(part.data() - text_.data()); }

  /// All that is rendered stands in its default slot.
  void add_layout(YamlString layout) {
    ImportFact import;
    import.imported = "default";
    import.specifier = std::move(layout.value);
    import.span = layout.span;
    RenderSite site;
    site.tag = "layout";
    site.import = static_cast<uint32_t>(facts_.imports.size());
    site.span = layout.span;
    facts_.imports.push_back(std::move(import));
    facts_.sites.push_back(std::move(site));
  }

  void add_imports(llvm::StringRef content, const AnalyzeOptions &options) {
    std::string code;
    std::vector<TextPiece> pieces;
    for (llvm::StringRef line : mdx_import_lines(content)) {
      pieces.push_back({static_cast<uint32_t>(code.size()), offset_of(line)});
      code += line;
      code += '\n';
    }
    if (pieces.empty())
      return;
    Code parsed(SyntaxTree::parse(code, pieces), text_);
    Context context{facts_, *facts_.source, options, parsed, {}};
    collect_imports_and_exports(context);
    facts_.exports.clear();
  }

  static Doubt unknown(Span span) { return {Certainty::May, 3005, span, "in the text of an MDX file"}; }

  /// Tags that name an import, and the imports that no tag names: they may be rendered in some other way.
  void add_tags(llvm::StringRef content) {
    std::vector<bool> is_named(facts_.imports.size());
    for_each_text_line(content, [&](llvm::StringRef line) {
      for (size_t at = line.find('<'); at != llvm::StringRef::npos; at = line.find('<', at + 1)) {
        if (line.take_front(at).count('`') % 2 == 1) // `<Card />`, which is code
          continue;
        llvm::StringRef name = line.drop_front(at + 1).take_while(
            [](char c) { return llvm::isAlnum(c) || c == '_' || c == '$' || c == '.'; });
        auto [local, member] = name.split('.');
        for (uint32_t i = 0; i < facts_.imports.size() && !local.empty(); ++i)
          if (facts_.imports[i].local == local) {
            is_named[i] = true;
            uint32_t begin = offset_of(name);
            add_site(i, name, member, {begin, begin + static_cast<uint32_t>(name.size())});
          }
      }
    });
    for (uint32_t i = 0; i < facts_.imports.size(); ++i)
      if (!is_named[i] && !facts_.imports[i].local.empty())
        add_site(i, facts_.imports[i].local, "", facts_.imports[i].span);
  }

  void add_site(uint32_t import, llvm::StringRef tag, llvm::StringRef member, Span span) {
    RenderSite site;
    site.tag = tag.str();
    site.import = import;
    site.member = member.str();
    site.span = span;
    site.doubt = unknown(span);
    facts_.sites.push_back(std::move(site));
  }

  ModuleFacts &facts_;
  llvm::StringRef text_;
  bool is_mdx_;
};

} // namespace

void analyze_markdown(ModuleFacts &facts, const AnalyzeOptions &options) {
  MarkdownAnalysis(facts, facts.source->path().rsplit('.').second == "mdx").run(options);
}

} // namespace foreload::analyze
