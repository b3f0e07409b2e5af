#include "parse/code_blocks.h"
#include "parse/module_scan.h"
#include "parse/syntax_tree.h"

#include <doctest/doctest.h>

#include <string>

using namespace foreload;

namespace {

/// What \p scan says, in words. Types are marked by a question mark.
std::string in_words(llvm::StringRef text, const ModuleScan &scan) {
  auto slice = [&](Span span) { return text.slice(span.begin, span.end).str(); };
  std::string words;
  auto add = [&](const std::string &part) { words += (words.empty() ? "" : "; ") + part; };
  for (const ModuleScan::Import &import : scan.imports) {
    static const char *const forms[] = {"import", "re-export", "import()", "require"};
    std::string names;
    for (uint32_t i = import.names_begin; i < import.names_end; ++i) {
      const ModuleScan::Name &name = scan.names[i];
      std::string imported = name.form == ModuleScan::Name::Form::Default     ? "default"
                             : name.form == ModuleScan::Name::Form::Namespace ? "*"
                                                                              : slice(name.imported);
      names += " " + imported + ":" + slice(name.local) + (name.type_only ? "?" : "");
    }
    add(forms[static_cast<int>(import.form)] + std::string(import.type_only ? "? " : " ") + slice(import.specifier) + names);
  }
  for (const ModuleScan::Export &found : scan.exports)
    add("export" + std::string(found.type_only ? "? " : " ") + slice(found.exported) +
        (found.local.empty() || slice(found.local) == slice(found.exported) ? "" : ":" + slice(found.local)) +
        (found.import == ModuleScan::no_import ? "" : " from " + slice(scan.imports[found.import].specifier)));
  for (const ModuleScan::Glob &glob : scan.globs) {
    std::string patterns;
    for (uint32_t i = glob.patterns_begin; i < glob.patterns_end; ++i)
      patterns += " " + slice(scan.glob_patterns[i]);
    add("glob" + patterns + (glob.eager ? " eager" : "") + (glob.exhaustive ? " exhaustive" : "") +
        (glob.is_resource ? " resource" : "") + (glob.base.empty() ? "" : " from " + slice(glob.base)));
  }
  for (Span tag : scan.component_tags)
    add("<" + slice(tag) + ">");
  if (scan.uses_import_meta)
    add("import.meta");
  if (scan.exports_loader)
    add("loader");
  return words;
}

/// What the scanner says, which must be what the syntax tree does.
std::string scanned(const std::string &text, ModuleLanguage language = ModuleLanguage::JavaScript) {
  ModuleScan scan, parsed;
  scan_module(text, language, scan);
  if (scan.doubtful)
    return "doubtful";
  scan_module(text, language, parsed, ScanFor::Imports);
  CHECK_FALSE(parsed.doubtful);
  REQUIRE(parsed.imports.size() == scan.imports.size());
  for (size_t i = 0; i < scan.imports.size(); ++i)
    CHECK(parsed.imports[i].statement == scan.imports[i].statement);
  if (language != ModuleLanguage::Astro && SyntaxTree::parse(text, uint32_t(0)).first_error())
    return in_words(text, scan); // the grammar does not know it
  parse_module(text, language, parsed);
  CHECK(in_words(text, scan) == in_words(text, parsed));
  for (size_t i = 0; i < std::min(scan.imports.size(), parsed.imports.size()); ++i)
    CHECK(scan.imports[i].statement == parsed.imports[i].statement);
  return in_words(text, scan);
}

std::string scanned_ts(const std::string &text) { return scanned(text, ModuleLanguage::TypeScript); }

} // namespace

