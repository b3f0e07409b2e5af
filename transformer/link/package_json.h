// What a package.json says about where its modules are.
#pragma once
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/StringSet.h>
#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace foreload {

/// Where a subpath of `exports` or a `#name` of `imports` leads to.
struct PackageTarget {
  enum Kind : uint8_t {
    None,      ///< not listed, listed as null, or not valid
    Path,      ///< below the package's folder, starts with `./`
    Specifier, ///< of another package (`imports` only)
  };
  Kind kind = None;
  std::string value;
};

/// Immutable, so safe for concurrent use by multiple threads.
class PackageJson {
public:
  /// Text that is no JSON object counts as `{}`. \p main_fields are those that entries() are taken from, best first.
  PackageJson(llvm::StringRef text, llvm::ArrayRef<std::string> main_fields);
  ~PackageJson();
  PackageJson(PackageJson &&) noexcept;

  llvm::StringRef name() const { return name_; }
  /// Files that may be the package's module when it has no `exports`, best first.
  const std::vector<std::string> &entries() const { return entries_; }
  /// `tsconfig`: the configuration that `"extends": "<this package>"` means.
  llvm::StringRef tsconfig() const { return tsconfig_; }

  bool has_exports() const { return exports_ != nullptr; }
  bool has_imports() const { return imports_ != nullptr; }
  /// PACKAGE_EXPORTS_RESOLVE. \p subpath is `.` or starts with `./`.
  PackageTarget exported(llvm::StringRef subpath, const llvm::StringSet<> &conditions) const;
  /// PACKAGE_IMPORTS_RESOLVE. \p specifier starts with `#`.
  PackageTarget imported(llvm::StringRef specifier, const llvm::StringSet<> &conditions) const;

  /// What stands in the place of \p key, a file (`./x.js`) or an import of the package, in browsers.
  struct Replacement {
    bool is_nothing = false; ///< `false` is written there
    std::string target;      ///< empty: the key is not replaced
  };
  Replacement browser_replacement(llvm::StringRef key) const;
  bool has_browser_replacements() const { return !browser_.empty(); }

private:
  std::string name_;
  std::vector<std::string> entries_;
  std::string tsconfig_;
  // Ordered: the first condition that holds wins, in the order in which they are written.
  std::unique_ptr<const nlohmann::ordered_json> exports_;
  std::unique_ptr<const nlohmann::ordered_json> imports_;
  llvm::StringMap<Replacement> browser_; ///< if `browser` is one of the main fields
};

} // namespace foreload
