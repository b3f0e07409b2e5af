// The order in which a specifier is tried is Vite's: scheme, relative or absolute path, tsconfig `paths`, `#imports`,
// package, builtin. What each step does is specified by
//  - Node, "Resolution Algorithm Specification" of its ESM documentation, for packages (names in capitals below), with
//    the legacy main fields and the missing extensions of its CommonJS algorithm, as all bundlers allow;
//  - TypeScript's module resolution `bundler` for `paths`, `baseUrl` and `.ts` files imported as `.js`;
//  - Vite's `tryFsResolve` for queries, root-relative paths, extensions and index files.
#include "link/module_lookup.h"
#include "link/concurrent_memo.h"
#include "link/package_json.h"
#include "link/tsconfig.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringExtras.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

namespace foreload {

namespace {

/// What `import 'fs'` means when no package has that name: `module.builtinModules` of Node 22, sorted.
// clang-format off
constexpr std::string_view node_builtins[] = {
    "assert", "assert/strict", "async_hooks", "buffer", "child_process", "cluster", "console", "constants",
    "crypto", "dgram", "diagnostics_channel", "dns", "dns/promises", "domain", "events", "fs", "fs/promises",
    "http", "http2", "https", "inspector", "inspector/promises", "module", "net", "os", "path", "path/posix",
    "path/win32", "perf_hooks", "process", "punycode", "querystring", "readline", "readline/promises", "repl",
    "stream", "stream/consumers", "stream/promises", "stream/web", "string_decoder", "sys", "timers",
    "timers/promises", "tls", "trace_events", "tty", "url", "util", "util/types", "v8", "vm", "wasi",
    "worker_threads", "zlib"};
// clang-format on
static_assert(std::is_sorted(std::begin(node_builtins), std::end(node_builtins)));

/// Packages may lead to packages through `imports`; a chain longer than this is a cycle.
constexpr int max_redirects = 32;

bool is_node_builtin(llvm::StringRef specifier) {
  return std::binary_search(std::begin(node_builtins), std::end(node_builtins),
                            std::string_view(specifier.data(), specifier.size()));
}

/// `https:`, `node:`, `virtual:`, `astro:`… A single letter is a Windows drive.
llvm::StringRef scheme_of(llvm::StringRef specifier) {
  llvm::StringRef scheme =
      specifier.take_while([](char c) { return llvm::isAlnum(c) || c == '+' || c == '-' || c == '.'; });
  bool is_scheme = scheme.size() > 1 && llvm::isAlpha(scheme[0]) && specifier.substr(scheme.size(), 1) == ":";
  return is_scheme ? scheme : llvm::StringRef();
}

bool is_relative(llvm::StringRef specifier) {
  return specifier == "." || specifier == ".." || specifier.take_front(2) == "./" || specifier.take_front(3) == "../";
}

/// Whether only a folder can be meant: `./`, `..`, `./x/`, `../.`.
bool names_folder(llvm::StringRef specifier) {
  llvm::StringRef last = name_of(specifier);
  return last.empty() || last == "." || last == "..";
}

bool is_below(llvm::StringRef path, llvm::StringRef folder) {
  return path.consume_front(folder) && (path.empty() || path.front() == '/');
}

bool is_in_node_modules(llvm::StringRef folder) {
  return (folder + "/").str().find("/node_modules/") != std::string::npos;
}

bool is_declaration_file(llvm::StringRef path) {
  return path.consume_back(".d.ts") || path.consume_back(".d.mts") || path.consume_back(".d.cts");
}

/// The name of the package in \p specifier (`@scope/name/sub` → `@scope/name`), empty if it names none.
llvm::StringRef package_name_of(llvm::StringRef specifier) {
  size_t slash = specifier.find('/');
  if (!specifier.empty() && specifier.front() == '@') {
    if (slash == llvm::StringRef::npos || slash == 1 || slash + 1 == specifier.size())
      return {};
    slash = specifier.find('/', slash + 1);
    if (specifier.take_front(slash).back() == '/')
      return {};
  }
  llvm::StringRef name = specifier.take_front(slash);
  bool is_valid = !name.empty() && name.front() != '.' && name.find_first_of("\\%") == llvm::StringRef::npos;
  return is_valid ? name : llvm::StringRef();
}

/// \p specifier in the case of \p path, which it leads to in another one. Empty if it is not a part of the path.
std::string in_case_of(llvm::StringRef path, llvm::StringRef specifier) {
  auto [written, query] = specifier.split('?');
  llvm::StringRef tail = written;
  if (is_relative(written))
    while (tail.consume_front("./") || tail.consume_front("../")) {
    }
  else if (package_name_of(written).empty() || tail.front() == '/' || !is_in_node_modules(folder_of(path)))
    tail = tail.substr(tail.find('/') + 1); // an alias, whose own name may stand for anything
  size_t at = path.rfind_insensitive(("/" + tail).str());
  size_t end = at == llvm::StringRef::npos ? at : at + 1 + tail.size();
  if (tail.empty() || end > path.size() || (end < path.size() && path[end] != '.' && path[end] != '/'))
    return {};
  return (written.drop_back(tail.size()) + path.slice(at + 1, end)).str() +
         (query.empty() ? "" : "?" + query.str());
}

} // namespace

class ModuleLookup::State {
public:
  State(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, const ResolverOptions &options,
        bool ignores_case = false)
      : file_system_(file_system), options_(options), files_(std::move(file_system), ignores_case, options.root) {
    for (const std::string &condition : options.conditions)
      conditions_.insert(condition == "development|production" ? "production" : condition);
    for (const char *condition : {"import", "require", "node", "types"})
      config_conditions_.insert(condition);
    for_browsers_ = std::find(options.main_fields.begin(), options.main_fields.end(), "browser") != options.main_fields.end();
    const Folder *root = files_.folder(options.root);
    real_root_ = root ? root->real_path : options.root;
  }

