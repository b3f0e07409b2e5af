// Follows TypeScript: `parseJsonConfigFileContent` for `extends` and `${configDir}`, `tryLoadModuleUsingPaths` and
// `matchPatternOrExact` for `paths`.
#include "link/tsconfig.h"
#include "link/file_index.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringMap.h>
#include <nlohmann/json.hpp>

#include <tuple>

namespace foreload {

namespace {

using Json = nlohmann::ordered_json;

/// The options of one file merged with those that it extends, before `${configDir}` has a meaning: that is the folder
/// of the configuration that everything was extended from.
struct Layer {
  std::optional<std::string> base_url; // absolute, or with ${configDir} at the start
  struct Paths {
    std::vector<TsConfig::Mapping> mappings;
    std::string folder; // of the file that they are written in
  };
  std::optional<Paths> paths;
  // Absolute, or with ${configDir} at the start.
  std::optional<std::vector<std::string>> files, include, exclude;
};

bool consume_config_dir(llvm::StringRef &text) {
  constexpr llvm::StringLiteral placeholder = "${configDir}";
  if (!text.take_front(placeholder.size()).equals_insensitive(placeholder))
    return false;
  text = text.drop_front(placeholder.size());
  return true;
}

std::string absolute_path(llvm::StringRef path, llvm::StringRef base, llvm::StringRef config_dir) {
  if (consume_config_dir(path))
    return normalized_path(config_dir, path);
  if (!path.empty() && path.front() == '/')
    return normalized_path("", path);
  return normalized_path(base, path);
}

std::vector<std::string> texts_of(const Json &value) {
  std::vector<std::string> texts;
  if (auto *text = value.get_ptr<const std::string *>())
    texts.push_back(*text);
  if (value.is_array()) {
    for (const Json &item : value) {
      if (auto *text = item.get_ptr<const std::string *>())
        texts.push_back(*text);
    }
  }
  return texts;
}

std::vector<TsConfig::Mapping> mappings_of(const Json &paths) {
  std::vector<TsConfig::Mapping> mappings;
  for (auto &[pattern, targets] : paths.get_ref<const Json::object_t &>()) {
    if (llvm::StringRef(pattern).count('*') <= 1)
      mappings.push_back({pattern, texts_of(targets)});
  }
  return mappings;
}

/// Whether \p text is what \p pattern stands for: `*` is any number of characters, `?` is one.
bool matches_name(llvm::StringRef pattern, llvm::StringRef text) {
  std::optional<std::pair<llvm::StringRef, llvm::StringRef>> retry; // behind the last star, where it is to stand for more
  while (!text.empty()) {
    if (pattern.consume_front("*")) {
      retry = {pattern, text};
    } else if (!pattern.empty() && (pattern.front() == '?' || pattern.front() == text.front())) {
      pattern = pattern.drop_front();
      text = text.drop_front();
    } else if (retry) {
      retry->second = retry->second.drop_front();
      std::tie(pattern, text) = *retry;
    } else {
      return false;
    }
  }
  return pattern.ltrim('*').empty();
}

/// The same for paths, name by name: `**` is any number of folders.
bool matches_path(llvm::StringRef pattern, llvm::StringRef path) {
  std::optional<std::pair<llvm::StringRef, llvm::StringRef>> retry;
  while (!path.empty()) {
    auto [wanted, more_wanted] = pattern.split('/');
    auto [name, more] = path.split('/');
    if (wanted == "**") {
      if (more_wanted.empty())
        return true;
      pattern = more_wanted;
      retry = {pattern, path};
    } else if (!pattern.empty() && matches_name(wanted, name)) {
      pattern = more_wanted;
      path = more;
    } else if (retry) {
      retry->second = retry->second.split('/').second;
      std::tie(pattern, path) = *retry;
    } else {
      return false;
    }
  }
  return pattern.empty() || pattern == "**";
}

/// What is named without an extension or a star is a folder, and all below it.
void complete_patterns(std::vector<std::string> &patterns) {
  for (std::string &pattern : patterns)
    if (name_of(pattern).find_first_of("*?.") == llvm::StringRef::npos)
      pattern += "/**";
}

struct Loader {
  llvm::function_ref<std::optional<std::string>(llvm::StringRef)> read;
  llvm::function_ref<std::optional<std::string>(llvm::StringRef, llvm::StringRef)> find;
  llvm::StringMap<Layer> layers;
  std::vector<std::string> references; ///< of what was loaded last

