// Follows the "Resolution Algorithm Specification" of Node's ESM documentation (https://nodejs.org/api/esm.html), whose
// names are given in capitals. Two things are from bundlers: a key that ends in a slash is a prefix, as it was before
// Node 17 (packages of that time still have it), and an invalid target is as good as none.
#include "link/package_json.h"

#include <llvm/ADT/StringExtras.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace foreload {

namespace {

using Json = nlohmann::ordered_json;

/// Deeper than any package nests its conditions; a bound, so that a hostile file cannot exhaust the stack.
constexpr int max_depth = 100;

/// A target's outcome. Undefined lets the next condition be tried, the others end the search.
struct Outcome {
  enum Kind : uint8_t { Undefined, Null, Invalid, Path, Specifier } kind = Undefined;
  std::string value;
};

std::string decode_percent(llvm::StringRef text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    uint8_t byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && llvm::tryGetHexFromNibbles(text[i + 1], text[i + 2], byte)) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

/// Whether a segment of \p path would lead out of the package's own files.
bool has_forbidden_segment(llvm::StringRef path) {
  while (!path.empty()) {
    llvm::StringRef segment = path.take_front(path.find_first_of("/\\"));
    path = path.drop_front(std::min(segment.size() + 1, path.size()));
    std::string decoded = decode_percent(segment);
    if (decoded == "." || decoded == ".." || llvm::StringRef(decoded).equals_insensitive("node_modules"))
      return true;
  }
  return false;
}

std::string replace_stars(llvm::StringRef text, llvm::StringRef match) {
  std::string replaced;
  for (char c : text) {
    if (c == '*')
      replaced += match;
    else
      replaced += c;
  }
  return replaced;
}

bool is_valid_bare_specifier(llvm::StringRef target) {
  return !target.empty() && target.front() != '/' && target.take_front(3) != "../" && target != ".." && target != "." &&
         target.take_front(2) != "./";
}

/// One search in the `exports` or `imports` of a package.
struct Search {
  const llvm::StringSet<> &conditions;
  bool is_imports;

  /// PACKAGE_TARGET_RESOLVE
  Outcome target(const Json &value, std::optional<llvm::StringRef> match, int depth = 0) const {
    if (depth > max_depth)
      return {Outcome::Invalid, {}};
    if (auto *text = value.get_ptr<const std::string *>())
      return string_target(*text, match);
    if (value.is_null())
      return {Outcome::Null, {}};
    if (value.is_array()) {
      Outcome last{Outcome::Null, {}};
      for (const Json &item : value) {
        Outcome outcome = target(item, match, depth + 1);
        if (outcome.kind == Outcome::Path || outcome.kind == Outcome::Specifier)
          return outcome;
        if (outcome.kind != Outcome::Undefined)
          last = outcome;
      }
      return last;
    }
    if (value.is_object()) {
      for (auto &[condition, item] : value.get_ref<const Json::object_t &>()) {
        if (condition != "default" && !conditions.contains(condition))
          continue;
        if (Outcome outcome = target(item, match, depth + 1); outcome.kind != Outcome::Undefined)
          return outcome;
      }
      return {};
    }
    return {Outcome::Invalid, {}};
  }

  Outcome string_target(llvm::StringRef text, std::optional<llvm::StringRef> match) const {
    if (match && has_forbidden_segment(*match))
      return {Outcome::Invalid, {}};
    std::string value = match ? replace_stars(text, *match) : text.str();
    if (text.take_front(2) != "./") {
      if (!is_imports || !is_valid_bare_specifier(text))
        return {Outcome::Invalid, {}};
      return {Outcome::Specifier, std::move(value)};
    }
    if (has_forbidden_segment(text.drop_front(2)))
      return {Outcome::Invalid, {}};
    return {Outcome::Path, std::move(value)};
  }

