#include "compose/compose_json.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace foreload {

using Json = nlohmann::ordered_json;

/// To the microsecond: the rest is noise.
static double milliseconds(double seconds) { return std::round(seconds * 1e6) / 1e3; }
static double ratio(double value) { return std::round(value * 1e4) / 1e4; }

static Json position_json(Position position) {
  return {{"line", position.line}, {"column", position.column}, {"offset", position.offset}};
}

static Json place_json(const std::string &file, Position start, Position end) {
  return {{"file", file}, {"range", {{"start", position_json(start)}, {"end", position_json(end)}}}};
}

static Json diagnostic_json(const Diagnostic &diagnostic) {
  Json json = {{"code", diagnostic.code_text()}, {"severity", severity_text(diagnostic.severity)}};
  json.update(place_json(diagnostic.file, diagnostic.start, diagnostic.end));
  json["message"] = diagnostic.message;
  json["hint"] = diagnostic.hint;
  Json &related = json["related"] = Json::array();
  for (const RelatedPlace &place : diagnostic.related) {
    related.push_back(place_json(place.file, place.start, place.end));
    related.back()["message"] = place.message;
  }
  return json;
}

static Json cache_json(const CacheStatistics &cache) {
  return {{"hits", cache.hits},           {"misses", cache.misses},   {"hitRatio", ratio(cache.hit_ratio())},
          {"evictions", cache.evictions}, {"entries", cache.entries}, {"bytes", cache.bytes}};
}

static Json prediction_json(const ComposerStatistics &totals) {
  const PredictionStatistics &prediction = totals.prediction;
  return {{"requests", prediction.requests},
          {"predicted", prediction.predicted},
          {"wanted", prediction.wanted},
          {"correct", prediction.correct},
          {"precision", ratio(prediction.precision())},
          {"recall", ratio(prediction.recall())},
          {"preloaded", totals.preloaded}};
}

std::string composer_json(const ComposerStatistics &totals) {
  Json json = {{"requests", totals.requests},
               {"loaded", totals.loaded},
               {"failed", totals.failed},
               {"retries", totals.retries},
               {"bytesRead", totals.bytes_read},
               {"milliseconds", milliseconds(totals.seconds)},
               {"workMilliseconds", milliseconds(totals.work_seconds)},
               {"peakReads", totals.peak_reads},
               {"cache", cache_json(totals.cache)},
               {"prediction", prediction_json(totals)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string compose_json(const ComposeResult &result, const ComposerStatistics &totals) {
  Json json;
  Json &components = json["components"] = Json::array();
  for (const ComponentResult &component : result.components)
    components.push_back({{"path", component.path},
                          {"requested", component.requested},
                          {"content", component.composed ? Json(component.composed->content) : Json()},
                          {"error", component.error.empty() ? Json() : Json(component.error)},
                          {"dependencies", component.dependencies},
                          {"missing", component.missing},
                          {"fromCache", component.from_cache},
                          {"retries", component.retries},
                          {"milliseconds", milliseconds(component.seconds)}});
  json["phases"] = result.phases;
  Json &diagnostics = json["diagnostics"] = Json::array();
  for (const Diagnostic &diagnostic : result.diagnostics)
    diagnostics.push_back(diagnostic_json(diagnostic));
  const ComposeStatistics &statistics = result.statistics;
  json["statistics"] = {{"milliseconds", milliseconds(statistics.seconds)},
                        {"workMilliseconds", milliseconds(statistics.work_seconds)},
                        {"longestChainMilliseconds", milliseconds(statistics.longest_chain_seconds)},
                        {"loaded", statistics.loaded},
                        {"failed", statistics.failed},
                        {"filesRead", statistics.files_read},
                        {"bytesRead", statistics.bytes_read},
                        {"retries", statistics.retries},
                        {"cacheHits", statistics.cache_hits},
                        {"workers", statistics.workers},
                        {"peakReads", statistics.peak_reads}};
  json["statistics"]["cache"] = cache_json(totals.cache);
  json["statistics"]["prediction"] = prediction_json(totals);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace foreload
