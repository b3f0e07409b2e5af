// From an import's specifier to a file.
#pragma once
#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <memory>
#include <string>
#include <vector>

namespace foreload {

class ModuleLookup;

struct ResolverOptions {
  /// The project's root: absolute, no slash at the end. tsconfig.json and jsconfig.json are looked for from an
  /// importer's folder up to here.
  std::string root;
  /// package.json `exports`/`imports` conditions beside `default`, in no particular order. `development|production` is
  /// Vite's placeholder for one of the two: it counts as `production`.
  std::vector<std::string> conditions = {"astro", "import", "module", "node", "development|production"};
  /// package.json fields that name the module of a package without `exports`, best first. With `browser` among them, an
  /// object there replaces the package's files and what they import, as in a build for browsers; `false` is no module.
  std::vector<std::string> main_fields = {"module", "jsnext:main", "jsnext", "main"};
  /// Tried in this order when a specifier names no file.
  std::vector<std::string> extensions = {".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json"};
};

enum class Resolution : uint8_t {
  Found,    ///< path names the file
  External, ///< no file by design: `node:fs`, `https://…`, `data:…`, `virtual:…`, `astro:content`, `\0…`
  NotFound, ///< nothing that this resolver knows of; a build tool's own resolver may
};

struct ResolveResult {
  Resolution resolution = Resolution::NotFound;
  std::string path; ///< absolute, real (symlinks followed), forward slashes
};

/// Resolves as a bundler does: relative and absolute paths (`/x` is looked for below the root first), extensions, index
/// files, `.js` written for `.ts`, tsconfig `paths` and `baseUrl` with `extends` and `references`, packages with `exports`, `imports`,
/// wildcards and conditions, self references, node_modules of every enclosing folder, symlinks. Vite queries (`?raw`,
/// `?url`) are cut before resolution.
///
/// Safe for concurrent use by multiple threads. Results and directory listings are cached until invalidate().
class Resolver {
public:
  Resolver(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, ResolverOptions options);
  ~Resolver();
  Resolver(const Resolver &) = delete;
  Resolver &operator=(const Resolver &) = delete;

  /// \p importer is the absolute path of the file that holds the import.
  ResolveResult resolve(llvm::StringRef specifier, llvm::StringRef importer);

  /// What is to be said to who wrote an import that was not found, if it would be in other case. Empty: it would not.
  std::string case_hint(llvm::StringRef specifier, llvm::StringRef importer);

  /// Forgets everything that was read: call it when files were created, deleted or renamed, or a configuration changed.
  void invalidate();

private:
  std::shared_ptr<ModuleLookup> lookup() const;

  struct State;
  std::unique_ptr<State> state_;
};

} // namespace foreload