  /// PACKAGE_IMPORTS_EXPORTS_RESOLVE
  Outcome match(llvm::StringRef wanted, const Json &map) const {
    if (wanted.empty() || wanted.back() == '/')
      return {};
    if (auto exact = map.find(wanted.str()); exact != map.end() && wanted.find('*') == llvm::StringRef::npos)
      return target(*exact, std::nullopt);

    llvm::StringRef best_key, best_match;
    const Json *best = nullptr;
    for (auto &[text, value] : map.get_ref<const Json::object_t &>()) {
      llvm::StringRef key = text;
      size_t star = key.find('*');
      llvm::StringRef base = key.take_front(star), trailer;
      if (star == llvm::StringRef::npos) {
        if (key.empty() || key.back() != '/')
          continue;
      } else {
        trailer = key.drop_front(star + 1);
        if (trailer.find('*') != llvm::StringRef::npos)
          continue;
      }
      llvm::StringRef rest = wanted;
      if (!rest.consume_front(base) || rest.empty() || rest.size() < trailer.size() || !rest.consume_back(trailer))
        continue;
      // PATTERN_KEY_COMPARE: the longest text before the star wins, then the longest key.
      size_t best_base = best ? best_key.find('*') : 0;
      best_base = std::min(best_base, best_key.size());
      if (best && (base.size() < best_base || (base.size() == best_base && key.size() <= best_key.size())))
        continue;
      best_key = key;
      best_match = rest;
      best = &value;
    }
    if (!best)
      return {};
    if (best_key.back() != '/' || best_key.find('*') != llvm::StringRef::npos)
      return target(*best, best_match);
    Outcome outcome = target(*best, std::nullopt);
    if (outcome.kind == Outcome::Path || outcome.kind == Outcome::Specifier) {
      if (outcome.value.back() != '/' || has_forbidden_segment(best_match))
        return {Outcome::Invalid, {}};
      outcome.value += best_match;
    }
    return outcome;
  }
};

PackageTarget result_of(Outcome outcome) {
  if (outcome.kind == Outcome::Path)
    return {PackageTarget::Path, std::move(outcome.value)};
  if (outcome.kind == Outcome::Specifier)
    return {PackageTarget::Specifier, std::move(outcome.value)};
  return {};
}

std::string text_field(const Json &object, const char *key) {
  auto found = object.find(key);
  const std::string *text = found == object.end() ? nullptr : found->get_ptr<const std::string *>();
  return text ? *text : std::string();
}

} // namespace

PackageJson::PackageJson(llvm::StringRef text, llvm::ArrayRef<std::string> main_fields) {
  Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    return;
  name_ = text_field(json, "name");
  tsconfig_ = text_field(json, "tsconfig");
  for (const std::string &field : main_fields) {
    if (std::string entry = text_field(json, field.c_str()); !entry.empty())
      entries_.push_back(std::move(entry));
    if (auto map = json.find(field); field == "browser" && map != json.end() && map->is_object()) {
      for (auto &[key, value] : map->get_ref<const Json::object_t &>()) {
        if (auto *target = value.get_ptr<const std::string *>())
          browser_[key] = {false, *target};
        else if (value == false)
          browser_[key] = {true, {}};
      }
    }
  }
  if (auto found = json.find("exports"); found != json.end() && !found->is_null())
    exports_ = std::make_unique<const Json>(std::move(*found));
  if (auto found = json.find("imports"); found != json.end() && found->is_object())
    imports_ = std::make_unique<const Json>(std::move(*found));
}

PackageJson::~PackageJson() = default;
PackageJson::PackageJson(PackageJson &&) noexcept = default;

PackageJson::Replacement PackageJson::browser_replacement(llvm::StringRef key) const { return browser_.lookup(key); }

PackageTarget PackageJson::exported(llvm::StringRef subpath, const llvm::StringSet<> &conditions) const {
  if (!exports_)
    return {};
  Search search{conditions, /*is_imports=*/false};
  bool is_map = false; // of subpaths; otherwise the value is that of `.`
  if (exports_->is_object()) {
    size_t subpaths = 0;
    for (auto &[key, value] : exports_->get_ref<const Json::object_t &>())
      subpaths += !key.empty() && key.front() == '.';
    is_map = subpaths > 0;
    if (is_map && subpaths != exports_->size())
      return {}; // conditions and subpaths mixed: not valid
  }
  if (subpath == ".") {
    if (!is_map)
      return result_of(search.target(*exports_, std::nullopt));
    auto main = exports_->find(".");
    return main == exports_->end() ? PackageTarget{} : result_of(search.target(*main, std::nullopt));
  }
  return is_map ? result_of(search.match(subpath, *exports_)) : PackageTarget{};
}

PackageTarget PackageJson::imported(llvm::StringRef specifier, const llvm::StringSet<> &conditions) const {
  if (!imports_ || specifier.size() < 2)
    return {};
  return result_of(Search{conditions, /*is_imports=*/true}.match(specifier, *imports_));
}

} // namespace foreload
