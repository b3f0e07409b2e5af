#include "engine/loader_imports.h"

#include "engine/file_finder.h"
#include "engine/module_store.h"
#include "parse/front_matter.h"
#include "parse/js_characters.h"
#include "parse/markdown_lines.h"
#include "parse/module_scan.h"
#include "parse/string_escapes.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/ScopeExit.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace foreload {

static bool is_module_path(llvm::StringRef path) {
  llvm::StringRef extension = llvm::sys::path::extension(path);
  for (llvm::StringRef known : {".astro", ".ts", ".mts", ".js", ".mjs", ".tsx", ".jsx", ".mdx"})
    if (extension == known)
      return true;
  return false;
}

/// Whether of a dynamic import that stands between \p before and \p after nothing but the default export is read:
/// `(await import('./A.astro')).default` or `const { default: A } = await import('./A.astro')`.
static bool is_for_default_only(llvm::StringRef before, llvm::StringRef after) {
  before = before.rtrim();
  if (!before.consume_back("await"))
    return false;
  before = before.rtrim();
  after = after.ltrim();
  if (before.consume_back("(") && after.consume_front(")")) {
    after = after.ltrim();
    return after.consume_front(".default") && (after.empty() || !is_name_char(after.front()));
  }
  if (!before.consume_back("=") || (!after.empty() && after.find_first_of(".?[(`") == 0))
    return false;
  before = before.rtrim();
  if (!before.consume_back("}"))
    return false;
  auto [declaration, pattern] = before.rsplit('{');
  auto [is_default, name] = pattern.split(':');
  declaration = declaration.rtrim();
  bool is_declaration =
      declaration.consume_back("const") || declaration.consume_back("let") || declaration.consume_back("var");
  return is_declaration && is_default.trim() == "default" && llvm::all_of(name.trim(), is_name_char);
}

/// Of what the code \p text imports, what may be a loader.
static std::vector<ImportedName> imported_names(llvm::StringRef text, ModuleLanguage language) {
  using Form = ModuleScan::Import::Form;
  ModuleScan scan;
  read_module(text, language, scan, ScanFor::Imports); // what is exported from elsewhere is imported
  std::vector<ImportedName> names;
  auto inside = [&](Span literal) { return without_escapes(text.slice(literal.begin + 1, literal.end - 1)); };
  auto add = [&](const ModuleScan::Import &import, Span name) {
    llvm::StringRef written = text.slice(name.begin, name.end);
    bool is_string = written.take_front(1).find_first_of("'\"") == 0 && written.size() > 1;
    names.push_back({inside(import.specifier), is_string ? inside(name) : without_escapes(written)});
  };
  for (const ModuleScan::Import &import : scan.imports) {
    if (import.type_only || import.specifier.size() < 2)
      continue;
    bool has_all = import.form == Form::Dynamic &&
                   !is_for_default_only(text.take_front(import.statement.begin), text.substr(import.statement.end));
    for (uint32_t at = import.names_begin; at < import.names_end; ++at) {
      const ModuleScan::Name &name = scan.names[at];
      if (name.form == ModuleScan::Name::Form::Named && !name.type_only)
        add(import, name.imported);
      has_all |= name.form == ModuleScan::Name::Form::Namespace;
    }
    if (has_all)
      names.push_back({inside(import.specifier), "*"});
  }
  for (const ModuleScan::Export &found : scan.exports) {
    if (found.import == ModuleScan::no_import || found.type_only || scan.imports[found.import].type_only)
      continue;
    if (found.form == ModuleScan::Export::Form::Named)
      add(scan.imports[found.import], found.local);
    else
      names.push_back({inside(scan.imports[found.import].specifier), "*"});
  }
  return names;
}

/// The same of the file at \p path with the text \p text.
static std::vector<ImportedName> imported_names(llvm::StringRef text, llvm::StringRef path) {
  // Most files without a word of what matters are seen to be so without reading their code.
  if (llvm::none_of(llvm::ArrayRef<llvm::StringRef>{"loader", ".astro", "\\"},
                    [&](llvm::StringRef sign) { return text.contains(sign); }))
    return {};
  if (std::optional<ModuleLanguage> language = module_language(path))
    return imported_names(text, *language);
  std::optional<FrontMatter> front_matter = find_front_matter(text);
  std::string code;
  for (llvm::StringRef line : mdx_import_lines(text.drop_front(front_matter ? front_matter->content_begin : 0)))
    code += line.str() + '\n';
  return imported_names(code, ModuleLanguage::JavaScript);
}

