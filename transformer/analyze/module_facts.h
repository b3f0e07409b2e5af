// What one file says about itself. Facts depend on its bytes and the options only, never on another file, so they can
// be cached by content and computed in any order on any thread.
#pragma once
#include "analyze/effects.h"
#include "parse/astro_regions.h"
#include "source/diagnostic.h"
#include "source/source_file.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace foreload {

enum class ModuleKind : uint8_t { Astro, Script, Markdown };

constexpr uint32_t no_index = UINT32_MAX;

struct ImportFact {
  std::string local;    ///< the name in this file; empty for a bare `import 'x'`
  std::string imported; ///< `default`, `*` for a namespace, or the export's name
  std::string specifier;
  std::string attributes; ///< `with { type: "json" }` as written, or empty
  Span span;              ///< the specifier's string literal
  uint32_t group = no_index; ///< as in ValueFact
  bool is_changed = false; ///< this file's code may change the value, not only read it (expressions of markup aside)
};

/// One exported name; `export * from` has the exported name `*`.
struct ExportFact {
  std::string exported;
  std::string local;     ///< the local name, or what is imported from `specifier`
  std::string specifier; ///< not empty: a re-export
  Span span;
  uint32_t constant = no_index; ///< of a script module's own export: into ModuleFacts::constants, if it is one
};

/// A value of a script module that is data and that the module does not change once its top level has run. It is a
/// constant if what it is made of is.
struct ConstantFact {
  std::vector<uint32_t> imports;   ///< into ModuleFacts::imports
  std::vector<uint32_t> constants; ///< others of the module
};

/// Which members of its context a loader touches. `whole`: the context escapes the analyzer's sight.
struct ContextUse {
  bool whole = false;
  bool props = false;
  /// Which props it reads, by name, sorted; all of them if `all_props`.
  std::vector<std::string> prop_names = {};
  bool all_props = false;
  bool changes_props = false; ///< and not only its own object: what is in them belongs to whoever passed it
  bool state = false; ///< `locals` or `cookies`
  bool writes_state = false;
  bool loads = false; ///< `load`: other loaders
  Span at;            ///< where the first use that matters stands

  bool may_read_props() const { return whole || props; }
  bool may_touch_state() const { return whole || state; }
};

/// A value that a script module exports under a name, if it is a function whose context use is known.
struct ExportedFunction {
  std::string name;
  ContextUse context;
};

/// One `context.load(other)`.
struct LoadFact {
  Span span;                  ///< the call
  uint32_t import = no_index; ///< into ModuleFacts::imports: what is loaded
  std::string member;         ///< `loader` of `load(card.loader)`
  std::string local;          ///< what is loaded, if it is this file's own; with no import either, it is not known
  bool is_certain = false;    ///< every call of the function that completes makes this one
};

/// A function of the top level that loads loaders by its context, if it gets one.
struct LoadingFunction {
  std::string local; ///< its name; empty: of `export default`
  Span name;
  std::vector<LoadFact> loads; ///< in source order, not empty
};

enum class Movability : uint8_t {
  Inline,    ///< its text means the same in another module
  Reference, ///< it belongs to its own module, which may be imported
  Never,     ///< starting it from another module is unsound
};

/// A top-level declaration that a loader needs, the loader's own among them.
struct LoaderPiece {
  std::string name;   ///< the binding
  Span text;          ///< a declarator (`x: T = 1`) or a whole function declaration
  bool is_declarator; ///< text needs `const ` in front
  Span name_span;
};

/// A use of an import or of a piece inside the pieces' text, so that it can be renamed.
struct LoaderNameUse {
  Span span;
  bool shorthand; ///< `{ x }`
  bool is_import; ///< index is into ModuleFacts::imports, else into LoaderFacts::pieces
  uint32_t index;
};