  FoundImport resolve(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name) {
    const Folder *listing = is_relative(specifier) ? files_.folder(folder) : nullptr;
    return listing ? resolve(specifier, *listing, name) : remembered(specifier, folder, name);
  }

  FoundImport resolve(llvm::StringRef specifier, const Folder &folder, llvm::StringRef name) {
    // Most imports are relative and plain: finding their files again is faster than remembering what they led to.
    if (is_relative(specifier) && !for_browsers_) {
      if (FileRef file = walk(folder, specifier))
        return {Resolution::Found, file};
    }
    return remembered(specifier, folder.path, name);
  }

  FileIndex &files() { return files_; }

  std::unique_ptr<State> in_any_case() const {
    return std::make_unique<State>(file_system_, options_, /*ignores_case=*/true);
  }

  std::optional<std::string> mapped_path(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name) {
    const TsConfig *config = config_of(folder, name);
    auto targets = config ? config->mapped(specifier) : std::nullopt;
    return targets && !targets->empty() ? std::optional(targets->front()) : std::nullopt;
  }

private:
  /// An answer for all files of a folder, or for none: a configuration that refers to others has to be asked for each.
  struct Remembered {
    FoundImport found;
    bool is_for_all = true;
  };

  FoundImport remembered(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name) {
    llvm::SmallString<256> key(folder);
    key += '\0';
    key += specifier;
    const Remembered &of_folder = results_.get(key, [&]() -> Remembered {
      if (!is_relative(specifier))
        if (const TsConfig *config = tsconfig_for(folder); config && !config->references.empty())
          return {{}, false};
      return {resolve_new(specifier, folder, ""), true};
    });
    if (of_folder.is_for_all)
      return of_folder.found;
    key += '\0';
    key += name;
    return results_.get(key, [&] { return Remembered{resolve_new(specifier, folder, name), true}; }).found;
  }

  FoundImport resolve_new(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name) {
    if (specifier.empty())
      return {};
    if (specifier.front() == '\0' || specifier.take_front(2) == "//")
      return {Resolution::External, {}};
    if (specifier.find('\0') != llvm::StringRef::npos)
      return {};
    if (llvm::StringRef scheme = scheme_of(specifier); !scheme.empty())
      return scheme.equals_insensitive("file") ? FoundImport{} : FoundImport{Resolution::External, {}};
    if (!for_browsers_)
      return resolve_text(specifier, folder, name);
    Scope scope = package_scope_of(folder);
    if (std::optional<FoundImport> replaced = browser_replacement(scope, specifier))
      return *replaced;
    return replaced_file(resolve_text(specifier, folder, name));
  }

