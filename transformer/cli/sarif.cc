#include "cli/sarif.h"
#include "cli/check_text.h"
#include "plan/loader_key.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/xxhash.h>
#include <nlohmann/json.hpp>

namespace foreload::cli {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char *base_id = "%SRCROOT%";

struct Rule {
  uint16_t code;
  const char *name;
  const char *level;
  const char *summary;
  const char *help;
};
const Rule waterfall{
    3101, "Waterfall", "warning", "Awaits of a page run one after another without need.",
    "Start what does not need the other's result together: in one Promise.all, before the first await, or "
    "as loaders that foreload starts when the page begins."};
const Rule too_deep{3102, "TooManyAwaitsInARow", "error", "A page has more awaits in a row than --max-depth allows.",
                    "Start what can start together, or raise the limit."};
const Rule loop{3103, "AwaitInLoop", "note",
                "An await in a loop waits in each turn, though no turn needs the one before.",
                "Make a list of promises and await it with Promise.all."};
constexpr const Rule *rules[] = {&waterfall, &too_deep, &loop};

std::string id_of(const Rule &rule) { return "FL" + std::to_string(rule.code); }

/// A path as a URI reference: brackets, of which Astro's routes are full, may not stand in one.
std::string uri_of(llvm::StringRef path) {
  std::string uri;
  for (char c : url_path(path))
    uri += c == '[' ? "%5B" : c == ']' ? "%5D" : std::string(1, c);
  return uri;
}

class SarifWriter {
public:
  SarifWriter(const Json &check, llvm::StringRef root, llvm::StringRef base)
      : check_(check), root_(root), base_(base) {}

  Json log() {
    Json results = Json::array();
    const Json &pages = check_.at("pages");
    for (const std::vector<size_t> &group : pages_by_chain(pages)) {
      const Json &page = pages[group[0]];
      if (page.at("depth").at("now").get<size_t>() > page.at("depth").at("possible").get<size_t>())
        results.push_back(chain_result(waterfall, group));
      if (page.at("overBudget").get<bool>())
        results.push_back(chain_result(too_deep, group));
    }
    for (const Json &place : check_.at("loops"))
      results.push_back(loop_result(place));

    Json run;
    run["tool"]["driver"] = driver();
    run["originalUriBaseIds"][base_id] = {{"uri", "file://" + uri_of(base_.str() + (base_ == "/" ? "" : "/"))}};
    run["columnKind"] = "utf16CodeUnits";
    run["results"] = std::move(results);
    return {{"$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"},
            {"version", "2.1.0"},
            {"runs", Json::array({std::move(run)})}};
  }

private:
  Json driver() const {
    auto [name, version] = llvm::StringRef(check_.at("generator").get_ref<const std::string &>()).split(' ');
    Json list = Json::array();
    for (const Rule *rule : rules)
      list.push_back({{"id", id_of(*rule)},
                      {"name", rule->name},
                      {"shortDescription", {{"text", rule->summary}}},
                      {"help", {{"text", rule->help}}},
                      {"defaultConfiguration", {{"level", rule->level}}}});
    return {{"name", name.str()}, {"semanticVersion", version.str()}, {"rules", std::move(list)}};
  }

  /// \p place has a file and a range.
  Json location(const Json &place, const std::string &message = {}) const {
    const Json &start = place.at("range").at("start"), &end = place.at("range").at("end");
    std::string uri = relative_path(base_, (root_ + "/" + place.at("file").get<std::string>()).str());
    if (uri.substr(0, 2) == "./")
      uri.erase(0, 2);
    Json json;
    json["physicalLocation"] = {{"artifactLocation", {{"uri", uri_of(uri)}, {"uriBaseId", base_id}}},
                                {"region",
                                 {{"startLine", start.at("line")},
                                  {"startColumn", start.at("column")},
                                  {"endLine", end.at("line")},
                                  {"endColumn", end.at("column")}}}};
    if (!message.empty())
      json["message"] = {{"text", message}};
    return json;
  }

  Json result(const Rule &rule, const std::string &message, const Json &place, const std::string &identity) const {
    Json json;
    json["ruleId"] = id_of(rule);
    json["ruleIndex"] = static_cast<size_t>(std::find(std::begin(rules), std::end(rules), &rule) - std::begin(rules));
    json["level"] = rule.level;
    json["message"] = {{"text", message}};
    json["locations"] = Json::array({location(place)});
    // Lines move; what is awaited in which files does not.
    json["partialFingerprints"] = {
        {"foreload/v1", llvm::utohexstr(llvm::xxHash64(id_of(rule) + "\n" + identity), /*LowerCase=*/true)}};
    return json;
  }

  Json chain_result(const Rule &rule, const std::vector<size_t> &group) const {
    const Json &page = check_.at("pages")[group[0]];
    const Json &chain = page.at("chain");
    std::string message = page.at("file").get<std::string>();
    if (group.size() > 1)
      message += " and " + std::to_string(group.size() - 1) + " more of the same chain";
    message += ": " + depth_text(page);
    if (page.at("overBudget").get<bool>() && &rule == &too_deep)
      message += "; the budget is " + check_.at("maxDepth").dump();

    std::string identity;
    Json related = Json::array(), flow = Json::array();
    const Json *to_move = nullptr; // what waits first for nothing is what one would change
    for (const Json &step : chain) {
      std::string text = step.at("text").get<std::string>(), reason = step_reason(step);
      identity += step.at("file").get<std::string>() + " " + text + "\n";
      std::string words = step.at("turn").dump() + ": " + text + (reason.empty() ? "" : ", " + reason);
      message += "\n" + words;
      Json at = location(step, words);
      flow.push_back({{"location", at}, {"executionOrder", step.at("turn")}});
      at["id"] = step.at("turn");
      related.push_back(std::move(at));
      if (!to_move && step.at("earliest").get<size_t>() < step.at("turn").get<size_t>())
        to_move = &step;
    }
    Json json = result(rule, message, to_move ? *to_move : chain.back(), identity);
    json["relatedLocations"] = std::move(related);
    json["codeFlows"] = Json::array({{{"threadFlows", Json::array({{{"locations", std::move(flow)}}})}}});
    return json;
  }

  Json loop_result(const Json &place) const {
    std::string text = place.at("text").get<std::string>();
    return result(loop, "`" + text + "` waits in each turn of its loop, though no turn needs the one before", place,
                  place.at("file").get<std::string>() + " " + text);
  }

  const Json &check_;
  llvm::StringRef root_;
  llvm::StringRef base_;
};

} // namespace

std::string sarif_text(const Json &check, llvm::StringRef root, llvm::StringRef base) {
  return SarifWriter(check, root, base).log().dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace foreload::cli
