#include "host/report.h"

#include "engine/file_finder.h"
#include "host/host_state.h"
#include "host/load_names.h"
#include "host/report_html.h"
#include "host/trace.h"
#include "plan/loader_key.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace foreload {

namespace {

using Json = nlohmann::ordered_json;

const Json &field(const Json &object, const char *name) {
  static const Json missing;
  if (!object.is_object())
    return missing;
  auto found = object.find(name);
  return found == object.end() ? missing : *found;
}

std::string text_field(const Json &object, const char *name) {
  const Json &value = field(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// \p at as `explain` writes it: without a file, it is in \p file.
ReportPlace place_of(const Json &at, const std::string &file) {
  if (!at.is_object())
    return {};
  std::string other = text_field(at, "file");
  return {other.empty() ? file : other, at.value("line", 0u), at.value("column", 0u)};
}

/// When the loads of one key happen in a schedule.
struct Planned {
  ReportSpan span; ///< of the last of them
  size_t count = 0;
  bool is_critical = false;
  bool differs = false;  ///< they start at different times
  std::string waits_for; ///< the key of the load that the last of them waits for
};

std::map<std::string, Planned> planned_by_key(const ModuleGraph &graph, const Schedule &schedule,
                                              const std::string &root) {
  std::map<std::string, Planned> planned;
  for (size_t i = 0; i < schedule.loads.size(); ++i) {
    const ScheduledLoad &load = schedule.loads[i];
    Planned &known = planned[key_of(graph, load, root)];
    known.differs |= known.count != 0 && load.start != known.span.start;
    if (known.count++ == 0 || load.start >= known.span.start) {
      known.span = {load.start, load.end};
      known.waits_for = load.waits_for == no_index ? "" : key_of(graph, schedule.loads[load.waits_for], root);
    }
  }
  for (uint32_t number : schedule.critical_path)
    planned[key_of(graph, schedule.loads[number], root)].is_critical = true;
  return planned;
}

double end_of(const TracedLoad &load, const Trace &trace) { return load.settled.value_or(trace.duration); }

double last_end(const Trace &trace) {
  double last = 0;
  for (const TracedLoad &load : trace.loads)
    if (load.started)
      last = std::max(last, end_of(load, trace));
  return last;
}

/// Puts one page together.
class PageReporter {
public:
  PageReporter(Host &host, ModuleStore &modules, const PlanOptions &options)
      : host_(host), modules_(modules), options_(options) {}

  /// \p path empty: the page is not known. \p trace null: nothing was measured.
  ReportPage report(llvm::StringRef path, const Trace *trace) {
    trace_ = trace;
    if (trace)
      index_runs();
    if (!path.empty())
      read_plan(path);
    if (trace)
      add_measured();
    else
      add_planned();
    return std::move(page_);
  }

private:
  // --- What is known without measuring

  void read_plan(llvm::StringRef path) {
    ExplainResult explained = host_.explain(path);
    page_.diagnostics = std::move(explained.diagnostics);
    Json tree = Json::parse(explained.json, nullptr, false);
    page_.file = text_field(tree, "file");
    if (const Json &root = field(tree, "tree"); root.is_object())
      read_node(root, 0);
    std::string error;
    std::shared_ptr<const ModuleFacts> facts = modules_.facts(path, error);
    if (!facts || !facts->usable || facts->kind != ModuleKind::Astro)
      return;
    page_.source_bytes = facts->source->text().size();
    TransformResult transformed = host_.transform(path, facts->source->text());
    page_.added_bytes = transformed.code.code.size() + transformed.companion.code.size();
    page_.added_bytes -= std::min(page_.added_bytes, page_.source_bytes);
    graph_ = link_modules(facts, modules_);
    read_loads();
    LiftPlan plan = plan_lift_point(graph_, 0, options_, true);
    if (std::optional<Schedule> schedule = schedule_loads(graph_, plan, options_))
      with_ = planned_by_key(graph_, *schedule, options_.root);
    auto cost = [this](const ScheduledLoad &load) {
      return trace_ ? measured_cost(key_of(graph_, load, options_.root)) : 1.0;
    };
    if (std::optional<Schedule> schedule = schedule_plain_loads(graph_, plan, cost)) {
      plain_ = planned_by_key(graph_, *schedule, options_.root);
      page_.has_plain = schedule->repeated.empty();
      for (const ScheduledLoad &load : schedule->loads)
        page_.plain = std::max(page_.plain, load.end);
    }
  }

  /// Which loaders the plan knows to load which.
  void read_loads() {
    const LoaderGraph &loaders = graph_.loaders;
    std::vector<std::string> keys;
    for (uint32_t node = 0; node < loaders.nodes.size(); ++node)
      keys.push_back(key_of(graph_, {.loader = node}, options_.root));
    for (const LinkedModule &module : graph_.modules)
      if (module.loader_node != no_index)
        keys[module.loader_node] = loader_key(module.path, options_.root);
    for (uint32_t node = 0; node < loaders.nodes.size(); ++node)
      for (const LoaderEdge &edge : loaders.edges[node])
        loads_.emplace(key_at_runtime(keys[node]), key_at_runtime(keys[edge.target]));
  }

  /// Nodes in the order of the tree, which is the order of the rows.
  void read_node(const Json &node, unsigned depth) {
    std::string component = text_field(node, "component");
    const Json &loader = field(node, "loader");
    ReportNode shown{component, depth, node_text(node)};
    if (loader.is_object()) {
      ReportLoad load = static_load(loader, component, depth);
      load.name = llvm::sys::path::stem(component).str();
      add_row(text_field(loader, "key"), std::move(load));
    }
    const Json &awaits = field(node, "awaits");
    for (size_t i = 0; i < awaits.size(); ++i) {
      ReportLoad load = static_load(awaits[i], component, depth);
      load.name = llvm::StringRef(text_field(awaits[i], "awaited")).trim('`').str();
      std::string path = llvm::sys::path::is_absolute(component) ? component : options_.root + "/" + component;
      add_row(loader_key(path, options_.root) + "#" + std::to_string(i + 1), std::move(load));
    }
    page_.tree.push_back(std::move(shown));
    for (const Json &child : field(node, "children"))
      read_node(child, depth + 1);
  }

  static std::string node_text(const Json &node) {
    const Json &site = field(node, "site");
    const Json &loader = field(node, "loader");
    std::string text;
    auto add = [&text](const std::string &more) { text += (text.empty() || more.empty() ? "" : ", ") + more; };
    if (text_field(site, "certainty") == "may")
      add("may render");
    if (text_field(site, "certainty") == "never")
      add("never renders");
    for (const Json &condition : field(site, "conditions"))
      if (condition.is_string())
        add(condition.get<std::string>());
    if (std::string verdict = text_field(loader, "verdict"); !verdict.empty())
      add("loader " + (verdict == "own" ? "starts with the component" : verdict));
    add(text_field(loader, "strategy") == "defer" ? "" : text_field(loader, "strategy"));
    return text;
  }

  static ReportLoad static_load(const Json &loader, const std::string &component, unsigned depth) {
    ReportLoad load;
    load.declared = place_of(field(loader, "declared"), component);
    load.depth = depth;
    load.verdict = text_field(loader, "verdict");
    load.strategy = text_field(loader, "strategy");
    if (load.verdict != "lifted") { // of a reference, the reason is why it is not copied
      load.reason = text_field(loader, "reason");
      load.code = text_field(loader, "code");
      load.at = place_of(field(loader, "at"), component);
    }
    load.starts_late = load.verdict == "deferred";
    return load;
  }

  void add_row(const std::string &key, ReportLoad load) {
    load.key = key;
    if (rows_.emplace(key, static_rows_.size()).second)
      static_rows_.push_back(std::move(load));
  }

  void add_planned() {
    for (auto &[key, planned] : with_) {
      ReportLoad load = row_of(key);
      load.with = planned.span;
      load.is_critical = planned.is_critical;
      page_.with = std::max(page_.with, planned.span.end);
      add_plain(load);
      page_.loads.push_back(std::move(load));
    }
    order_rows();
  }

  /// What the plan says of the loader \p key.
  ReportLoad row_of(const std::string &key) const {
    if (auto known = rows_.find(key); known != rows_.end())
      return static_rows_[known->second];
    ReportLoad load;
    load.key = key;
    llvm::StringRef file = key;
    if (!file.consume_front("file:///")) {
      load.name = key;
    } else if (auto [path, name] = file.split('#'); !name.empty()) { // a function of a script
      load.name = name.str();
      load.declared.file = path.str();
    } else {
      load.name = llvm::sys::path::stem(path).str();
    }
    return load;
  }

  // --- What was measured

  /// The runs of a function that is no component's have its name only.
  std::string key_at_runtime(const std::string &key) const {
    size_t hash = key.rfind('#');
    return hash == std::string::npos || measured_.count(key) ? key : key.substr(hash + 1);
  }

  /// How long the runs of a loader took besides waiting for other loads: the longest of them.
  double measured_cost(const std::string &key) const {
    double longest = 0;
    auto runs = measured_.find(key_at_runtime(key));
    if (runs == measured_.end())
      return 0; // its component was not rendered
    for (const TracedLoad *load : runs->second)
      longest = std::max(longest, cost_of(*load));
    return longest;
  }

  /// The time of a run in which none of the loads was under way that the plan knows it to wait for.
  double cost_of(const TracedLoad &load) const {
    double end = end_of(load, *trace_);
    double at = load.started.value_or(end);
    std::vector<ReportSpan> waits;
    for (int64_t id : load.depends_on)
      if (const TracedLoad *other = load_at(id);
          other && other->started && other->settled && loads_.count({load.key, other->key}))
        waits.push_back({*other->started, *other->settled});
    std::sort(waits.begin(), waits.end(),
              [](const ReportSpan &one, const ReportSpan &other) { return one.start < other.start; });
    double cost = 0;
    for (const ReportSpan &wait : waits) {
      cost += std::max(0.0, std::min(wait.start, end) - at);
      at = std::max(at, std::min(wait.end, end));
    }
    return cost + end - at;
  }

  const TracedLoad *load_at(int64_t id) const {
    auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }

  void index_runs() {
    for (const TracedLoad &load : trace_->loads) {
      by_id_.emplace(load.id, &load);
      if (load.started)
        measured_[load.key].push_back(&load);
    }
  }

  void add_measured() {
    page_.url = trace_->url;
    page_.method = trace_->method;
    page_.with = last_end(*trace_);
    double begin = page_.with; // what comes before the first loader does so with and without lifting
    for (const TracedLoad &load : trace_->loads)
      begin = std::min(begin, load.started.value_or(begin));
    std::set<const TracedLoad *> critical = critical_path();
    std::map<std::string, std::string> keys; // at run time → in the plan
    for (const auto &planned : plain_)
      keys.emplace(key_at_runtime(planned.first), planned.first);
    for (const TracedLoad &traced : trace_->loads) {
      if (!traced.started)
        continue;
      auto key = keys.find(traced.key);
      ReportLoad load = row_of(key == keys.end() ? traced.key : key->second);
      load.props = traced.props;
      load.with = {*traced.started, end_of(traced, *trace_)};
      load.is_critical = critical.count(&traced) != 0;
      load.starts_late &= traced.lifter.empty();
      load.wait = traced.wait;
      load.queued = traced.queued;
      load.retries = traced.retries;
      load.deduped = traced.deduped;
      load.is_speculative = traced.is_speculative;
      load.is_wasted = traced.is_wasted;
      load.status = traced.status;
      load.error = traced.error;
      add_plain(load);
      if (load.has_plain) {
        double shorter = measured_cost(load.key) - cost_of(traced);
        load.plain = {begin + load.plain.start, begin + load.plain.end - shorter};
        load.is_plain_critical &= shorter <= 0;
      }
      page_.has_plain &= load.has_plain;
      page_.loads.push_back(std::move(load));
    }
    page_.plain += begin;
    page_.plain_is_bound = is_bound();
    order_rows();
  }

  /// Whether a component may have waited for another run than the slowest of its parents'.
  bool is_bound() const {
    auto runs = [&](const std::string &key) {
      auto found = measured_.find(key_at_runtime(key));
      return found == measured_.end() ? size_t{0} : found->second.size();
    };
    return std::any_of(plain_.begin(), plain_.end(), [&](const auto &entry) {
      const auto &[key, planned] = entry;
      return runs(key) != 0 && ((planned.differs && runs(key) > 1) || runs(planned.waits_for) > 1);
    });
  }

  /// The load that had its data last, the one that it waited for, and so on.
  std::set<const TracedLoad *> critical_path() const {
    std::set<const TracedLoad *> path;
    const TracedLoad *load = nullptr;
    for (const TracedLoad &other : trace_->loads)
      if (other.started && !other.is_wasted && (!load || end_of(other, *trace_) > end_of(*load, *trace_)))
        load = &other;
    while (load && path.insert(load).second)
      load = awaited_by(*load);
    return path;
  }

  /// What \p load waited for: the last data that it, or the program that started it, asked for; if its own component
  /// started it, what that component's render waits for.
  const TracedLoad *awaited_by(const TracedLoad &load) const {
    const TracedLoad *last = nullptr;
    auto consider = [&](const TracedLoad *other, double until) {
      if (other && other->settled && *other->settled <= until && (!last || *other->settled > *last->settled))
        last = other;
    };
    for (int64_t id : load.depends_on)
      consider(load_at(id), end_of(load, *trace_));
    if (last || !load.lifter.empty())
      return last;
    auto planned = plain_.find(load.key);
    if (planned == plain_.end() || planned->second.waits_for.empty())
      return nullptr;
    auto runs = measured_.find(key_at_runtime(planned->second.waits_for));
    if (runs != measured_.end())
      for (const TracedLoad *other : runs->second)
        consider(other, *load.started);
    return last;
  }

  // --- Both

  void add_plain(ReportLoad &load) const {
    auto planned = plain_.find(load.key);
    load.has_plain = planned != plain_.end();
    if (load.has_plain) {
      load.plain = planned->second.span;
      load.is_plain_critical = planned->second.is_critical;
    } else {
      load.plain = load.with;
    }
  }

  void order_rows() {
    auto rank = [this](const ReportLoad &load) {
      auto known = rows_.find(load.key);
      return std::make_pair(known == rows_.end() ? rows_.size() : known->second, load.with.start);
    };
    std::stable_sort(page_.loads.begin(), page_.loads.end(),
                     [&](const ReportLoad &one, const ReportLoad &other) { return rank(one) < rank(other); });
  }

  Host &host_;
  ModuleStore &modules_;
  const PlanOptions options_;
  const Trace *trace_ = nullptr;
  ModuleGraph graph_;
  ReportPage page_;
  std::map<std::string, Planned> with_, plain_;
  std::vector<ReportLoad> static_rows_;
  std::map<std::string, size_t> rows_; ///< by key: into static_rows_
  std::map<std::string, std::vector<const TracedLoad *>> measured_;
  std::map<int64_t, const TracedLoad *> by_id_;
  std::set<std::pair<std::string, std::string>> loads_; ///< keys at run time: who loads whom
};

/// The file of the page that a trace is of; empty: it is none of the project's.
std::string page_of(const Trace &trace, llvm::StringRef root, llvm::vfs::FileSystem &files) {
  llvm::StringRef route = trace.route;
  if (route.contains("..") || !route.consume_front("/") || route.empty())
    return {};
  std::string path = (root + "/" + route).str();
  return is_page(path, root) && files.exists(path) ? path : std::string();
}

Diagnostic no_trace(llvm::StringRef file, std::string message) {
  Diagnostic diagnostic = file_error(file, 9004, std::move(message));
  diagnostic.severity = Severity::Warning;
  diagnostic.hint = "traces are what the option `trace` writes, one on each line";
  return diagnostic;
}

/// The requests of a log, by page and URL, in the order of the log.
class TraceLog {
public:
  TraceLog(llvm::StringRef text, llvm::StringRef file, std::vector<Diagnostic> &diagnostics) {
    for (unsigned number = 1; !text.empty(); ++number) {
      auto [line, rest] = text.split('\n');
      text = rest;
      if (line.trim().empty())
        continue;
      std::string error;
      if (std::optional<Trace> trace = read_trace(line, error))
        requests[{trace->route, trace->url}].push_back(std::move(*trace));
      else
        diagnostics.push_back(no_trace(file, "line " + std::to_string(number) + " " + error));
    }
  }

  std::map<std::pair<std::string, std::string>, std::vector<Trace>> requests;
};

/// The one whose data took neither particularly long nor short.
const Trace &median(std::vector<Trace> &traces) {
  auto middle = traces.begin() + static_cast<ptrdiff_t>((traces.size() - 1) / 2);
  std::nth_element(traces.begin(), middle, traces.end(),
                   [](const Trace &one, const Trace &other) { return last_end(one) < last_end(other); });
  return *middle;
}

} // namespace

size_t ReportPage::late_count() const {
  return static_cast<size_t>(
      std::count_if(loads.begin(), loads.end(), [](const ReportLoad &load) { return load.starts_late; }));
}

double chart_end(const ReportPage &page) {
  double end = std::max(page.with, page.plain);
  for (const ReportLoad &load : page.loads)
    end = std::max({end, load.with.end, load.has_plain ? load.plain.end : 0});
  return end > 0 ? end : 1;
}

double chart_step(const ReportPage &page) {
  double least = std::max(chart_end(page) / 6, page.is_measured() ? 1e-3 : 1);
  double power = std::pow(10, std::floor(std::log10(least)));
  for (double factor : {1.0, 2.0, 5.0})
    if (power * factor >= least)
      return power * factor;
  return power * 10;
}

unsigned least_depth(const ReportPage &page) {
  unsigned depth = page.loads.empty() ? 0 : page.loads.front().depth;
  for (const ReportLoad &load : page.loads)
    depth = std::min(depth, load.depth);
  return depth;
}

std::string duration_text(double time, bool is_measured) {
  if (!is_measured)
    return std::to_string(std::lround(time)) + (time == 1 ? " load" : " loads");
  if (time >= 999.5)
    return std::to_string(std::lround(time / 100) / 10) + "." + std::to_string(std::lround(time / 100) % 10) + " s";
  if (time >= 9.95 || time < 0.05)
    return std::to_string(std::lround(time)) + " ms";
  auto tenths = std::lround(time * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

double speedup(const ReportPage &page) { return page.has_plain && page.with > 0 ? page.plain / page.with : 0; }

Report Host::report(const ReportOptions &options) {
  Report report;
  report.project = llvm::sys::path::filename(state_->options.root).str();
  FileFinder finder(*state_->file_system, {}, report.diagnostics, [&](llvm::StringRef path) {
    return is_component_path(path) && is_page(path, state_->options.root) && !path.contains("/_");
  });
  std::vector<std::string> pages = finder.find(options.directory);
  std::map<std::string, std::vector<const Trace *>> measured; // by page; "" of none
  TraceLog log(options.traces, options.traces_file, report.diagnostics);
  std::map<const Trace *, size_t> counts;
  for (auto &[where, traces] : log.requests) {
    size_t count = traces.size();
    const Trace &trace = median(traces);
    measured[page_of(trace, state_->options.root, *state_->file_system)].push_back(&trace);
    counts[&trace] = count;
  }
  auto add = [&](const std::string &path, const Trace *trace) {
    ReportPage page = PageReporter(*this, state_->modules, state_->plan_options()).report(path, trace);
    page.requests = trace ? counts[trace] : 0;
    report.diagnostics.insert(report.diagnostics.end(), page.diagnostics.begin(), page.diagnostics.end());
    if (!page.loads.empty() || (trace && !path.empty()))
      report.pages.push_back(std::move(page));
  };
  for (const std::string &path : pages) {
    for (const Trace *trace : measured[path])
      add(path, trace);
    if (measured[path].empty())
      add(path, nullptr);
    measured.erase(path);
  }
  for (const auto &[path, traces] : measured) // Markdown's, or outside of the directory
    for (const Trace *trace : traces)
      add(path, trace);
  sort_diagnostics(report.diagnostics);
  return report;
}

WaterfallResult Host::waterfall(const WaterfallOptions &options) {
  WaterfallResult result;
  std::string error;
  std::optional<Trace> trace = read_trace(options.trace, error);
  if (!trace) {
    result.diagnostics.push_back(no_trace("", "the trace " + error));
    return result;
  }
  std::string path = page_of(*trace, state_->options.root, *state_->file_system);
  ReportPage page = PageReporter(*this, state_->modules, state_->plan_options()).report(path, &*trace);
  page.requests = 1;
  result.html = report_panel(page, {options.source_link, options.code_link, state_->options.root});
  result.diagnostics = std::move(page.diagnostics);
  return result;
}

} // namespace foreload