TEST_CASE("imports with what they bind") {
  CHECK(scanned("import 'a'") == "import 'a'");
  CHECK(scanned("import a from \"b\";") == "import \"b\" default:a");
  CHECK(scanned("import * as a from 'b'") == "import 'b' *:a");
  CHECK(scanned("import{a,b as c,default as d,'e f' as g}from'h'") == "import 'h' a:a b:c default:d 'e f':g");
  CHECK(scanned("import a, { b } from 'c';\nimport d, * as e from 'f'") == "import 'c' default:a b:b; import 'f' default:d *:e");
  CHECK(scanned("import a from 'b' with { type: 'json' }\nf()") == "import 'b' default:a");
  CHECK(scanned("import /* from 'x' */ a // from 'y'\n from 'b'") == "import 'b' default:a");
  CHECK(scanned("import from from 'b'; import type from 'c'") == "import 'b' default:from; import 'c' default:type");
}

TEST_CASE("exports") {
  CHECK(scanned("export const a = 1, b = f(1, 2), c = [3, 4]\nexport let d; export var e") ==
        "export a; export b; export c; export d; export e");
  CHECK(scanned("export const { a, b: c, ...d } = f, [e, , ...g] = h") ==
        "export a; export c; export d; export e; export g");
  CHECK(scanned("export async function a() {}; export function* b() {} export class C {}") ==
        "export a; export b; export C");
  CHECK(scanned("export { a, b as c, d as default }; export { e } from 'f'") ==
        "re-export 'f'; export a; export c:b; export default:d; export e from 'f'");
  CHECK(scanned("export * from 'a'; export * as b from 'c'") == "re-export 'a'; re-export 'c'; export * from 'a'; export b from 'c'");
  CHECK(scanned("export default a") == "export default:a");
  CHECK(scanned("export default a\nfoo()") == "export default:a");
  CHECK(scanned("export default a.b") == "export default");
  CHECK(scanned("export default a\n.b()") == "export default");
  CHECK(scanned("export default async function a() {}") == "export default:a");
  CHECK(scanned("export default class extends A {}") == "export default");
  CHECK(scanned("export const loader = async () => 1") == "export loader; loader");
  CHECK(scanned("const a = 1; export { a as loader }") == "export loader:a; loader");
}

TEST_CASE("what TypeScript adds") {
  CHECK(scanned_ts("import type { A } from 'a'; import type B from 'b'; import type * as c from 'c'") ==
        "import? 'a' A:A; import? 'b' default:B; import? 'c' *:c");
  CHECK(scanned_ts("import { type A, b, type C as D } from 'a'") == "import 'a' A:A? b:b C:D?");
  CHECK(scanned_ts("import a = require('b'); import c = d.e") == "require 'b' *:a");
  CHECK(scanned_ts("export type { A } from 'a'; export { type B, c }") ==
        "re-export? 'a'; export? A from 'a'; export? B; export c");
  CHECK(scanned_ts("export interface A {} export type B = 1\nexport enum C {} export declare const d: 1\nexport abstract class E {}") ==
        "export? A; export? B; export C; export? d; export E");
  CHECK(scanned_ts("export const a: Map<string, number> = new Map(), b = 1") == "export a; export b");
  CHECK(scanned_ts("export namespace A.B {}") == "export A");
  CHECK(scanned_ts("declare module 'x' { import a from 'b'; export const c: 1 }\nexport {}").empty());
  CHECK(scanned_ts("let a: import('b').C").substr(0, 8) == "doubtful");
  CHECK(scanned_ts("const a = await import('b'); f(() => import('c')); g<typeof import('d')>()") ==
        "import() 'b'; import() 'c'; import()? 'd'");
  CHECK(scanned("let a: import('b').C", ModuleLanguage::Declarations) == "import()? 'b'");
}