  FoundImport resolve_text(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name) {
    // `#` starts a hash, but is also legal in a file's name (and is the first character of a package import), so the
    // longer reading is tried first. `?` in a file's name cannot be imported, as in Vite.
    llvm::StringRef without_query = specifier.take_front(specifier.find('?', 1));
    if (without_query.find('#', 1) != llvm::StringRef::npos) {
      FoundImport result = resolve_path(without_query, folder, name);
      if (result.resolution == Resolution::Found)
        return result;
    }
    return resolve_path(without_query.take_front(without_query.find('#', 1)), folder, name);
  }

  /// \p specifier has no scheme, query or hash.
  FoundImport resolve_path(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name) {
    if (is_relative(specifier))
      return result_of(file_or_folder(folder, specifier));
    if (const TsConfig *config = config_of(folder, name))
      if (FileRef file = mapped_file(*config, specifier))
        return result_of(file);
    if (specifier.front() == '/') {
      if (!is_below(specifier, options_.root)) {
        if (FileRef file = file_or_folder(options_.root, specifier))
          return result_of(file);
      }
      return result_of(file_or_folder("", specifier));
    }
    if (specifier.front() == '#')
      return resolve_package_import(specifier, folder, 0);
    return resolve_package(specifier, folder, 0);
  }

  static FoundImport result_of(FileRef file) { return {file ? Resolution::Found : Resolution::NotFound, file}; }

  // Files

  FileRef file_or_folder(llvm::StringRef folder, llvm::StringRef path) {
    std::string normalized = normalized_path(folder, path);
    if (!names_folder(path)) {
      if (FileRef found = file(normalized))
        return found;
    }
    return file_of_folder(normalized);
  }

  /// Follows \p path from listing to listing. None: it names no file that is there, or it is not plain, and may do so
  /// in another way.
  FileRef walk(const Folder &from, llvm::StringRef path) {
    if (path.find_first_of(llvm::StringRef("?#\0", 3)) != llvm::StringRef::npos)
      return {};
    const Folder *at = &from;
    for (size_t slash; at && (slash = path.find('/')) != llvm::StringRef::npos; path = path.drop_front(slash + 1)) {
      llvm::StringRef name = path.take_front(slash);
      if (name == "..")
        at = files_.parent(*at);
      else if (!name.empty() && name != ".")
        at = files_.child(*at, name);
    }
    return at && !names_folder(path) ? file(*at, path) : FileRef();
  }

  FileRef file(llvm::StringRef path) {
    llvm::StringRef name = name_of(path);
    const Folder *folder = name.empty() ? nullptr : files_.folder(folder_of(path));
    return folder ? file(*folder, name) : FileRef();
  }

  /// \p name as it is, as TypeScript's source of it, or with an extension.
  FileRef file(const Folder &folder, llvm::StringRef name) {
    if (FileRef exact = files_.file(folder, name))
      return exact;

    static constexpr std::pair<llvm::StringLiteral, llvm::StringLiteral> sources[] = {
        {".js", ".ts"}, {".js", ".tsx"}, {".mjs", ".mts"}, {".cjs", ".cts"}, {".jsx", ".tsx"}};
    for (auto &[written, source] : sources) {
      llvm::StringRef stem = name;
      if (!stem.consume_back(written) || stem.empty())
        continue;
      if (FileRef found = files_.file(folder, joined(stem, source)))
        return found;
    }
    return with_extension(folder, name);
  }

  FileRef with_extension(const Folder &folder, llvm::StringRef stem) {
    for (const std::string &extension : options_.extensions) {
      if (FileRef found = files_.file(folder, joined(stem, extension)))
        return found;
    }
    return {};
  }

  static llvm::SmallString<64> joined(llvm::StringRef stem, llvm::StringRef extension) {
    llvm::SmallString<64> name(stem);
    name += extension;
    return name;
  }

