#include "compose/compose_config.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/GlobPattern.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

namespace foreload {

using Json = nlohmann::json;

namespace {

class ConfigReader {
public:
  ConfigReader(const SourceFile &file, llvm::StringRef folder, ComposeConfig &config,
               std::vector<Diagnostic> &diagnostics)
      : file_(file), folder_(folder), config_(config), diagnostics_(diagnostics) {}

  bool read() {
    llvm::StringRef text = file_.text();
    Json json;
    try { // the one way by which the library tells where a mistake is
      json = Json::parse(text.begin(), text.end());
    } catch (const Json::parse_error &error) {
      auto at = std::min(static_cast<uint32_t>(error.byte ? error.byte - 1 : 0), file_.size());
      report({at, std::min(at + 1, file_.size())}, "the configuration is not JSON");
      return false;
    }
    config_.options.base = folder_.str();
    std::vector<LoadSession::Wanted> includes, components;
    read_object(json, "", {
        {"base", [&](const Json &value) { read_path(value, "base", config_.options.base); }},
        {"includes", [&](const Json &value) { read_components(value, "includes", includes); }},
        {"components", [&](const Json &value) { read_components(value, "components", components); }},
        {"context_vars", [&](const Json &value) { read_context(value); }},
        {"code_fences", [&](const Json &value) { read_code_fences(value); }},
        {"workers", [&](const Json &value) { read_number(value, "workers", config_.options.workers); }},
        {"cache", [&](const Json &value) { read_cache(value); }},
        {"limits", [&](const Json &value) { read_limits(value); }},
        {"retries", [&](const Json &value) { read_retries(value); }},
        {"prediction", [&](const Json &value) { read_prediction(value); }},
        {"hot", [&](const Json &value) { read_strings(value, "hot", config_.hot); }},
    });
    config_.request.components = std::move(includes);
    config_.request.components.insert(config_.request.components.end(), components.begin(), components.end());
    return is_right_;
  }

private:
  using Key = std::pair<llvm::StringRef, std::function<void(const Json &)>>;

  void report(Span span, std::string message) {
    is_right_ = false;
    diagnostics_.push_back(diagnose(file_, span, 7001, Severity::Error, std::move(message)));
  }

  /// Where the text has \p name in quotes first. The library does not say where it found a value.
  Span place_of(llvm::StringRef name) const {
    std::string quoted = Json(name.str()).dump(-1, ' ', false, Json::error_handler_t::replace);
    size_t at = file_.text().find(quoted);
    if (at == llvm::StringRef::npos)
      return {};
    return {static_cast<uint32_t>(at), static_cast<uint32_t>(at + quoted.size())};
  }

  void wrong(llvm::StringRef name, llvm::StringRef expected) {
    report(place_of(name), "'" + name.str() + "' is not " + expected.str());
  }

  void read_object(const Json &value, llvm::StringRef name, const std::vector<Key> &keys) {
    if (!value.is_object())
      return name.empty() ? report({}, "the configuration is not an object") : wrong(name, "an object");
    for (const auto &[key, inner] : value.items()) {
      auto known = std::find_if(keys.begin(), keys.end(), [&key = key](const Key &each) { return each.first == key; });
      if (known != keys.end()) {
        known->second(inner);
        continue;
      }
      std::string names;
      for (const Key &each : keys)
        names += (names.empty() ? "" : ", ") + each.first.str();
      report(place_of(key), "unknown key '" + key + "': the keys are " + names);
    }
  }

  template <typename Number> void read_number(const Json &value, llvm::StringRef name, Number &number) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > std::numeric_limits<Number>::max())
      return wrong(name, "a number from 0 on");
    number = value.get<Number>();
  }

  void read_milliseconds(const Json &value, llvm::StringRef name, std::chrono::milliseconds &duration) {
    unsigned count = 0;
    read_number(value, name, count);
    duration = std::chrono::milliseconds(count);
  }

  void read_path(const Json &value, llvm::StringRef name, std::string &path) {
    if (!value.is_string() || value.get_ref<const std::string &>().empty())
      return wrong(name, "a path");
    llvm::SmallString<128> absolute = folder_;
    llvm::sys::path::append(absolute, value.get<std::string>());
    if (llvm::sys::path::is_absolute(value.get<std::string>()))
      absolute = value.get<std::string>();
    llvm::sys::path::remove_dots(absolute, /*remove_dot_dot=*/true);
    path = absolute.str().str();
  }

  void read_strings(const Json &value, llvm::StringRef name, std::vector<std::string> &strings) {
    if (!value.is_array() || !std::all_of(value.begin(), value.end(), [](const Json &each) { return each.is_string(); }))
      return wrong(name, "a list of paths");
    strings = value.get<std::vector<std::string>>();
  }