TEST_CASE("import.meta.glob, where Vite takes it") {
  CHECK(scanned("x = import.meta.glob('./*.md')") == "glob ./*.md; import.meta");
  CHECK(scanned("import . meta /**/ . glob ( [ './a', \"!./b\", `./c`, ] , { eager : true , } , )") ==
        "glob ./a !./b ./c eager; import.meta");
  CHECK(scanned("import.meta.glob('a', { import: 'x', query: '?url', 'exhaustive': true, base: './b', eager: false })") ==
        "glob a exhaustive resource from ./b; import.meta");
  CHECK(scanned("import.meta.glob('a', { query: { x: 1, raw: true } }); import.meta.glob('b', { as: 'raw' })") ==
        "glob a resource; glob b resource; import.meta");
  CHECK(scanned_ts("import.meta.glob<Record<string, () => void>>('a')") == "glob a; import.meta");
  CHECK(scanned("f('import.meta.glob(\"a\")') /* import.meta.glob('a') */").empty());
  for (const char *code : {"import.meta.glob(a)", "import.meta.glob(`./${a}`)", "import.meta.glob('a', b)", "import.meta.glob('')",
                           "import.meta.glob('a', { eager })", "import.meta.glob('a' + b)", "import.meta.globs('a')",
                           "import.meta.glob('a', { ...b })", "import.meta.glob", "import.meta.glob(['a', b])"})
    CHECK(scanned(code) == "import.meta");
  CHECK(scanned("---\nimport.meta.glob('a')\n---\n{f(import.meta.glob('b'))}", ModuleLanguage::Astro) ==
        "glob a; glob b; import.meta");
}

TEST_CASE("calls of import") {
  CHECK(scanned("f(import('a'), import(b), import(`c`), import('d', { with: { type: 'json' } }))") ==
        "import() 'a'; import() ; import() `c`; import() 'd'");
  CHECK(scanned("import('a' + b); import(import('c'))") == "import() ; import() ; import() 'c'");
  CHECK(scanned("a.import('b'); a?.import('c'); [...import('d')]; ({ import: 1 })") == "import() 'd'");
  CHECK(scanned("x = import.meta.url") == "import.meta");
  CHECK(scanned("x = a.import.meta").empty());
  CHECK(scanned("class A { import(x) { return import('b') } }") == "doubtful");
}

TEST_CASE("what looks like an import and is none") {
  CHECK(scanned("'import a from \"b\"'; `import 'c'; ${`export`}`; // import 'd'\n/* export default 1 */ /import('e')/").empty());
  CHECK(scanned("important(); exported; $import; import$").empty());
  CHECK(scanned("`${ import('a') } ${ '}' } ${ { b: import('c') } }`; import 'd'") == "import() 'a'; import() 'c'; import 'd'");
  CHECK(scanned("'\\\n'; '\\'import'; import 'a'") == "import 'a'");
}

TEST_CASE("a slash divides or starts a regular expression") {
  CHECK(scanned("a / 'b' / import('c')") == "import() 'c'");
  CHECK(scanned("x = /'/; import('c')") == "import() 'c'");
  CHECK(scanned("if (a) /'/.test(b); import('c')") == "import() 'c'");
  CHECK(scanned("(a) / 2 + '/' + import('c')") == "import() 'c'");
  CHECK(scanned("f(')', /[)]/, (1)) / 2 + '/' + import('c')") == "import() 'c'");
  CHECK(scanned("return /'/g; import('c')") == "import() 'c'");
  CHECK(scanned("a.return / '1' / import('c')") == "import() 'c'");
  CHECK(scanned("a[0] / '1' / import('c')") == "import() 'c'");
  CHECK(scanned("a /* ( */ / '1' / import('c')") == "import() 'c'");
  CHECK(scanned("/[/'\"]/ / 2; import('c')") == "import() 'c'");
  CHECK(scanned("x = {} / 'a' / 2; import('c')") == "doubtful");
  CHECK(scanned("x = {} / 2\nimport('c')") == "import() 'c'");
}