  FileRef index_of_folder(llvm::StringRef path) {
    const Folder *folder = files_.folder(path);
    return folder ? with_extension(*folder, "index") : FileRef();
  }

  /// LOAD_AS_DIRECTORY of CommonJS, with the fields that bundlers know. `exports` guard a package against other
  /// packages, not against paths.
  FileRef file_of_folder(llvm::StringRef path) {
    if (!files_.folder(path))
      return {};
    if (const PackageJson *package = package_in(path)) {
      for (const std::string &entry : package->entries()) {
        std::string normalized = normalized_path(path, entry);
        if (!names_folder(entry)) {
          if (FileRef found = file(normalized))
            return found;
        }
        if (FileRef found = index_of_folder(normalized))
          return found;
      }
    }
    return index_of_folder(path);
  }

  // Packages

  const PackageJson *package_in(llvm::StringRef folder) {
    const auto &package = packages_.get(folder, [&]() -> std::unique_ptr<PackageJson> {
      std::optional<std::string> text = files_.read(normalized_path(folder, "package.json"));
      return text ? std::make_unique<PackageJson>(*text, options_.main_fields) : nullptr;
    });
    return package.get();
  }

  struct Scope {
    llvm::StringRef folder;
    const PackageJson *package = nullptr;
  };

  /// LOOKUP_PACKAGE_SCOPE
  Scope package_scope_of(llvm::StringRef folder) {
    for (; name_of(folder) != "node_modules"; folder = folder_of(folder)) {
      if (const PackageJson *package = package_in(folder))
        return {folder, package};
      if (folder.size() <= 1)
        break;
    }
    return {};
  }

  /// What `browser` of the package at \p scope puts in the place of \p key. Nothing: it stays.
  std::optional<FoundImport> browser_replacement(const Scope &scope, llvm::StringRef key) {
    if (!scope.package || !scope.package->has_browser_replacements())
      return std::nullopt;
    PackageJson::Replacement replacement = scope.package->browser_replacement(key);
    if (replacement.is_nothing)
      return FoundImport{Resolution::External, {}};
    if (replacement.target.empty() || replacement.target == key)
      return std::nullopt;
    FoundImport found = is_relative(replacement.target) ? result_of(file_or_folder(scope.folder, replacement.target))
                                                        : resolve_package(replacement.target, scope.folder, 0);
    return found.resolution == Resolution::NotFound ? std::nullopt : std::optional(found);
  }

  /// The same for a file that was found: it is written with its extension or without.
  FoundImport replaced_file(FoundImport found) {
    if (found.resolution != Resolution::Found)
      return found;
    Scope scope = package_scope_of(found.file.folder->real_path);
    std::string key = "." + found.file.path().substr(scope.folder.size());
    if (std::optional<FoundImport> replaced = browser_replacement(scope, key))
      return *replaced;
    for (llvm::StringRef extension : options_.extensions)
      if (llvm::StringRef stem = key; stem.consume_back(extension))
        if (std::optional<FoundImport> replaced = browser_replacement(scope, stem))
          return *replaced;
    return found;
  }

  FoundImport resolve_target(const Scope &scope, const PackageTarget &target, int redirects) {
    switch (target.kind) {
    case PackageTarget::None:
      return {};
    case PackageTarget::Path:
      return names_folder(target.value) ? FoundImport{}
                                        : result_of(file(normalized_path(scope.folder, target.value)));
    case PackageTarget::Specifier:
      if (!scheme_of(target.value).empty())
        return {Resolution::External, {}};
      if (target.value.front() == '#')
        return resolve_package_import(target.value, scope.folder, redirects + 1);
      return resolve_package(target.value, scope.folder, redirects + 1);
    }
    return {};
  }

  /// PACKAGE_IMPORTS_RESOLVE
  FoundImport resolve_package_import(llvm::StringRef specifier, llvm::StringRef folder, int redirects) {
    Scope scope = package_scope_of(folder);
    if (redirects > max_redirects || !scope.package || !scope.package->has_imports())
      return {};
    return resolve_target(scope, scope.package->imported(specifier, conditions_), redirects);
  }

