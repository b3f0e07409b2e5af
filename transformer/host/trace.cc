#include "host/trace.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace foreload {

using Json = nlohmann::json;

namespace {

/// The fields of an object, each with what it is taken for if it is missing or of another kind.
class Fields {
public:
  explicit Fields(const Json &object) : object_(object) {}

  const Json &at(const char *name) const {
    static const Json missing;
    auto found = object_.find(name);
    return found == object_.end() ? missing : *found;
  }
  std::string text(const char *name) const {
    const Json &value = at(name);
    return value.is_string() ? value.get<std::string>() : std::string();
  }
  /// In milliseconds. What no request takes (11 days) is no time.
  std::optional<double> time(const char *name) const {
    constexpr double limit = 1e9;
    const Json &value = at(name);
    double ms = value.is_number() ? value.get<double>() : limit;
    return std::abs(ms) < limit ? std::optional(ms) : std::nullopt;
  }
  unsigned count(const char *name) const {
    const Json &value = at(name);
    return value.is_number_unsigned() ? value.get<unsigned>() : 0;
  }
  bool flag(const char *name) const {
    const Json &value = at(name);
    return value.is_boolean() && value.get<bool>();
  }

private:
  const Json &object_;
};

} // namespace

static TracedLoad read_load(const Json &json) {
  Fields fields(json);
  TracedLoad load;
  load.id = fields.count("id");
  load.key = fields.text("key");
  load.props = fields.text("props");
  load.started = fields.time("started");
  load.settled = fields.time("settled");
  load.status = fields.text("status");
  load.error = fields.text("error");
  load.wait = fields.time("wait").value_or(0);
  load.lifter = fields.text("lifter");
  for (const Json &id : fields.at("dependsOn"))
    if (id.is_number_unsigned())
      load.depends_on.push_back(id.get<int64_t>());
  load.deduped = fields.count("deduped");
  load.retries = fields.count("retries");
  load.queued = fields.time("queued").value_or(0);
  load.is_speculative = fields.flag("speculative");
  load.is_wasted = fields.flag("wasted");
  return load;
}

std::optional<Trace> read_trace(llvm::StringRef text, std::string &error) {
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) {
    error = "is no JSON object";
    return std::nullopt;
  }
  Fields fields(json);
  if (fields.count("version") != 1) {
    error = "is no trace of version 1";
    return std::nullopt;
  }
  Trace trace;
  trace.url = fields.text("url");
  if (trace.url.empty()) {
    error = "has no URL";
    return std::nullopt;
  }
  trace.method = fields.text("method");
  trace.route = fields.text("route");
  trace.duration = fields.time("duration").value_or(0);
  for (const Json &load : fields.at("loaders"))
    if (load.is_object())
      trace.loads.push_back(read_load(load));
  return trace;
}

} // namespace foreload
