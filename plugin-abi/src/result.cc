#include "result.h"

using foreload::Diagnostic;
using foreload::Position;
using foreload::RelatedPlace;
using foreload::Severity;
using foreload::UnresolvedImport;

static_assert(static_cast<int>(Severity::Error) == FL_SEVERITY_ERROR);
static_assert(static_cast<int>(Severity::Warning) == FL_SEVERITY_WARNING);
static_assert(static_cast<int>(Severity::Info) == FL_SEVERITY_INFO);

static fl_str view(const std::string &text) { return {text.data(), text.size()}; }
static fl_position view(Position position) { return {position.line, position.column, position.offset}; }
/// An empty string that can be printed, as the header promises of every string that comes out.
static fl_str nothing() { return {"", 0}; }

fl_result::fl_result(foreload::TransformResult result) : transformed(std::move(result)) {
  view_transformed();
}

void fl_result::view_transformed() {
  diagnostics = std::move(transformed.diagnostics);
  view_diagnostics();
  file_views.reserve(transformed.files.size());
  for (const foreload::EmittedText &file : transformed.files)
    file_views.push_back({sizeof(fl_file), view(file.path), view(file.code), view(file.map)});
  unresolved_views.reserve(transformed.unresolved.size());
  for (const UnresolvedImport &import : transformed.unresolved)
    unresolved_views.push_back({sizeof(fl_unresolved), view(import.specifier), view(import.importer)});
}

fl_result::fl_result(foreload::BuildResult result)
    : json(std::move(result.manifest)),
      diagnostics(std::move(result.diagnostics)), counters{sizeof(fl_counters), result.components, result.changed,
                                                           result.loaders, result.lifted} {
  view_diagnostics();
}

fl_result::fl_result(foreload::ExplainResult result)
    : json(std::move(result.json)), diagnostics(std::move(result.diagnostics)) {
  view_diagnostics();
}

fl_result::fl_result(foreload::ComposeResult result, std::string text)
    : json(std::move(text)), diagnostics(std::move(result.diagnostics)), components(std::move(result.components)) {
  view_diagnostics();
  const foreload::ComposeStatistics &statistics = result.statistics;
  compose_statistics = {sizeof compose_statistics,
                        statistics.seconds,
                        statistics.work_seconds,
                        statistics.longest_chain_seconds,
                        statistics.loaded,
                        statistics.failed,
                        statistics.files_read,
                        statistics.bytes_read,
                        statistics.retries,
                        statistics.cache_hits,
                        statistics.workers,
                        statistics.peak_reads};
  component_views.reserve(components.size());
  for (const foreload::ComponentResult &component : components)
    component_views.push_back({sizeof(fl_component), view(component.path),
                               component.composed ? view(component.composed->content) : nothing(),
                               view(component.error), component.requested, component.composed != nullptr,
                               component.from_cache, component.retries, component.seconds,
                               component.dependencies.size(), component.missing.size()});
}

fl_result::fl_result(foreload::WaterfallResult result)
    : drawn(std::move(result.html)), diagnostics(std::move(result.diagnostics)) {
  view_diagnostics();
}

fl_result::fl_result(foreload::LoadResult result) {
  transformed.changed = result.text.has_value();
  if (result.text) {
    transformed.code.code = std::move(result.text->code);
    transformed.code.map = std::move(result.text->map);
  }
  transformed.dependencies = std::move(result.dependencies);
  transformed.files = std::move(result.files);
  transformed.unresolved = std::move(result.unresolved);
  transformed.diagnostics = std::move(result.diagnostics);
  view_transformed();
}

fl_result::fl_result(foreload::ResolveIdResult result, llvm::StringRef specifier)
    : resolved_external(result.resolved.resolution == foreload::Resolution::External) {
  resolved_id = resolved_external ? specifier.str() : std::move(result.resolved.path);
  transformed.unresolved = std::move(result.unresolved);
  transformed.diagnostics = std::move(result.diagnostics);
  view_transformed();
}

fl_result::fl_result(std::vector<Diagnostic> said) : diagnostics(std::move(said)) { view_diagnostics(); }

