#include "cli/cache.h"

#include "cli/diagnostic_text.h"
#include "cli/project.h"

#include <cstdlib>
#include <filesystem>

namespace foreload::cli {

std::vector<Option> with_cache_options(std::vector<Option> options) {
  options.insert(options.end(), {
      {"--cache", "DIR", "where to keep what was analyzed (default: .cache/foreload in the nearest node_modules)", {}},
      {"--no-cache", "", "keep nothing, and start afresh", {}},
      {"--cache-size", "MB", "how large the cache may be (default: 256)", {}},
      {"--remote-cache", "URL", "share results over a server with the layout of Bazel's remote caches", {}},
      {"--remote-cache-header", "HEADER", "'Name: value' for each request to it; may be given again", {}, true},
      {"--remote-cache-read-only", "", "take results from it, and send none", {}},
      {"--remote-cache-timeout", "SECONDS", "how long it may take in all (default: 10)", {}},
  });
  return options;
}

/// Where caches of a person's programs are; empty: nobody knows.
static std::string personal_cache() {
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  if (cache && *cache == '/')
    return std::string(cache) + "/foreload";
  return home && *home == '/' ? std::string(home) + "/.cache/foreload" : std::string();
}

/// Of the root or, in a workspace, of a folder above it in the same repository; empty: there is none.
static std::string nearest_node_modules(llvm::StringRef root) {
  std::error_code error;
  for (std::filesystem::path folder = root.str();; folder = folder.parent_path()) {
    if (std::filesystem::is_directory(folder / "node_modules", error))
      return (folder / "node_modules").string();
    if (std::filesystem::exists(folder / ".git", error) || folder == folder.parent_path())
      return {};
  }
}

static llvm::Error wrong(const llvm::Twine &message) {
  return llvm::createStringError(std::make_error_code(std::errc::invalid_argument), message);
}

/// Sets \p number to the value of an option, if it was given.
static llvm::Error read_number(const Arguments &arguments, llvm::StringRef option, uint64_t &number) {
  if (arguments.has(option) && (arguments.value(option).getAsInteger(10, number) || number == 0 || number > 1'000'000))
    return wrong("option '" + option + "' is a number from 1 on, not '" + arguments.value(option) + "'");
  return llvm::Error::success();
}

llvm::Expected<std::optional<CacheOptions>> cache_for(const Arguments &arguments, llvm::StringRef root) {
  llvm::StringRef url = arguments.value("--remote-cache");
  bool has_remote = arguments.has("--remote-cache");
  if (arguments.has("--no-cache")) {
    for (const char *other : {"--cache", "--cache-size", "--remote-cache"})
      if (arguments.has(other))
        return wrong("options '--no-cache' and '" + llvm::Twine(other) + "' exclude each other");
    return std::nullopt;
  }
  for (const char *other : {"--remote-cache-header", "--remote-cache-read-only", "--remote-cache-timeout"})
    if (arguments.has(other) && !has_remote)
      return wrong("option '" + llvm::Twine(other) + "' needs '--remote-cache'");
  if (has_remote && !std::string_view(url).starts_with("http://") && !std::string_view(url).starts_with("https://"))
    return wrong("option '--remote-cache' is a URL with http:// or https://, not '" + url + "'");

  CacheOptions options;
  uint64_t megabytes = options.max_bytes >> 20, seconds = 10;
  if (llvm::Error error = read_number(arguments, "--cache-size", megabytes))
    return error;
  if (llvm::Error error = read_number(arguments, "--remote-cache-timeout", seconds))
    return error;
  options.max_bytes = megabytes << 20;
  if (arguments.has("--cache"))
    options.folder = absolute_path(arguments.value("--cache"));
  else if (std::string installed = nearest_node_modules(root); !installed.empty())
    options.folder = installed + "/.cache/foreload";
  else if (has_remote)
    options.folder = personal_cache();
  if (options.folder.empty())
    return std::nullopt;

  if (has_remote) {
    RemoteCacheOptions &remote = options.remote.emplace();
    remote.url = url.str();
    remote.headers = arguments.values("--remote-cache-header");
    // Other processes can read a command line.
    if (const char *token = std::getenv("FORELOAD_REMOTE_CACHE_TOKEN"); token && *token)
      remote.headers.push_back(std::string("Authorization: Bearer ") + token);
    remote.read_only = arguments.has("--remote-cache-read-only");
    remote.patience = std::chrono::seconds(seconds);
  }
  return options;
}

std::string reuse_text(const BuildResult &result) {
  const BuildReuse &reuse = result.reuse;
  if (reuse.is_unchanged)
    return "nothing has changed since the last build\n";
  if (reuse.is_shared)
    return "the result is from the remote cache\n";
  if (reuse.is_resumed)
    return std::to_string(reuse.same_components) + " of " + counted(result.components, "component") + " left as before\n";
  uint64_t all = reuse.known_files + reuse.new_files;
  return all ? std::to_string(reuse.known_files) + " of " + counted(all, "file") + " from the cache\n" : std::string();
}

} // namespace foreload::cli
