#include "cli/explanation_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace foreload::cli {

using Json = nlohmann::ordered_json;

static const Json &field(const Json &object, const char *name) {
  static const Json missing;
  if (!object.is_object())
    return missing;
  auto found = object.find(name);
  return found == object.end() ? missing : *found;
}

static std::string text_field(const Json &object, const char *name) {
  const Json &value = field(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

static bool is(const Json &object, const char *name, bool expected) {
  const Json &value = field(object, name);
  return value.is_boolean() && value.get<bool>() == expected;
}

/// " at 12:3", " at data.ts:12:3", or nothing if \p at is no place.
static std::string at_place(const Json &at) {
  const Json &line = field(at, "line");
  const Json &column = field(at, "column");
  if (!line.is_number_integer())
    return "";
  std::string file = text_field(at, "file");
  std::string text = " at " + (file.empty() ? "" : file + ":") + std::to_string(line.get<int64_t>());
  return column.is_number_integer() ? text + ":" + std::to_string(column.get<int64_t>()) : text;
}

static Colour colour_of(const std::string &verdict) {
  return verdict == "lifted"                            ? Colour::Green
         : verdict == "deferred" || verdict == "unused" ? Colour::Yellow
                                                        : Colour::Bold;
}

/// "behind a condition at 12:3 [FL3001]": what \p object says of why.
static std::string why(const Json &object) {
  std::string text = text_field(object, "reason");
  if (text.empty())
    return "";
  text += at_place(field(object, "at"));
  if (std::string code = text_field(object, "code"); !code.empty())
    text += " [" + code + "]";
  return text;
}

/// "loader at 3:14: lifted by src/pages/index.astro, inline", and below it why.
static std::string loader_text(const Json &loader, const std::string &indent, Painter paint) {
  if (!loader.is_object())
    return "";
  std::string verdict = text_field(loader, "verdict");
  std::string strategy = text_field(loader, "strategy");
  std::string text = indent + "loader" + at_place(field(loader, "declared")) + ": " +
                     paint(colour_of(verdict), verdict.empty() ? "no verdict" : verdict);
  if (std::string by = text_field(loader, "liftedBy"); !by.empty())
    text += " by " + by;
  if (!strategy.empty() && strategy != "defer") // "deferred" says that already
    text += ", " + strategy;
  if (is(loader, "startsEarly", true))
    text += ", starts before the component renders";
  if (std::string data = text_field(loader, "waitsFor"); !data.empty())
    text += ", starts when the data of " + data + " is there";
  text += "\n";
  if (std::string reason = why(loader); !reason.empty())
    text += indent + "  " + paint(Colour::Dim, reason) + "\n";
  if (const Json &delayed = field(loader, "delayed"); delayed.is_object())
    text += indent + "  " + paint(Colour::Dim, "started" + at_place(delayed) + ": " + why(delayed)) + "\n";
  for (const Json &load : field(loader, "loads"))
    text += indent + "  " +
            paint(Colour::Dim, std::string(is(load, "certain", true) ? "loads " : "may load ") +
                                   text_field(load, "loader") + at_place(field(load, "at"))) +
            "\n";
  return text;
}

/// "`fetchUser(id)` at 3:14: lifted by src/pages/index.astro", and below it why not.
static std::string awaits_text(const Json &awaits, const std::string &indent, Painter paint) {
  std::string text;
  if (!awaits.is_array())
    return text;
  for (const Json &await : awaits) {
    std::string verdict = text_field(await, "verdict");
    text += indent + "await " + text_field(await, "awaited") + at_place(field(await, "declared")) + ": " +
            paint(colour_of(verdict), verdict.empty() ? "no verdict" : verdict);
    if (std::string by = text_field(await, "liftedBy"); !by.empty())
      text += " by " + by;
    if (is(await, "startsEarly", true))
      text += ", starts before it is awaited";
    std::string after;
    for (const Json &other : field(await, "after"))
      after += (after.empty() ? ", after the await" : " and") + at_place(other);
    text += after + "\n";
    if (std::string reason = why(await); !reason.empty())
      text += indent + "  " + paint(Colour::Dim, reason) + "\n";
  }
  return text;
}

/// "renders at 12:3", or under what condition it may.
static std::string site_text(const Json &site) {
  std::string at = at_place(site);
  std::string certainty = text_field(site, "certainty");
  if (at.empty() && certainty.empty())
    return "";
  std::string text = certainty == "may" ? "may render" : certainty == "never" ? "never renders" : "renders";
  for (const Json &slot : field(site, "slots"))
    if (slot.is_string())
      at += ", fills its slot '" + slot.get<std::string>() + "'";
  std::string reason = why(site);
  std::string conditions;
  for (const Json &condition : field(site, "conditions"))
    if (condition.is_string())
      conditions += (conditions.empty() ? "" : ", ") + condition.get<std::string>();
  if (!conditions.empty()) // they say more
    return text + at + ": " + conditions;
  return text + at + (reason.empty() ? "" : ": " + reason);
}

/// \p branch is drawn before the component's own line, \p trunk before all that belongs to it.
static void draw(std::string &text, const Json &node, const std::string &branch, const std::string &trunk,
                 Painter paint) {
  std::string component = text_field(node, "component");
  text += branch + paint(Colour::Bold, component.empty() ? "(unnamed component)" : component);
  if (std::string site = site_text(field(node, "site")); !site.empty())
    text += "  " + paint(Colour::Dim, site);
  if (is(node, "seen", true))
    text += paint(Colour::Dim, ", with children as above");
  if (is(node, "known", false))
    text += paint(Colour::Dim, ", is not known");
  text += "\n";

  const Json &children = field(node, "children");
  size_t count = children.is_array() ? children.size() : 0;
  text += loader_text(field(node, "loader"), trunk + (count ? "│  " : "   "), paint);
  text += awaits_text(field(node, "awaits"), trunk + (count ? "│  " : "   "), paint);
  for (size_t at = 0; at < count; ++at) {
    bool last = at + 1 == count;
    draw(text, children[at], trunk + (last ? "└─ " : "├─ "), trunk + (last ? "   " : "│  "), paint);
  }
}

static size_t size_of(const Json &list) { return list.is_array() ? list.size() : 0; }

/// How many loads come one after the other, and which they are.
static std::string schedule_text(const Json &schedule, Painter paint) {
  const Json &path = field(schedule, "criticalPath");
  const Json &repeated = field(schedule, "repeated");
  const Json &plain = field(schedule, "plainDepth");
  bool is_plain_sequence = plain.is_number_unsigned() && plain.get<size_t>() > 1;
  if (path.empty() || (path.size() == 1 && !is_plain_sequence && size_of(repeated) == 0))
    return ""; // nothing waits for anything
  std::string text = "loads in sequence: " + std::to_string(path.size()) + (size_of(repeated) ? " or more" : "");
  if (plain.is_number_unsigned())
    text += " (plain rendering: " + std::to_string(plain.get<size_t>()) +
            (is(schedule, "plainIsRepeated", true) ? " or more)" : ")");
  text += "\n";
  auto place = [](const Json &load) { // as terminals and editors know it
    std::string text_at = text_field(load, "file");
    for (const char *name : {"line", "column"})
      if (const Json &number = field(load, name); number.is_number_unsigned())
        text_at += ":" + std::to_string(number.get<size_t>());
    std::string name = text_field(load, "name"); // of a function that is no component's loader
    return text_at + (name.empty() ? "" : ", " + name);
  };
  if (path.size() > 1)
    for (const Json &load : path)
      text += "  " + paint(Colour::Dim, place(load)) + "\n";
  for (const Json &load : repeated)
    text += "  " + paint(Colour::Dim, "again at each level of " + text_field(load, "file")) + "\n";
  return text;
}

/// What is shared, and below it who does what with it.
static std::string conflicts_text(const Json &conflicts, Painter paint) {
  std::string text;
  for (const Json &conflict : conflicts) {
    const Json &uses = field(conflict, "uses");
    text += "conflict: " + paint(Colour::Bold, text_field(conflict, "resource")) + "\n";
    size_t width = 0;
    for (const Json &use : uses)
      width = std::max(width, text_field(use, "component").size());
    for (const Json &use : uses) {
      std::string component = text_field(use, "component");
      std::string by = text_field(use, "by");
      text += "  " + component + std::string(width - component.size() + 2, ' ') + by + "  " + text_field(use, "does") +
              " it" + paint(Colour::Dim, at_place(field(use, "at"))) +
              (is(use, "keepsPlace", true) ? ": keeps its place" : "") + "\n";
    }
  }
  return text;
}

/// How many loaders run together, and how many in the order of the render.
static std::string order_text(const Json &conflicts) {
  std::set<std::string> kept;
  for (const Json &conflict : conflicts)
    for (const Json &use : field(conflict, "uses"))
      if (is(use, "keepsPlace", true))
        kept.insert(text_field(use, "component"));
  if (kept.empty())
    return "";
  return "conflicts: " + std::to_string(conflicts.size()) + "; " + std::to_string(kept.size()) +
         (kept.size() == 1 ? " loader keeps its" : " loaders keep their") + " place in the order of the render\n";
}

std::string explanation_text(const Json &explanation, bool with_conflicts, Painter paint) {
  const Json &tree = field(explanation, "tree");
  if (!tree.is_object())
    return paint(Colour::Bold, text_field(explanation, "file")) + "\n   no component tree\n";
  std::string text;
  draw(text, tree, "", "", paint);
  const Json &starts = field(explanation, "startsAt");
  for (size_t i = 0; starts.is_array() && i < starts.size(); ++i) {
    std::string reason = why(starts[i]);
    std::string inputs;
    for (const Json &input : field(starts[i], "inputs"))
      if (input.is_string())
        inputs += (inputs.empty() ? ", with " : ", ") + input.get<std::string>();
    text += (i == 0 ? "lifted loaders start" : "more start") + at_place(starts[i]) + inputs +
            (reason.empty() ? "" : ": " + reason) + "\n";
  }
  const Json &conflicts = field(explanation, "conflicts");
  text += schedule_text(field(explanation, "schedule"), paint) + order_text(conflicts);
  return with_conflicts ? text + conflicts_text(conflicts, paint) : text;
}

} // namespace foreload::cli