TEST_CASE("elements") {
  CHECK(scanned("x = <p a=\"'\" {...b} c={'}'}>Don't {import('a')} <b/> `</p>; import 'c'") == "import() 'a'; import 'c'");
  CHECK(scanned("x = (<></>); y = a < b; import 'c'") == "import 'c'");
  CHECK(scanned("x = <A b=<C/>>'</A>; import 'c'") == "import 'c'");
  CHECK(scanned("const f = <T,>(a: T) => a; const g = <T extends U>(a: T) => a; import 'c'", ModuleLanguage::TypeScriptJsx) ==
        "import 'c'");
  CHECK(scanned("const f = <T>(a: T) => a; import 'c'", ModuleLanguage::TypeScriptJsx) == "doubtful");
}

TEST_CASE("byte order marks, hashbangs and ends of lines") {
  CHECK(scanned("\xEF\xBB\xBFimport 'a'") == "import 'a'");
  CHECK(scanned("#!/usr/bin/env node 'x\nimport 'a'") == "import 'a'");
  CHECK(scanned("import 'a'\r\nimport 'b'\rimport 'c'") == "import 'a'; import 'b'; import 'c'");
  CHECK(scanned("export const a = b\nc, d") == "export a");
  CHECK(scanned("export const a = b +\nc, d = e\n, f = 1") == "export a; export d; export f");
}

TEST_CASE("wrong code is doubtful, or what matters of it came before") {
  CHECK(scanned("import a from") == "doubtful");
  CHECK(scanned("'a\nimport 'b'") == "doubtful");
  CHECK(scanned("}; import 'b'") == "doubtful");
  CHECK(scanned("/* import 'b'") == "doubtful");
  ModuleScan scan;
  scan_module("import 'a'; }}} '", ModuleLanguage::JavaScript, scan);
  CHECK(!scan.doubtful);
  scan_module(std::string(100000, '(') + "import('a')", ModuleLanguage::JavaScript, scan);
  scan_module("x = " + std::string(100000, '`') + "${import('a')}", ModuleLanguage::JavaScript, scan);
  std::string nested;
  for (int i = 0; i < 50000; ++i)
    nested += "`${";
  scan_module(nested + "import('a')", ModuleLanguage::JavaScript, scan);
  CHECK(scan.doubtful);
}

TEST_CASE("components: the frontmatter, and the tags and expressions of the markup") {
  auto astro = [](const std::string &text) { return scanned(text, ModuleLanguage::Astro); };
  CHECK(astro("---\nimport A from './A.astro';\nexport const loader = async () => 1;\n---\n<A><b.C/></A><p/>") ==
        "import './A.astro' default:A; export loader; <A>; <b.C>; loader");
  CHECK(astro("<!-- <A/> --><script>import 'x'</script>{'<B/>'}").empty());
  CHECK(astro("<p>import 'a'</p>{(await import('b')).c}{x && <D e={import('f')}>{import.meta.env}</D>}") ==
        "import() 'b'; import() 'f'; <D>; import.meta");
}

TEST_CASE("a scan is used again") {
  ModuleScan scan;
  scan_module("import 'a'; export const loader = 1; x = import.meta", ModuleLanguage::JavaScript, scan);
  CHECK((scan.imports.size() == 1 && scan.exports.size() == 1 && scan.uses_import_meta && scan.exports_loader));
  scan_module("'", ModuleLanguage::JavaScript, scan);
  CHECK((scan.imports.empty() && scan.exports.empty() && !scan.uses_import_meta && !scan.exports_loader));
  read_module("class A { import(x) { return import('b') } }", ModuleLanguage::JavaScript, scan);
  CHECK(!scan.doubtful);
  REQUIRE(scan.imports.size() == 1);
  CHECK(scan.imports[0].form == ModuleScan::Import::Form::Dynamic);
}

TEST_CASE("a module's language is known by its path") {
  CHECK(module_language("a.d.ts") == ModuleLanguage::Declarations);
  CHECK(module_language("/a/b.mts") == ModuleLanguage::TypeScript);
  CHECK(module_language("b.tsx") == ModuleLanguage::TypeScriptJsx);
  CHECK(module_language("b.jsx") == ModuleLanguage::JavaScript);
  CHECK(module_language("b.astro") == ModuleLanguage::Astro);
  CHECK(!module_language("b.css"));
}

