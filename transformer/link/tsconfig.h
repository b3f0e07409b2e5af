// The parts of a tsconfig.json (or jsconfig.json) that say where modules are: `paths`, `baseUrl`, `extends`; and which
// files it is about, for one that refers to others.
#pragma once
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>

#include <optional>
#include <string>
#include <vector>

namespace foreload {

/// A configuration with everything that it extends. Immutable, so safe for concurrent use by multiple threads.
struct TsConfig {
  struct Mapping {
    std::string pattern;              ///< with at most one `*`
    std::vector<std::string> targets; ///< absolute, each with at most one `*`
  };
  std::vector<Mapping> paths;
  std::optional<std::string> base_url; ///< absolute
  std::vector<std::string> files;      ///< absolute
  std::vector<std::string> include;    ///< absolute, with `*`, `?` and `**`; what is below a folder ends in a `**`
  std::vector<std::string> exclude;    ///< likewise
  std::vector<std::string> references; ///< other configurations or their folders, absolute

  /// Whether the file at \p path is one of this configuration's, whatever its language.
  bool includes(llvm::StringRef path) const;
  /// The files that `paths` names for \p specifier, best first; nothing if no pattern matches.
  std::optional<std::vector<std::string>> mapped(llvm::StringRef specifier) const;
};

/// Reads the configuration at \p path. \p read gives the text of a file; \p find gives the path of the configuration
/// that \p extends means when written in \p folder. What cannot be read or found is left out: a broken configuration is
/// the type checker's to report.
TsConfig
load_tsconfig(llvm::StringRef path, llvm::function_ref<std::optional<std::string>(llvm::StringRef path)> read,
              llvm::function_ref<std::optional<std::string>(llvm::StringRef extends, llvm::StringRef folder)> find);

/// JSON from JSON with comments and trailing commas: both become spaces, so offsets stay as they are.
std::string json_of_jsonc(llvm::StringRef text);

} // namespace foreload
