#include "cli/check_text.h"
#include "cli/diagnostic_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace foreload::cli {

using Json = nlohmann::ordered_json;

namespace {

constexpr size_t list_limit = 3; ///< of things that are alike; the JSON has all of them

size_t number(const Json &json, const char *name) { return json.at(name).get<size_t>(); }
std::string word(const Json &json, const char *name) { return json.at(name).get<std::string>(); }

/// "src/a.astro:3".
std::string line_text(const Json &place) { return word(place, "file") + ":" + std::to_string(number(place, "line")); }

/// "`post` from 2", "`post` from src/a.astro:3", "the result of 2".
std::string needed_text(const Json &need) {
  std::string from = need.at("turn").is_null() ? line_text(need.at("await")) : std::to_string(number(need, "turn"));
  return need.at("name").is_null() ? "the result of " + from : "`" + word(need, "name") + "` from " + from;
}

std::string need_text(const Json &need, const std::string &file) {
  std::string why = word(need, "why"), needed = needed_text(need);
  if (why == "data")
    return "needs " + needed;
  if (why == "repetition")
    return "once for each of " + needed;
  bool is_here = word(need.at("at"), "file") == file;
  std::string at =
      is_here ? "in line " + std::to_string(number(need.at("at"), "line")) : "at " + line_text(need.at("at"));
  if (why == "effect")
    return "stands behind the effect " + at + " of " + needed;
  return (why == "guard" ? "the guard " : "the condition ") + at + " needs " + needed;
}

/// Code that leaves room for the reason beside it.
std::string brief(std::string code) {
  constexpr size_t limit = 44;
  while (shown_columns(code) > limit) {
    llvm::StringRef rest = code;
    rest.consume_back("…");
    size_t end = rest.size() - 1;
    while (end > 0 && (static_cast<unsigned char>(rest[end]) & 0xc0) == 0x80)
      --end;
    code = rest.take_front(end).rtrim().str() + "…";
  }
  return code;
}

/// As many columns as a terminal has for it.
std::string padded(const std::string &text, size_t width) {
  size_t columns = shown_columns(text);
  return text + std::string(width > columns ? width - columns : 0, ' ');
}

struct Line {
  std::string place;
  std::string code;
  std::string reason;
};

std::string draw_bar(size_t turn, size_t earliest, size_t turns, Painter paint) {
  // Two columns a turn are easier to see, one is enough for the deepest.
  size_t scale = turns <= 12 ? 2 : 1;
  auto repeat = [&](const char *piece, size_t count) {
    std::string text;
    for (size_t i = 0; i < count * scale; ++i)
      text += piece;
    return text;
  };
  size_t idle = turn - std::min(earliest, turn);
  return repeat(" ", turn - idle - 1) + paint(Colour::Yellow, repeat("┄", idle)) +
         paint(idle ? Colour::Red : Colour::Green, repeat("━", 1)) + repeat(" ", turns - turn);
}

std::string draw_chain(const Json &page, Painter paint) {
  std::vector<Line> lines;
  size_t places = 0, codes = 0;
  for (const Json &step : page.at("chain")) {
    Line line{place_text(step), brief(printable(word(step, "text"))), step_reason(step)};
    if (step.at("repeated").get<bool>())
      line.code += " × n";
    places = std::max(places, shown_columns(line.place));
    codes = std::max(codes, shown_columns(line.code));
    lines.push_back(std::move(line));
  }
  std::string text;
  size_t digits = std::to_string(lines.size()).size();
  for (size_t i = 0; i < lines.size(); ++i) {
    const Json &step = page.at("chain")[i];
    size_t earliest = number(step, "earliest");
    std::string turn = std::to_string(i + 1);
    text += "  " + std::string(digits - turn.size(), ' ') + turn + " " +
            draw_bar(i + 1, earliest, lines.size(), paint) + "  " + paint(Colour::Blue, lines[i].place) +
            padded("", places - shown_columns(lines[i].place)) + "  ";
    if (lines[i].reason.empty())
      text += lines[i].code + "\n";
    else
      text += padded(lines[i].code, codes) + "  " +
              paint(earliest <= i ? Colour::Yellow : Colour::Dim, lines[i].reason) + "\n";
  }
  return text;
}

bool is_waterfall(const Json &page) { return number(page.at("depth"), "now") > number(page.at("depth"), "possible"); }

/// "a, b, c and 4 more".
std::string short_list(const std::vector<std::string> &items) {
  std::string text;
  for (size_t i = 0; i < std::min(items.size(), list_limit); ++i)
    text += (i ? ", " : "") + items[i];
  if (items.size() > list_limit)
    text += " and " + std::to_string(items.size() - list_limit) + " more";
  return text;
}

std::string file_text(const Json &page) {
  std::string file = word(page, "file"), kind = word(page, "kind");
  return kind == "island" ? file + " (server island)" : file;
}

std::string draw_page(const Json &pages, const std::vector<size_t> &group, const Json &max_depth, Painter paint) {
  const Json &page = pages[group[0]];
  std::string text = paint(Colour::Bold, file_text(page)) + "  ";
  text += paint(is_waterfall(page) ? Colour::Yellow : Colour::Dim, depth_text(page));
  if (page.at("overBudget").get<bool>())
    text += paint(Colour::Red, "; the budget is " + max_depth.dump());
  text += "\n";
  std::vector<std::string> others;
  for (size_t i = 1; i < group.size(); ++i)
    others.push_back(file_text(pages[group[i]]));
  if (!others.empty())
    text += paint(Colour::Dim, "  likewise " + short_list(others)) + "\n";
  // There is nothing to do about a chain that is as short as it can be.
  return is_waterfall(page) || page.at("overBudget").get<bool>() ? text + draw_chain(page, paint) + "\n" : text;
}

std::string draw_loops(const Json &loops, Painter paint) {
  if (loops.empty())
    return "";
  std::string text = paint(Colour::Bold, counted(loops.size(), "await") + " in a loop") +
                     ", one turn after the other, though none needs what the one before gave\n";
  size_t width = 0;
  for (const Json &loop : loops)
    width = std::max(width, shown_columns(place_text(loop)));
  for (const Json &loop : loops)
    text += "  " + paint(Colour::Blue, place_text(loop)) + padded("", width - shown_columns(place_text(loop))) + "  " +
            printable(word(loop, "text")) + "\n";
  return text + "\n";
}

std::string draw_summary(const Json &check, Painter paint) {
  const Json &summary = check.at("summary");
  size_t pages = number(summary, "pages"), waterfalls = number(summary, "waterfalls"),
         over = number(summary, "overBudget");
  bool is_of_pages = check.at("pages").empty() || word(check.at("pages")[0], "kind") != "component";
  std::string text = counted(pages, is_of_pages ? "page" : "component") + ": ";
  text += waterfalls ? paint(Colour::Yellow, counted(waterfalls, "waterfall")) : paint(Colour::Green, "no waterfall");
  size_t deepest = number(summary, "deepest");
  text += deepest == 0 ? ", nothing to wait for" : ", at most " + counted(deepest, "await") + " in a row";
  if (!check.at("maxDepth").is_null())
    text +=
        over ? ", " + paint(Colour::Red, counted(over, "page") + " over the budget of " + check.at("maxDepth").dump())
             : ", within the budget of " + check.at("maxDepth").dump();
  text += "\n";
  if (waterfalls)
    text +=
        "Awaits that could start together can stand in one Promise.all, or in loaders that foreload starts for you.\n";

  static const std::map<std::string, std::pair<std::string, std::string>> kinds = {
      {"module", {"load of a module", "loads of modules"}},
      {"content", {"read of the build's own content", "reads of the build's own content"}},
      {"body", {"read of a response's body", "reads of responses' bodies"}},
      {"slot", {"slot that is rendered", "slots that are rendered"}},
      {"settled", {"value that is no promise", "values that are no promises"}},
      {"failure", {"await in a catch", "awaits in catches"}}};
  std::string not_counted;
  for (const auto &[kind, count] : check.at("notCounted").items())
    if (size_t many = count.get<size_t>())
      not_counted += (not_counted.empty() ? "" : ", ") + std::to_string(many) + " " +
                     (many == 1 ? kinds.at(kind).first : kinds.at(kind).second);
  if (!not_counted.empty())
    text += paint(Colour::Dim, "Not counted: " + not_counted + ".") + "\n";

  std::vector<std::string> unknown;
  for (const Json &site : check.at("unknown"))
    unknown.push_back("<" + word(site, "tag") + "> (" + line_text(site) + ", " + word(site, "reason") + ")");
  if (!unknown.empty())
    text += paint(Colour::Dim, "Not followed: " + short_list(unknown) + ".") + "\n";
  return text;
}

} // namespace