  /// PACKAGE_RESOLVE
  FoundImport resolve_package(llvm::StringRef specifier, llvm::StringRef folder, int redirects) {
    llvm::StringRef name = package_name_of(specifier);
    if (name.empty() || redirects > max_redirects)
      return {};
    std::string subpath = "." + specifier.drop_front(name.size()).str();

    // PACKAGE_SELF_RESOLVE
    Scope scope = package_scope_of(folder);
    if (scope.package && scope.package->has_exports() && scope.package->name() == name)
      return resolve_target(scope, scope.package->exported(subpath, conditions_), redirects);

    for (llvm::StringRef at = folder;; at = folder_of(at)) {
      if (std::string package_folder = package_folder_at(at, name); !package_folder.empty()) {
        Scope found{package_folder, package_in(package_folder)};
        if (found.package && found.package->has_exports())
          return resolve_target(found, found.package->exported(subpath, conditions_), redirects);
        if (FileRef file = subpath == "." ? file_of_folder(package_folder) : file_or_folder(package_folder, subpath))
          return result_of(file);
      }
      if (at.size() <= 1)
        break;
    }
    return is_node_builtin(specifier) ? FoundImport{Resolution::External, {}} : FoundImport{};
  }

  /// The folder of package \p name in the node_modules of \p folder, empty if there is none.
  std::string package_folder_at(llvm::StringRef folder, llvm::StringRef name) {
    if (name_of(folder) == "node_modules")
      return {};
    std::string path = normalized_path(folder, ("node_modules/" + name).str());
    return files_.kind(path) == FileKind::Folder ? path : std::string();
  }

  // tsconfig

  /// The nearest configuration from \p folder up to the root. A file outside the root has the one of its package. What
  /// is installed was built already: configurations that were published by mistake say nothing.
  const TsConfig *tsconfig_for(llvm::StringRef folder) {
    if (is_in_node_modules(folder))
      return nullptr;
    for (;; folder = folder_of(folder)) {
      if (const TsConfig *config = tsconfig_in(folder))
        return config;
      bool is_inside = is_below(folder, options_.root) || is_below(folder, real_root_);
      bool is_top = is_inside ? folder == options_.root || folder == real_root_ : package_in(folder) != nullptr;
      if (is_top || folder.size() <= 1)
        return nullptr;
    }
  }

  const TsConfig *tsconfig_in(llvm::StringRef folder) {
    const Folder *listing = files_.folder(folder);
    for (const char *name : {"tsconfig.json", "jsconfig.json"})
      if (listing && listing->kind(name) == FileKind::File)
        return &tsconfig_at(normalized_path(folder, name));
    return nullptr;
  }

  const TsConfig &tsconfig_at(llvm::StringRef path) {
    return configs_.get(path, [&] {
      return load_tsconfig(
          path, [&](llvm::StringRef file) { return files_.read(file); },
          [&](llvm::StringRef extends, llvm::StringRef from) { return extended_config(extends, from); });
    });
  }

  /// The configuration of file \p name of \p folder.
  const TsConfig *config_of(llvm::StringRef folder, llvm::StringRef name) {
    const TsConfig *config = tsconfig_for(folder);
    return config && !config->references.empty() ? &referenced(*config, normalized_path(folder, name)) : config;
  }

  /// Of \p config and those that it refers to, directly or not, the first that has the file at \p path; \p config if
  /// none has.
  const TsConfig &referenced(const TsConfig &config, llvm::StringRef path) {
    std::vector<const TsConfig *> configs = {&config};
    for (size_t at = 0; at < configs.size(); ++at) {
      if (configs[at]->includes(path))
        return *configs[at];
      for (const std::string &reference : configs[at]->references)
        if (std::optional<std::string> file = config_file(reference, /*may_be_folder=*/true))
          if (const TsConfig *found = &tsconfig_at(*file); std::find(configs.begin(), configs.end(), found) == configs.end())
            configs.push_back(found);
    }
    return config;
  }

  FileRef mapped_file(const TsConfig &config, llvm::StringRef specifier) {
    if (auto targets = config.mapped(specifier)) {
      for (const std::string &target : *targets) {
        // A declaration tells the type checker about a module that is elsewhere.
        if (is_declaration_file(target))
          continue;
        if (FileRef file = file_or_folder("", target))
          return file;
      }
      return {};
    }
    bool is_bare = specifier.front() != '/' && specifier.front() != '#';
    return config.base_url && is_bare ? file_or_folder(*config.base_url, specifier) : FileRef();
  }