struct LoaderFacts {
  Span span;                     ///< the exported name, for messages
  std::string local;             ///< what the loader is called in this file; empty for `export { loader } from`
  uint32_t braceless_end = 0;    ///< the end of its `export const` statement, if no brace occurs in it; else 0
  uint32_t import = no_index;    ///< the import that it comes from, if it is another module's
  uint32_t re_export = no_index; ///< the export that it comes from, for `export { loader } from`
  Movability movability = Movability::Inline;
  uint16_t reason_code = 0; ///< why it is not Inline
  Span reason_span;
  std::string reason;
  bool speculative = false;         ///< `defineLoader(…, { speculative: true })`
  ContextUse context;               ///< of a loader that is written here
  std::vector<LoaderPiece> pieces;  ///< in source order; the loader's own is pieces[own_piece]
  uint32_t own_piece = no_index;    ///< no_index: the loader is written in another module
  std::vector<LoaderNameUse> uses;  ///< in source order
  std::vector<std::string> globals; ///< free names, sorted
};

enum class Certainty : uint8_t { Must, May, Never };

/// Why something is not certain; text is for people.
struct Doubt {
  Certainty certainty = Certainty::Must;
  uint16_t code = 0;
  Span span;
  std::string text;
};

/// A name in code that may be copied to another place, and what it stands for: what the copy must put there instead.
struct CodeUse {
  enum class Of : uint8_t {
    Value,  ///< a value of the frontmatter; index into ModuleFacts::values
    Import, ///< index into ModuleFacts::imports
    Props,  ///< `Astro.props`; index into ModuleFacts::prop_names of the one that is read, no_index: all
    Astro,  ///< `Astro`, of what all components of a request share: `Astro.url`, `Astro.params`, …
    Data,   ///< `await getLoaderData()`
    Await,  ///< the await of an implicit loader; index into ModuleFacts::implicit_loaders
    Slot,   ///< `Astro.slots.has("x")`, the whole call; index into ModuleFacts::slot_names
  } of;
  Span span;
  uint32_t index = no_index;
  bool shorthand = false; ///< `{ x }`
  bool called = false;    ///< an import that is called: marked as pure; a function of the frontmatter that is called
  bool dissolved = false; ///< what is made of it is a number, a text or the like: no part of it comes out
};

/// Code whose value is the same wherever and whenever it is evaluated, if that of what it uses is. Names that a
/// callback or another expression around it binds are no uses: they are copied with it.
struct PureCode {
  Span text;
  std::vector<CodeUse> uses; ///< in source order
  bool reads_state = false;  ///< Astro.locals or cookies
  /// Its value may hold objects that it makes and that are equal to nothing but themselves, such as functions: each
  /// copy of the code makes others.
  bool makes_identity = false;
  bool call_makes_identity = false; ///< of a function: the same of what it returns
  Doubt doubt;               ///< not Must: it is no such code, and this is why
};

/// How a value of the frontmatter can be computed in another place.
struct DeclarationFact {
  enum class Form : uint8_t {
    Declarator,   ///< `x = 1`, `{ a, b = 2 } = x`
    Function,     ///< a whole function declaration
    PropsElement, ///< `id`, `id: key`, `title = ''` of a pattern whose value is Astro.props
    AwaitElement, ///< `a` of `[a, b] = await Promise.all([x, y])`
  } form;
  uint32_t code = no_index; ///< into ModuleFacts::codes; its text is the declaration, of an AwaitElement `x`
  uint32_t prop = no_index; ///< of a PropsElement: into ModuleFacts::prop_names
  Span name = {};           ///< of an AwaitElement
};

/// `const x = await f(…)` at the frontmatter's top level, which is a loader where every await is to be one.
struct ImplicitLoader {
  Span expression;               ///< what is awaited
  uint32_t statement_begin = 0;
  uint32_t code = no_index;      ///< into ModuleFacts::codes: the expression, whose calls may do anything
  std::vector<uint32_t> inputs;  ///< into ModuleFacts::codes: what it reads of its component's instance
  std::vector<std::string> globals; ///< free names, sorted
  /// The import that is called, if the expression is such a call and nothing more; no_index: it is not.
  uint32_t callee = no_index;
  std::vector<Span> comments;      ///< in the expression
  std::string member;              ///< the called member of it, `users.get` of `api.users.get(id)`
  std::vector<uint32_t> arguments; ///< then: into ModuleFacts::codes
};

