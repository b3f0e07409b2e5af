// What a module imports and exports, without parsing it.
//
// A project-wide crawl needs to know of most modules only where they lead. A lexer finds that out at the speed of
// memory: it skips strings, comments, regular expressions and whole blocks, and reads just the import and export
// statements. Where it would have to know the grammar to be sure, it says so (`doubtful`) and the syntax tree is asked.
#pragma once
#include "source/span.h"

#include <llvm/ADT/StringRef.h>

#include <optional>
#include <vector>

namespace foreload {

enum class ModuleLanguage : uint8_t {
  JavaScript,    ///< js, mjs, cjs, jsx: JSX may occur in each of them
  TypeScript,    ///< ts, mts, cts: `<T>x` is a type assertion
  TypeScriptJsx, ///< tsx
  Declarations,  ///< d.ts, d.mts, d.cts: nothing of it runs
  Astro,
};

/// By the path's extension; nothing if it is that of no module that is scanned.
std::optional<ModuleLanguage> module_language(llvm::StringRef path);

/// What one module's text says. All spans are of that text. Kept by a worker and filled once for each of its files, so
/// that no memory is allocated once the vectors are large enough.
struct ModuleScan {
  struct Import {
    enum class Form : uint8_t {
      Static,   ///< `import … from 'x'`, `import 'x'`
      ReExport, ///< `export … from 'x'`
      Dynamic,  ///< `import('x')`
      Require,  ///< TypeScript's `import x = require('x')`
    } form = Form::Static;
    bool type_only = false; ///< it says `type`, or it is a Dynamic one in a type: nothing of it is there at run time
    Span statement;         ///< with the semicolon if it has one; of Dynamic the call
    Span specifier;         ///< the literal with its quotes; empty for a Dynamic one that is computed
    uint32_t names_begin = 0; ///< of a Static or Require one: its names are [names_begin, names_end) of `names`
    uint32_t names_end = 0;   ///< with no names, it is imported for its side effects
  };
  /// One name that an import binds.
  struct Name {
    enum class Form : uint8_t { Named, Default, Namespace } form = Form::Named;
    bool type_only = false; ///< `import { type x }`; what a whole `import type` binds is not marked once more
    Span imported;          ///< as it is written, maybe a string literal; of the other forms empty
    Span local;
  };
  static constexpr uint32_t no_import = UINT32_MAX;
  struct Export {
    enum class Form : uint8_t { Named, Default, Star, StarAs } form = Form::Named;
    bool type_only = false; ///< an interface, a type, what is only declared, or it says `type`
    Span exported;          ///< the name as it is written, maybe a string literal; of Default that word, of Star the `*`
    Span local;             ///< the name in this module, or in the one that it comes from; empty if there is none
    uint32_t import = no_import; ///< of a re-export: into `imports`
  };

  /// Vite's `import.meta.glob('./posts/*.md')`: an import of all files that match. One that Vite refuses is none.
  struct Glob {
    uint32_t begin = 0;          ///< where it stands
    uint32_t patterns_begin = 0; ///< its patterns are [patterns_begin, patterns_end) of `glob_patterns`
    uint32_t patterns_end = 0;
    bool eager = false;
    bool exhaustive = false;  ///< hidden folders and node_modules count
    bool is_resource = false; ///< of the files their texts or addresses
    Span base;                ///< what relative patterns are relative to, without quotes; empty: the module's folder
  };

  std::vector<Import> imports; ///< in source order
  std::vector<Name> names;
  std::vector<Export> exports;      ///< in source order
  std::vector<Glob> globs;          ///< in source order
  std::vector<Span> glob_patterns;  ///< without their quotes
  std::vector<Span> component_tags; ///< the names of an .astro file's component tags, in source order
  bool uses_import_meta = false;
  bool exports_loader = false; ///< a value is exported under the name `loader`
  bool doubtful = false;       ///< the rest is not to be relied on
  std::optional<Span> error;   ///< of parse_module: where the parser had to guess first

  /// Back to a module that says nothing. Keeps the memory.
  void clear();
};

enum class ScanFor : uint8_t {
  Everything,
  Imports, ///< exports, tags and what is told of them may be missing, and are as a rule
};

/// Scans \p text, which may be wrong code, in linear time. Sets `doubtful` where only a parser could tell.
void scan_module(llvm::StringRef text, ModuleLanguage language, ModuleScan &scan, ScanFor what = ScanFor::Everything);

/// The same from the syntax tree of \p text, which is parsed as a whole: slow, and never in doubt. Where the tree has
/// errors, this is what the parser has made of them.
void parse_module(llvm::StringRef text, ModuleLanguage language, ModuleScan &scan);

/// What to call: scans, and parses where the scan is in doubt.
void read_module(llvm::StringRef text, ModuleLanguage language, ModuleScan &scan, ScanFor what = ScanFor::Everything);

} // namespace foreload
