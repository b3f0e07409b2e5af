// The module scanner on any bytes: where it is in no doubt and the syntax tree has no error, both say the same.
#include "parse/astro_regions.h"
#include "parse/expression_code.h"
#include "parse/module_scan.h"
#include "parse/syntax_tree.h"
#include "parse/template.h"

#include <cstddef>
#include <cstdlib>

using namespace foreload;

#define REQUIRE(condition) ((condition) ? void() : std::abort())

static void check_spans(const ModuleScan &scan, uint32_t size) {
  auto check = [&](Span span) { REQUIRE(span.begin <= span.end && span.end <= size); };
  for (const ModuleScan::Import &import : scan.imports) {
    check(import.statement);
    check(import.specifier);
    REQUIRE(import.specifier.empty() || import.statement.contains(import.specifier));
    REQUIRE(import.names_begin <= import.names_end && import.names_end <= scan.names.size());
  }
  for (const ModuleScan::Name &name : scan.names)
    check(name.imported), check(name.local);
  for (const ModuleScan::Export &found : scan.exports) {
    check(found.exported), check(found.local);
    REQUIRE(found.import == ModuleScan::no_import || found.import < scan.imports.size());
  }
  for (const ModuleScan::Glob &glob : scan.globs) {
    check(glob.base);
    REQUIRE(glob.patterns_begin < glob.patterns_end && glob.patterns_end <= scan.glob_patterns.size());
  }
  for (Span pattern : scan.glob_patterns)
    check(pattern);
  for (Span tag : scan.component_tags)
    check(tag);
}

static void check_same_imports(const ModuleScan &scan, const ModuleScan &parsed) {
  REQUIRE(scan.imports.size() == parsed.imports.size());
  for (size_t i = 0; i < scan.imports.size(); ++i) {
    const ModuleScan::Import &a = scan.imports[i], &b = parsed.imports[i];
    REQUIRE(a.form == b.form && a.type_only == b.type_only && a.statement == b.statement && a.specifier == b.specifier);
    REQUIRE(a.names_begin == b.names_begin && a.names_end == b.names_end);
  }
  REQUIRE(scan.globs.size() == parsed.globs.size() && scan.glob_patterns == parsed.glob_patterns);
  for (size_t i = 0; i < scan.globs.size(); ++i) {
    const ModuleScan::Glob &a = scan.globs[i], &b = parsed.globs[i];
    REQUIRE(a.begin == b.begin && a.eager == b.eager && a.base == b.base && a.patterns_end == b.patterns_end);
  }
}

static void check_same(const ModuleScan &scan, const ModuleScan &parsed) {
  check_same_imports(scan, parsed);
  REQUIRE(scan.names.size() == parsed.names.size());
  for (size_t i = 0; i < scan.names.size(); ++i) {
    const ModuleScan::Name &a = scan.names[i], &b = parsed.names[i];
    REQUIRE(a.form == b.form && a.type_only == b.type_only && a.imported == b.imported && a.local == b.local);
  }
  REQUIRE(scan.exports.size() == parsed.exports.size());
  for (size_t i = 0; i < scan.exports.size(); ++i) {
    const ModuleScan::Export &a = scan.exports[i], &b = parsed.exports[i];
    REQUIRE(a.form == b.form && a.type_only == b.type_only && a.exported == b.exported && a.local == b.local);
    REQUIRE(a.import == b.import);
  }
  REQUIRE(scan.uses_import_meta == parsed.uses_import_meta && scan.exports_loader == parsed.exports_loader);
}

/// Whether all code in \p text that may import something is free of errors.
static bool is_correct(llvm::StringRef text, ModuleLanguage language) {
  auto is_code = [](llvm::StringRef code) {
    SyntaxTree tree = SyntaxTree::parse_by_grammar(code, uint32_t(0));
    for (SyntaxIndex i = 1; i < tree.size(); ++i) // `(a: B)`, which the grammar takes for an expression
      if (tree[i].kind == SyntaxKind::TypeAnnotation && tree[tree[i].parent].kind == SyntaxKind::ParenthesizedExpression)
        return false;
    bool has_delete = code.find('\x7f') != llvm::StringRef::npos; // a letter, to the grammar
    return !has_delete && !tree.first_error();
  };
  if (language != ModuleLanguage::Astro)
    return is_code(text);
  AstroRegions regions = find_astro_regions(text);
  Span code = regions.frontmatter ? regions.frontmatter->code : Span{};
  if (!is_code(text.slice(code.begin, code.end)))
    return false;
  TemplateTree tree = parse_template(text, regions.markup);
  for (uint32_t i = 0; i < tree.nodes.size(); ++i)
    if (tree.nodes[i].kind == TemplateNodeKind::Expression && !is_code(expression_code(tree, text, i).text))
      return false;
  return true;
}

/// The first byte says in which language, the rest is the module.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  auto language = static_cast<ModuleLanguage>(data[0] % 5);
  llvm::StringRef text(reinterpret_cast<const char *>(data) + 1, size - 1);
  ModuleScan scan, parsed;
  scan_module(text, language, scan);
  if (scan.doubtful)
    return 0;
  check_spans(scan, static_cast<uint32_t>(text.size()));
  ModuleScan imports;
  scan_module(text, language, imports, ScanFor::Imports);
  REQUIRE(!imports.doubtful);
  check_same_imports(imports, scan);
  if (!is_correct(text, language))
    return 0;
  parse_module(text, language, parsed);
  check_same(scan, parsed);
  return 0;
}