std::string place_text(const Json &step) {
  const Json &start = step.at("range").at("start");
  return word(step, "file") + ":" + std::to_string(number(start, "line")) + ":" +
         std::to_string(number(start, "column"));
}

std::string depth_text(const Json &page) {
  const Json &depth = page.at("depth");
  size_t now = number(depth, "now"), possible = number(depth, "possible"), data = number(depth, "data");
  std::string text = counted(now, "await") + " in a row";
  if (now <= 1)
    return counted(now, "await");
  if (now == possible)
    return text + ", as many as it takes";
  text += ", " + std::to_string(possible) + " would do";
  if (data < possible)
    text += " (" + std::to_string(data) + " without its conditions)";
  return text;
}

std::string step_reason(const Json &step) {
  size_t turn = number(step, "turn"), earliest = number(step, "earliest");
  std::string reason;
  auto add = [&](const std::string &part) { reason += (reason.empty() ? "" : "; ") + part; };
  if (earliest < turn)
    add(step.at("startsWith").is_null() ? "could start earlier" : "could start with " + step.at("startsWith").dump());
  if (!step.at("needs").empty() && earliest > 1)
    add(need_text(step.at("needs")[0], word(step, "file")));
  if (step.at("chained").get<bool>())
    add("each turn needs the one before");
  return reason;
}