/// A name that the frontmatter declares at its top level, without the imports.
struct ValueFact {
  std::string name;
  uint32_t declaration = no_index; ///< into ModuleFacts::declarations; no_index: only the frontmatter can compute it
  Doubt why;                       ///< then: why
  /// The end of the top-level statement behind which it keeps its value, also inside; 0: that is nowhere.
  uint32_t settled_at = 0;
  uint32_t group = no_index; ///< what may have objects in common with it has the same number
};

/// One attribute of a component tag, as the component's props get it.
struct SiteProp {
  enum class Kind : uint8_t {
    Text,   ///< `a="b"`: the bytes of `text`
    True,   ///< `hidden`
    Code,   ///< `a={b}`, `{b}`, a=`b`
    Spread, ///< `{...a}`
    Hidden, ///< known to the build only: `class:list`, a name with a colon, a text with entities or escapes
  } kind;
  std::string name; ///< empty for Spread
  Span text;
  uint32_t code = no_index;         ///< into ModuleFacts::codes
  std::vector<uint32_t> groups = {}; ///< of what it may have objects in common with: see ValueFact
};

/// What the markup renders, as a tree in source order: parents before children, a subtree is the range
/// [i, nodes[i].subtree_end). HTML elements are left out. Not deeper than `render_depth_limit`.
struct RenderNode {
  enum class Kind : uint8_t {
    Component, ///< index into sites; its children are Content
    Content,   ///< what a component tag puts into one slot; index into contents
    Slot,      ///< `<slot>`; index into slots; its children are the fallback content
    Branch,    ///< its children are rendered if the code `index` passes `test`
    Each,      ///< its children are rendered each time that a callback is called; index into callbacks
    Constant,  ///< `const x = …` in a callback; the code `index` is the declarator
    Return,    ///< leaves the callback
    Opaque,    ///< its children may be rendered: see doubts[index]
    Call,      ///< getLoaderData() is called; index into uses
  } kind;
  enum class Test : uint8_t { Truthy, Falsy, Nullish, Equals } test = Test::Truthy;
  uint32_t index = no_index;
  uint32_t operand = no_index; ///< of Equals: the code that is compared with
  uint32_t subtree_end = 0;
};

constexpr unsigned render_depth_limit = 128;

/// `<Card>…</Card>`'s content for one slot.
struct ContentFact {
  uint32_t site;
  std::string slot; ///< "default" or a name
  Doubt doubt;      ///< not Must: it is chosen at run time whether and where it goes
};

/// `list.map((item) => …)`, or a function that is called where it stands.
struct CallbackFact {
  uint32_t head = no_index;       ///< the code before the callback, `list.map(`; no_index: called where it stands
  uint32_t parameters = no_index; ///< the code of its parameters, without parentheses; no_index: it has none
};

/// One call of getLoaderData().
struct LoaderUse {
  Span call;
  uint32_t insert_at = 0; ///< before the closing parenthesis
  bool has_arguments = false;
  Doubt doubt; ///< whether every render makes the call (barriers aside)
  bool in_frontmatter = true;
  uint32_t statement_begin = 0; ///< of the top-level statement that holds it (frontmatter only)
  bool awaits_before = false;   ///< an earlier statement of the frontmatter awaits something
  bool is_kept = false;         ///< `const promise = getLoaderData()`: it may be awaited later than something else
};

/// What a slot's content stands in: the slot `slot` of render site `site`.
struct SlotPlace {
  uint32_t site = no_index; ///< no_index: the component's own markup
  std::string slot;         ///< "default" or a name
};

/// One component tag.
struct RenderSite {
  std::string tag;            ///< as written
  uint32_t import = no_index; ///< what it names; no_index: not an import
  std::string member;         ///< `Card` of `<ui.Card>`, `forms.Field` of `<ui.forms.Field>`
  bool is_self = false;       ///< `<Astro.self>`
  bool chooses_slots = false; ///< some content chooses its slot at run time
  bool is_island = false;     ///< `server:defer`: rendered in a request of its own
  Doubt elsewhere;            ///< Never: only its slots are rendered here, as it is an island or the browser's
  Span span;                  ///< the tag's name
  SlotPlace place;
  Doubt doubt;                 ///< whether it is rendered whenever its place is
  std::vector<SiteProp> props; ///< in source order
};

