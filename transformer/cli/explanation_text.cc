#include "cli/explanation_text.h"

#include <nlohmann/json.hpp>

namespace foreload::cli {

using nlohmann::json;

static const json &field(const json &object, const char *name) {
  static const json missing;
  if (!object.is_object())
    return missing;
  auto found = object.find(name);
  return found == object.end() ? missing : *found;
}

static std::string text_field(const json &object, const char *name) {
  const json &value = field(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// " 12:3", or nothing if \p at is no place.
static std::string place(const json &at) {
  const json &line = field(at, "line");
  const json &column = field(at, "column");
  if (!line.is_number_integer())
    return "";
  std::string text = " " + std::to_string(line.get<int64_t>());
  return column.is_number_integer() ? text + ":" + std::to_string(column.get<int64_t>()) : text;
}

static Colour colour_of(const std::string &verdict) {
  return verdict == "lifted" ? Colour::Green : verdict == "deferred" ? Colour::Yellow : Colour::Bold;
}

/// "loader at 3:14: lifted by src/pages/index.astro, inline", and below it why.
static std::string loader_text(const json &loader, const std::string &indent, Painter paint) {
  if (!loader.is_object())
    return "";
  std::string at = place(field(loader, "at"));
  std::string verdict = text_field(loader, "verdict");
  std::string text = indent + "loader" + (at.empty() ? "" : " at" + at) + ": " +
                     paint(colour_of(verdict), verdict.empty() ? "no verdict" : verdict);
  if (std::string by = text_field(loader, "liftedBy"); !by.empty())
    text += " by " + by;
  if (std::string strategy = text_field(loader, "strategy"); !strategy.empty())
    text += ", " + strategy;
  if (std::string code = text_field(loader, "code"); !code.empty())
    text += " " + paint(Colour::Yellow, "[" + code + "]");
  text += "\n";
  if (std::string reason = text_field(loader, "reason"); !reason.empty())
    text += indent + "  " + paint(Colour::Dim, reason) + "\n";
  return text;
}

/// "rendered at 12:3", or under what condition.
static std::string site_text(const json &site) {
  std::string at = place(field(site, "at").is_object() ? field(site, "at") : site);
  std::string certainty = text_field(site, "certainty");
  std::string reason = text_field(site, "reason");
  if (at.empty() && certainty.empty())
    return "";
  std::string text = certainty == "may" ? "may render" : "renders";
  text += at.empty() ? "" : " at" + at;
  return reason.empty() ? text : text + ": " + reason;
}

/// \p branch is drawn before the component's own line, \p trunk before all that belongs to it.
static void draw(std::string &text, const json &node, const std::string &branch, const std::string &trunk,
                 Painter paint) {
  std::string component = text_field(node, "component");
  text += branch + paint(Colour::Bold, component.empty() ? "(unnamed component)" : component);
  if (std::string site = site_text(field(node, "site")); !site.empty())
    text += "  " + paint(Colour::Dim, site);
  text += "\n";

  const json &children = field(node, "children");
  size_t count = children.is_array() ? children.size() : 0;
  text += loader_text(field(node, "loader"), trunk + (count ? "│  " : "   "), paint);
  for (size_t at = 0; at < count; ++at) {
    bool last = at + 1 == count;
    draw(text, children[at], trunk + (last ? "└─ " : "├─ "), trunk + (last ? "   " : "│  "), paint);
  }
}

std::string explanation_text(const json &explanation, Painter paint) {
  const json &tree = field(explanation, "tree");
  std::string text;
  if (tree.is_object())
    draw(text, tree, "", "", paint);
  else
    text = paint(Colour::Bold, text_field(explanation, "file")) + "\n   no component tree\n";
  return text;
}

} // namespace foreload::cli