  /// A path, or a path with a priority.
  void read_components(const Json &value, llvm::StringRef name, std::vector<LoadSession::Wanted> &components) {
    if (!value.is_array())
      return wrong(name, "a list of paths");
    for (const Json &each : value) {
      LoadSession::Wanted wanted{"", 0};
      if (each.is_string()) {
        wanted.path = each.get<std::string>();
      } else if (each.is_object()) {
        read_object(each, name, {
            {"path", [&](const Json &path) { if (path.is_string()) wanted.path = path.get<std::string>(); }},
            {"priority", [&](const Json &priority) {
               if (!priority.is_number_integer() || priority > 1000 || priority < -1000)
                 return wrong("priority", "a number from -1000 to 1000");
               wanted.priority = priority.get<int>();
             }},
        });
      }
      if (wanted.path.empty())
        return wrong(name, "a list of paths, or of objects with a path and a priority");
      components.push_back(std::move(wanted));
    }
  }

  void read_context(const Json &value) {
    if (!value.is_object())
      return wrong("context_vars", "an object");
    for (const auto &[name, inner] : value.items()) {
      if (inner.is_string())
        config_.request.context[name] = inner.get<std::string>();
      else if (inner.is_number() || inner.is_boolean())
        config_.request.context[name] = inner.dump();
      else
        wrong(name, "a text, a number, true or false");
    }
  }

  void read_code_fences(const Json &value) {
    if (value != "compose" && value != "leave")
      return wrong("code_fences", "\"compose\" or \"leave\"");
    config_.options.leave_code_fences = value == "leave";
  }

  void read_cache(const Json &value) {
    CacheLimits &cache = config_.options.cache;
    read_object(value, "cache", {
        {"entries", [&](const Json &inner) { read_number(inner, "entries", cache.entries); }},
        {"bytes", [&](const Json &inner) { read_number(inner, "bytes", cache.bytes); }},
    });
  }

  void read_limits(const Json &value) {
    ComposeLimits &limits = config_.options.limits;
    read_object(value, "limits", {
        {"depth", [&](const Json &inner) { read_number(inner, "depth", limits.depth); }},
        {"components", [&](const Json &inner) { read_number(inner, "components", limits.components); }},
        {"component_bytes", [&](const Json &inner) { read_number(inner, "component_bytes", limits.component_bytes); }},
        {"content_bytes", [&](const Json &inner) { read_number(inner, "content_bytes", limits.content_bytes); }},
        {"total_bytes", [&](const Json &inner) { read_number(inner, "total_bytes", limits.total_bytes); }},
    });
  }

  void read_retries(const Json &value) {
    RetryOptions &retry = config_.options.retry;
    read_object(value, "retries", {
        {"count", [&](const Json &inner) { read_number(inner, "count", retry.retries); }},
        {"first_delay_ms", [&](const Json &inner) { read_milliseconds(inner, "first_delay_ms", retry.first_delay); }},
        {"longest_delay_ms", [&](const Json &inner) { read_milliseconds(inner, "longest_delay_ms", retry.longest_delay); }},
    });
  }

  void read_prediction(const Json &value) {
    PredictionOptions &prediction = config_.options.prediction;
    auto part = [&](const Json &inner, llvm::StringRef name, double &number) {
      if (!inner.is_number() || inner < 0 || inner > 1)
        return wrong(name, "a number from 0 to 1");
      number = inner.get<double>();
    };
    config_.options.predict = true;
    read_object(value, "prediction", {
        {"file", [&](const Json &inner) { read_path(inner, "file", config_.options.usage_file); }},
        {"rules", [&](const Json &inner) { read_rules(inner); }},
        {"max_predicted", [&](const Json &inner) { read_number(inner, "max_predicted", prediction.max_predicted); }},
        {"least_likely", [&](const Json &inner) { part(inner, "least_likely", prediction.least_likely); }},
        {"decay", [&](const Json &inner) { part(inner, "decay", prediction.decay); }},
        {"max_components", [&](const Json &inner) { read_number(inner, "max_components", prediction.max_components); }},
        {"max_related", [&](const Json &inner) { read_number(inner, "max_related", prediction.max_related); }},
    });
  }

  void read_rules(const Json &value) {
    if (!value.is_array())
      return wrong("rules", "a list");
    for (const Json &each : value) {
      PredictionRule &rule = config_.options.prediction.rules.emplace_back();
      read_object(each, "rules", {
          {"when", [&](const Json &inner) { if (inner.is_string()) rule.when = inner.get<std::string>(); }},
          {"load", [&](const Json &inner) { read_strings(inner, "load", rule.load); }},
      });
      llvm::Expected<llvm::GlobPattern> glob = llvm::GlobPattern::create(rule.when);
      if (!glob || rule.when.empty())
        wrong("when", "a glob such as \"*/reporting/*\"");
      if (!glob)
        llvm::consumeError(glob.takeError());
    }
  }

  const SourceFile &file_;
  llvm::StringRef folder_;
  ComposeConfig &config_;
  std::vector<Diagnostic> &diagnostics_;
  bool is_right_ = true;
};

} // namespace

std::optional<ComposeConfig> read_compose_config(const SourceFile &file, llvm::StringRef folder,
                                                 std::vector<Diagnostic> &diagnostics) {
  ComposeConfig config;
  if (!ConfigReader(file, folder, config, diagnostics).read())
    return std::nullopt;
  return config;
}

} // namespace foreload