void fl_result::view_diagnostics() {
  diagnostic_views.reserve(diagnostics.size());
  related_views.reserve(diagnostics.size());
  for (const Diagnostic &diagnostic : diagnostics) {
    diagnostic_views.push_back({sizeof(fl_diagnostic), diagnostic.code, static_cast<int32_t>(diagnostic.severity),
                                view(diagnostic.file), view(diagnostic.start), view(diagnostic.end),
                                view(diagnostic.message), view(diagnostic.hint), diagnostic.related.size()});
    std::vector<fl_related> &places = related_views.emplace_back();
    places.reserve(diagnostic.related.size());
    for (const RelatedPlace &place : diagnostic.related)
      places.push_back({sizeof(fl_related), view(place.file), view(place.start), view(place.end), view(place.message)});
  }
}

void fl_result_free(fl_result *result) { delete result; }

int fl_result_changed(const fl_result *result) { return result && result->transformed.changed; }

fl_str fl_result_code(const fl_result *result) { return result ? view(result->transformed.code.code) : nothing(); }

fl_str fl_result_map(const fl_result *result) { return result ? view(result->transformed.code.map) : nothing(); }

static const foreload::EmittedText *companion_of(const fl_result *result) {
  return result && result->transformed.has_companion ? &result->transformed.companion : nullptr;
}

fl_str fl_result_companion_path(const fl_result *result) {
  const foreload::EmittedText *companion = companion_of(result);
  return companion ? view(companion->path) : nothing();
}

fl_str fl_result_companion_code(const fl_result *result) {
  const foreload::EmittedText *companion = companion_of(result);
  return companion ? view(companion->code) : nothing();
}

fl_str fl_result_companion_map(const fl_result *result) {
  const foreload::EmittedText *companion = companion_of(result);
  return companion ? view(companion->map) : nothing();
}

size_t fl_result_file_count(const fl_result *result) { return result ? result->file_views.size() : 0; }

const fl_file *fl_result_file(const fl_result *result, size_t at) {
  return at < fl_result_file_count(result) ? &result->file_views[at] : nullptr;
}

fl_str fl_result_resolved_id(const fl_result *result) { return result ? view(result->resolved_id) : nothing(); }

int fl_result_resolved_external(const fl_result *result) { return result && result->resolved_external; }

size_t fl_result_dependency_count(const fl_result *result) {
  return result ? result->transformed.dependencies.size() : 0;
}

fl_str fl_result_dependency(const fl_result *result, size_t at) {
  return at < fl_result_dependency_count(result) ? view(result->transformed.dependencies[at]) : nothing();
}

size_t fl_result_unresolved_count(const fl_result *result) { return result ? result->unresolved_views.size() : 0; }

const fl_unresolved *fl_result_unresolved(const fl_result *result, size_t at) {
  return at < fl_result_unresolved_count(result) ? &result->unresolved_views[at] : nullptr;
}

size_t fl_result_diagnostic_count(const fl_result *result) { return result ? result->diagnostic_views.size() : 0; }

const fl_diagnostic *fl_result_diagnostic(const fl_result *result, size_t at) {
  return at < fl_result_diagnostic_count(result) ? &result->diagnostic_views[at] : nullptr;
}

const fl_related *fl_result_related(const fl_result *result, size_t diagnostic, size_t at) {
  if (diagnostic >= fl_result_diagnostic_count(result) || at >= result->related_views[diagnostic].size())
    return nullptr;
  return &result->related_views[diagnostic][at];
}

fl_str fl_result_json(const fl_result *result) { return result ? view(result->json) : nothing(); }

fl_str fl_result_text(const fl_result *result) { return result ? view(result->drawn) : nothing(); }

const fl_counters *fl_result_counters(const fl_result *result) {
  return result && result->counters.size ? &result->counters : nullptr;
}

size_t fl_result_component_count(const fl_result *result) { return result ? result->component_views.size() : 0; }

const fl_component *fl_result_component(const fl_result *result, size_t at) {
  return at < fl_result_component_count(result) ? &result->component_views[at] : nullptr;
}

static fl_str path_at(const std::vector<std::string> &paths, size_t at) {
  return at < paths.size() ? view(paths[at]) : nothing();
}

fl_str fl_result_component_dependency(const fl_result *result, size_t component, size_t at) {
  if (component >= fl_result_component_count(result))
    return nothing();
  return path_at(result->components[component].dependencies, at);
}

fl_str fl_result_component_missing(const fl_result *result, size_t component, size_t at) {
  if (component >= fl_result_component_count(result))
    return nothing();
  return path_at(result->components[component].missing, at);
}

const fl_compose_statistics *fl_result_compose_statistics(const fl_result *result) {
  return result && result->compose_statistics.workers ? &result->compose_statistics : nullptr;
}