  /// `getExtendsConfigPath` of TypeScript.
  std::optional<std::string> extended_config(llvm::StringRef extends, llvm::StringRef folder) {
    if (extends.empty())
      return std::nullopt;
    if (is_relative(extends) || extends.front() == '/')
      return config_file(normalized_path(extends.front() == '/' ? "" : folder, extends), /*may_be_folder=*/false);
    llvm::StringRef name = package_name_of(extends);
    if (name.empty())
      return std::nullopt;
    std::string subpath = "." + extends.drop_front(name.size()).str();
    for (llvm::StringRef at = folder;; at = folder_of(at)) {
      if (std::string package_folder = package_folder_at(at, name); !package_folder.empty()) {
        const PackageJson *package = package_in(package_folder);
        if (package && package->has_exports()) {
          PackageTarget target = package->exported(subpath, config_conditions_);
          if (target.kind == PackageTarget::Path) {
            if (auto path = config_file(normalized_path(package_folder, target.value), false))
              return path;
          }
        }
        bool names_its_own = subpath == "." && package && !package->tsconfig().empty();
        llvm::StringRef file = names_its_own ? package->tsconfig() : llvm::StringRef(subpath);
        if (auto path = config_file(normalized_path(package_folder, file), true))
          return path;
      }
      if (at.size() <= 1)
        return std::nullopt;
    }
  }

  std::optional<std::string> config_file(std::string path, bool may_be_folder) {
    std::string candidates[] = {path, path + ".json", path + "/tsconfig.json"};
    for (std::string &candidate : llvm::MutableArrayRef<std::string>(candidates, may_be_folder ? 3 : 2)) {
      if (files_.kind(candidate) == FileKind::File)
        return candidate;
    }
    return std::nullopt;
  }

  const llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system_;
  const ResolverOptions options_;
  llvm::StringSet<> conditions_;
  llvm::StringSet<> config_conditions_;
  bool for_browsers_ = false; // `browser` of package.json counts
  FileIndex files_;
  std::string real_root_;
  ConcurrentMemo<std::unique_ptr<PackageJson>> packages_; // by folder
  ConcurrentMemo<TsConfig> configs_;                      // by path
  ConcurrentMemo<Remembered> results_;                    // by the importer's folder, the specifier and, maybe, its name
};

ModuleLookup::ModuleLookup(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, const ResolverOptions &options)
    : state_(std::make_unique<State>(std::move(file_system), options)) {}

ModuleLookup::~ModuleLookup() = default;

FoundImport ModuleLookup::resolve(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name) {
  return state_->resolve(specifier, folder, name);
}

FoundImport ModuleLookup::resolve(llvm::StringRef specifier, const Folder &folder, llvm::StringRef name) {
  return state_->resolve(specifier, folder, name);
}

std::string OtherCase::hint() const {
  return disk_ignores_case ? "write '" + specifier + "': this import works here only because the disk ignores case"
                           : "did you mean '" + specifier + "'? This works on a disk that ignores case only";
}

std::optional<OtherCase> ModuleLookup::in_other_case(llvm::StringRef specifier, llvm::StringRef folder,
                                                     llvm::StringRef name) {
  std::call_once(any_case_made_, [&] { any_case_ = state_->in_any_case(); });
  FoundImport found = any_case_->resolve(specifier, folder, name);
  if (found.resolution != Resolution::Found)
    return std::nullopt;
  std::string path = found.file.path(), respelled = in_case_of(path, specifier);
  return OtherCase{respelled.empty() ? path : respelled, any_case_->files().disk_ignores_case(found.file)};
}

std::optional<std::string> ModuleLookup::mapped_path(llvm::StringRef specifier, llvm::StringRef folder,
                                                     llvm::StringRef name) {
  return state_->mapped_path(specifier, folder, name);
}

FileIndex &ModuleLookup::files() { return state_->files(); }

} // namespace foreload