/// One `<slot>`.
struct SlotFact {
  std::string name;
  SlotPlace place; ///< where this component passes it on, if it does
  Doubt doubt;
};

/// A statement of the frontmatter that lifted loaders must not be started before.
struct Barrier {
  enum class Kind : uint8_t {
    Return, ///< may end the render
    Effect, ///< may change something that any loader can see
    State,  ///< may change Astro.locals or cookies
  } kind;
  Span statement;        ///< the top-level statement at whose end it has happened if it ever does
  Span at;               ///< the construct
  uint32_t earliest = 0; ///< what stands before this offset comes before it; 0 if it is in a function
  /// Of a Return: into ModuleFacts::codes, what ends the render if it is truthy; no_index: that cannot be told.
  uint32_t condition = no_index;
};

struct AwaitFacts;

struct ModuleFacts {
  std::shared_ptr<const SourceFile> source;
  ModuleKind kind = ModuleKind::Script;
  bool usable = true; ///< false: it could not be parsed, or its bytes are no text; it passes through untouched

  std::vector<ImportFact> imports;
  std::vector<ExportFact> exports;
  std::vector<ExportedFunction> functions; ///< script modules only
  std::vector<ConstantFact> constants;     ///< script modules only
  std::vector<LoadingFunction> loading;
  EffectFacts effects;
  std::vector<Diagnostic> diagnostics;

  // Components only.
  std::optional<Frontmatter> frontmatter;
  uint32_t last_import_end = 0; ///< the end of the last import statement; 0: there is none
  std::optional<LoaderFacts> loader;
  std::vector<LoaderUse> uses;
  std::vector<RenderSite> sites; ///< in source order; a site's place names an earlier one
  std::vector<SlotFact> slots;
  std::vector<Barrier> barriers; ///< in source order
  std::vector<uint32_t> await_statements; ///< where top-level statements of the frontmatter begin that await something
  std::vector<ImplicitLoader> implicit_loaders; ///< in source order; only if AnalyzeOptions::auto_lift
  std::vector<ValueFact> values;
  std::vector<DeclarationFact> declarations; ///< in source order
  std::vector<PureCode> codes;
  std::vector<std::string> prop_names;
  /// The component changes what is in its props, which others may have, too: of those with a name here, these.
  bool changes_props = false;
  std::vector<uint32_t> changed_props;
  // Groups as in ValueFact. None are known if nothing is handed on to other components.
  uint32_t props_group = no_index; ///< of Astro.props as a whole
  uint32_t astro_group = no_index; ///< of everything else in Astro
  std::vector<uint32_t> prop_groups; ///< by name
  std::vector<std::string> slot_names;
  std::vector<RenderNode> render;
  std::vector<ContentFact> contents;
  std::vector<CallbackFact> callbacks;
  std::vector<Doubt> doubts;
  std::shared_ptr<const AwaitFacts> awaits; ///< see analyze/awaits.h; null unless it is asked for
  bool changes_state_in_markup = false; ///< an expression of the markup may change Astro.locals or cookies
};

struct AnalyzeOptions {
  /// The specifiers that getLoaderData and defineLoader are imported from.
  std::vector<std::string> runtime_modules = {"foreload/runtime"};
  bool awaits = false; ///< fill ModuleFacts::awaits
  bool auto_lift = false; ///< awaits of the frontmatter are looked at, too
};

/// Analyzes one file. Never fails: what is wrong with it is in its diagnostics. The kind is read off the path's ending.
std::shared_ptr<const ModuleFacts> analyze_module(std::shared_ptr<const SourceFile> source,
                                                  const AnalyzeOptions &options);

/// Whether files with this path are components (`.astro`).
bool is_component_path(llvm::StringRef path);
/// Whether they are Markdown or MDX, which may render components: a layout, what MDX imports. They have no facts but
/// their imports and render sites.
bool is_markdown_path(llvm::StringRef path);

} // namespace foreload