std::vector<std::vector<size_t>> pages_by_chain(const Json &pages) {
  std::vector<std::vector<size_t>> groups;
  std::map<std::string, size_t> known;
  for (size_t i = 0; i < pages.size(); ++i) {
    std::string key = pages[i].at("depth").dump() + pages[i].at("chain").dump();
    auto [group, is_new] = known.try_emplace(std::move(key), groups.size());
    if (is_new)
      groups.emplace_back();
    groups[group->second].push_back(i);
  }
  return groups;
}

std::string check_text(const Json &check, Painter paint) {
  const Json &pages = check.at("pages");
  std::vector<std::vector<size_t>> shown;
  for (std::vector<size_t> &group : pages_by_chain(pages)) {
    const Json &page = pages[group[0]];
    if (is_waterfall(page) || number(page.at("depth"), "now") > 1 || page.at("overBudget").get<bool>())
      shown.push_back(std::move(group));
  }
  auto depth = [&](const std::vector<size_t> &group) {
    const Json &page = pages[group[0]];
    return std::tuple(!is_waterfall(page), -static_cast<int64_t>(number(page.at("depth"), "now")));
  };
  std::stable_sort(shown.begin(), shown.end(), [&](const auto &a, const auto &b) { return depth(a) < depth(b); });
  std::string text;
  for (const std::vector<size_t> &group : shown)
    text += draw_page(pages, group, check.at("maxDepth"), paint);
  if (!shown.empty() && !std::string_view(text).ends_with("\n\n"))
    text += "\n";
  return text + draw_loops(check.at("loops"), paint) + draw_summary(check, paint);
}

} // namespace foreload::cli