bool LoaderImports::contains(llvm::StringRef path, ModuleStore &modules) {
  std::lock_guard lock(mutex_);
  if (!is_read_)
    read_all(modules);
  read_changed(modules);
  return count_.lookup(path) != 0 || count_.lookup(llvm::sys::path::filename(path)) != 0;
}

uint64_t LoaderImports::version(ModuleStore &modules) {
  std::lock_guard lock(mutex_);
  read_changed(modules);
  return version_;
}

LoaderImports::Record LoaderImports::record(ModuleStore &modules) {
  std::lock_guard lock(mutex_);
  read_changed(modules);
  Record record{is_read_, {}};
  for (const auto &file : imported_by_)
    if (is_read_ && !file.second.empty())
      record.imported_by.emplace_back(file.first().str(), file.second);
  return record;
}

void LoaderImports::start_from(Record record) {
  std::lock_guard lock(mutex_);
  is_read_ = record.is_read;
  ++version_;
  changed_.clear();
  imported_by_.clear();
  count_.clear();
  for (auto &[file, imported] : record.imported_by) {
    for (const std::string &component : imported)
      ++count_[component];
    imported_by_[file] = std::move(imported);
  }
}

void LoaderImports::read_changed(ModuleStore &modules) {
  if (changed_.empty())
    return;
  // What others import may be found in another place now, or not any more.
  for (const auto &file : imported_by_)
    if (!file.second.empty())
      changed_.insert(file.first());
  for (const auto &file : std::exchange(changed_, {}))
    read(file.first().str(), modules);
}

void LoaderImports::read_all(ModuleStore &modules) {
  is_read_ = true;
  ++version_;
  changed_.clear();
  imported_by_.clear();
  count_.clear();
  std::string folder = root_ + "/src";
  if (!file_system_.exists(folder)) {
    if (!file_system_.exists(root_ + "/package.json"))
      return; // no project: whatever there is may be large
    folder = root_;
  }
  std::vector<Diagnostic> nobody_reads_them; // who reads a file for its own sake says what is wrong with it
  for (const std::string &file : FileFinder(file_system_, "", nobody_reads_them, is_module_path).find(folder))
    read(file, modules);
}

void LoaderImports::read(const std::string &file, ModuleStore &modules) {
  std::vector<std::string> &imported = imported_by_[file];
  for (const std::string &component : imported)
    --count_[component];
  std::vector<std::string> before = std::exchange(imported, {});
  auto note_version = llvm::make_scope_exit([&] { version_ += imported != before; });
  auto imports_of = [&](llvm::StringRef text) {
    std::vector<ImportedName> names = imported_names(text, file);
    return names.empty() ? std::vector<std::string>() : imported_loaders(file, names, modules);
  };
  if (std::shared_ptr<const ModuleFacts> facts = modules.remembered(file)) {
    imported = imports_of(facts->source->text());
  } else {
    llvm::ErrorOr<llvm::vfs::Status> status = file_system_.status(file);
    if (!status || !status->isRegularFile()) // a pipe would be waited for
      return;
    if (llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> text = file_system_.getBufferForFile(file))
      imported = imports_of((*text)->getBuffer());
  }
  for (const std::string &component : imported)
    ++count_[component];
}

bool LoaderImports::is_below_root(llvm::StringRef path) const {
  return path.consume_front(root_) && path.consume_front("/") && path.find("node_modules/") == llvm::StringRef::npos;
}

void LoaderImports::invalidate(llvm::ArrayRef<std::string> paths) {
  std::lock_guard lock(mutex_);
  for (const std::string &path : paths)
    if (is_read_ && is_module_path(path) && is_below_root(path))
      changed_.insert(path);
}

void LoaderImports::invalidate_all() {
  std::lock_guard lock(mutex_);
  is_read_ = false;
}

} // namespace foreload