TEST_CASE("vectors find what single bytes do") {
  // The same in every run: xorshift.
  uint32_t state = 1;
  std::vector<CodeBlock> blocks, expected;
  for (size_t length = 0; length < 400; ++length) {
    std::string text;
    while (text.size() < length) {
      state ^= state << 13, state ^= state >> 17, state ^= state << 5;
      static const char *const parts[] = {"import", "export", "'", "\"", "`", "/", "{", "}", "<", "*", "p", "o", "abcdefgh", "\xE2\x80\xA8"};
      text += parts[state % std::size(parts)];
    }
    text.resize(length);
    bool with_angles = length % 2;
    // Not a string of its own, whose end would be known to a sanitizer only.
    std::vector<char> exact(text.begin(), text.end());
    classify_code(code_kernels().back(), text, with_angles, expected);
    for (const CodeKernel &kernel : code_kernels()) {
      classify_code(kernel, llvm::StringRef(exact.data(), exact.size()), with_angles, blocks);
      REQUIRE(blocks.size() == expected.size());
      for (size_t i = 0; i < blocks.size(); ++i) {
        CHECK(blocks[i].events == expected[i].events);
        CHECK(blocks[i].words == expected[i].words);
        CHECK(blocks[i].opens == expected[i].opens);
        CHECK(blocks[i].closes == expected[i].closes);
        CHECK(blocks[i].comment_ends == expected[i].comment_ends);
      }
    }
  }
  CHECK(code_kernels().back().name == std::string("portable"));
}

TEST_CASE("a template literal without substitutions is a specifier like another one") {
  CHECK(scanned("import(`./lazy.ts`); import(/* a */ `$lib/b` , {})") == "import() `./lazy.ts`; import() `$lib/b`");
  CHECK(scanned("import(`./${name}.ts`); import(`./a` + b); import(`${import(`./c`)}`)") ==
        "import() ; import() ; import() ; import() `./c`");
}

TEST_CASE("what is exported again from a module that a later line tells is imported") {
  CHECK(scanned("export { x }\n  // y\n from 'z'") == "re-export 'z'; export x from 'z'");
}

TEST_CASE("a place where something is missing counts as an error, though it has no width") {
  ModuleScan scan;
  parse_module("const a = (1;", ModuleLanguage::TypeScript, scan);
  CHECK(scan.error.has_value());
  parse_module("---\nconst a = (1;\n---\n<p />", ModuleLanguage::Astro, scan);
  REQUIRE(scan.error.has_value());
  CHECK(*scan.error == Span{16, 16});
  parse_module("const a = (1);", ModuleLanguage::TypeScript, scan);
  CHECK_FALSE(scan.error.has_value());
}

TEST_CASE("a module that another one requires is exported by its name, also if only the grammar can read it") {
  ModuleScan scan;
  llvm::StringRef text = "let z: typeof import('./t');\nexport import r = require('./x')";
  parse_module(text, ModuleLanguage::TypeScript, scan);
  CHECK(in_words(text, scan) == "import()? './t'; require './x' *:r; export r");
  text = "let z: typeof import('./t');\nexport import r = a.b; export import s = require";
  parse_module(text, ModuleLanguage::TypeScript, scan);
  CHECK(in_words(text, scan) == "import()? './t'; export r; export s");
}

TEST_CASE("lists of names that are not closed are gone through once") {
  std::string text = "/*";
  for (int i = 0; i < 400000; ++i)
    text += "export {";
  text += "}" + std::string(400000, ' ') + "*/";
  ModuleScan scan;
  scan_module(text, ModuleLanguage::JavaScript, scan, ScanFor::Imports); // takes minutes if that is not so
  CHECK(scan.imports.empty());
  CHECK_FALSE(scan.doubtful);
}