  Layer load(llvm::StringRef path) {
    // A file that is being read counts as empty: this ends cycles.
    if (auto [known, is_new] = layers.try_emplace(path); !is_new)
      return known->second;
    std::optional<std::string> text = read(path);
    if (!text)
      return {};
    Json json = Json::parse(json_of_jsonc(*text), nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
      return {};
    std::string folder = folder_of(path).str();
    Layer layer;
    if (auto extends = json.find("extends"); extends != json.end()) {
      for (const std::string &base : texts_of(*extends)) {
        std::optional<std::string> base_path = find(base, folder);
        if (!base_path)
          continue;
        Layer base_layer = load(*base_path);
        if (base_layer.base_url)
          layer.base_url = std::move(base_layer.base_url);
        if (base_layer.paths)
          layer.paths = std::move(base_layer.paths);
        for (auto list : {&Layer::files, &Layer::include, &Layer::exclude})
          if (base_layer.*list)
            layer.*list = std::move(base_layer.*list);
      }
    }
    if (auto options = json.find("compilerOptions"); options != json.end() && options->is_object()) {
      if (auto base_url = options->find("baseUrl"); base_url != options->end()) {
        if (auto *url = base_url->get_ptr<const std::string *>()) {
          llvm::StringRef rest = *url;
          layer.base_url = consume_config_dir(rest) ? *url : absolute_path(*url, folder, {});
        }
      }
      if (auto paths = options->find("paths"); paths != options->end() && paths->is_object())
        layer.paths = Layer::Paths{mappings_of(*paths), folder};
    }
    for (auto [field, list] : {std::pair{"files", &Layer::files}, {"include", &Layer::include}, {"exclude", &Layer::exclude}}) {
      auto found = json.find(field);
      if (found == json.end() || !found->is_array())
        continue;
      for (std::string &pattern : (layer.*list).emplace(texts_of(*found)))
        if (llvm::StringRef rest = pattern; !consume_config_dir(rest))
          pattern = absolute_path(pattern, folder, {});
    }
    references.clear(); // those of what is extended do not count
    if (auto found = json.find("references"); found != json.end() && found->is_array())
      for (const Json &reference : *found)
        if (auto target = reference.find("path"); reference.is_object() && target != reference.end() && target->is_string())
          references.push_back(absolute_path(target->get_ref<const std::string &>(), folder, folder));
    layers[path] = layer;
    return layer;
  }
};

} // namespace

TsConfig load_tsconfig(llvm::StringRef path, llvm::function_ref<std::optional<std::string>(llvm::StringRef)> read,
                       llvm::function_ref<std::optional<std::string>(llvm::StringRef, llvm::StringRef)> find) {
  Loader loader{read, find, {}, {}};
  Layer layer = loader.load(path);
  llvm::StringRef folder = folder_of(path);
  TsConfig config;
  config.references = std::move(loader.references);
  auto absolute = [&](std::vector<std::string> paths) {
    for (std::string &each : paths)
      each = absolute_path(each, folder, folder);
    return paths;
  };
  config.files = absolute(layer.files.value_or(std::vector<std::string>()));
  if (layer.include || !layer.files)
    config.include = absolute(layer.include.value_or(std::vector<std::string>{"**/*"}));
  config.exclude = absolute(layer.exclude.value_or(
      std::vector<std::string>{"**/node_modules", "**/bower_components", "**/jspm_packages"}));
  complete_patterns(config.include);
  complete_patterns(config.exclude);
  if (layer.base_url)
    config.base_url = absolute_path(*layer.base_url, folder, folder);
  if (layer.paths) {
    config.paths = std::move(layer.paths->mappings);
    for (TsConfig::Mapping &mapping : config.paths) {
      for (std::string &target : mapping.targets)
        target = absolute_path(target, config.base_url ? *config.base_url : layer.paths->folder, folder);
    }
  }
  return config;
}

bool TsConfig::includes(llvm::StringRef path) const {
  auto matches = [path](const std::string &pattern) { return matches_path(pattern, path); };
  return llvm::is_contained(files, path) ||
         (llvm::any_of(include, matches) && llvm::none_of(exclude, matches));
}

std::optional<std::vector<std::string>> TsConfig::mapped(llvm::StringRef specifier) const {
  const Mapping *best = nullptr;
  size_t best_prefix = 0;
  llvm::StringRef best_match;
  for (const Mapping &mapping : paths) {
    llvm::StringRef pattern = mapping.pattern, match = specifier;
    size_t star = pattern.find('*');
    if (star == llvm::StringRef::npos) {
      if (pattern != specifier)
        continue;
      best = &mapping; // an exact name beats every pattern
      best_match = {};
      break;
    }
    if (!match.consume_front(pattern.take_front(star)) || !match.consume_back(pattern.drop_front(star + 1)))
      continue;
    if (best && star <= best_prefix)
      continue;
    best = &mapping;
    best_prefix = star;
    best_match = match;
  }
  if (!best)
    return std::nullopt;
  std::vector<std::string> found;
  for (llvm::StringRef target : best->targets) {
    auto [before, after] = target.split('*');
    bool has_star = before.size() != target.size();
    found.push_back(has_star ? (before + best_match + after).str() : target.str());
  }
  return found;
}

std::string json_of_jsonc(llvm::StringRef text) {
  std::string json = text.str();
  size_t comma = std::string::npos; // the last one, while only blanks and comments follow it
  for (size_t i = 0; i < json.size(); ++i) {
    char c = json[i];
    if (c == '"') {
      comma = std::string::npos;
      for (++i; i < json.size() && json[i] != '"'; ++i)
        i += json[i] == '\\';
    } else if (text.substr(i, 2) == "//" || text.substr(i, 2) == "/*") {
      bool is_line = text[i + 1] == '/';
      size_t end = is_line ? text.find_first_of("\r\n", i) : text.find("*/", i + 2);
      end = end == llvm::StringRef::npos ? json.size() : end + (is_line ? 0 : 2);
      for (; i < end; ++i) {
        if (json[i] != '\n' && json[i] != '\r')
          json[i] = ' ';
      }
      --i;
    } else if (c == ',') {
      comma = i;
    } else if (c == '}' || c == ']') {
      if (comma != std::string::npos)
        json[comma] = ' ';
      comma = std::string::npos;
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      comma = std::string::npos;
    }
  }
  return json;
}

} // namespace foreload
