/* The layout of every struct and the value of every constant on x86-64, as programs have compiled them in. A change to
 * a line here breaks those programs: fields are added at the end, with a line of their own. */
#include "check.h"

#define SIZE(type, bytes) CHECK(sizeof(type) == (bytes))
#define FIELD(type, field, at, bytes)                                                                                  \
  CHECK(offsetof(type, field) == (at));                                                                                \
  CHECK(sizeof(((type *)0)->field) == (bytes))

int main(void) {
  FIELD(fl_str, data, 0, 8);
  FIELD(fl_str, size, 8, 8);
  SIZE(fl_str, 16);

  FIELD(fl_host_options, size, 0, 8);
  FIELD(fl_host_options, root, 8, 16);
  FIELD(fl_host_options, lift, 24, 4);
  FIELD(fl_host_options, strategy, 28, 4);
  FIELD(fl_host_options, runtime_module, 32, 16);
  FIELD(fl_host_options, runtime_aliases, 48, 8);
  FIELD(fl_host_options, runtime_alias_count, 56, 8);
  FIELD(fl_host_options, ask_first, 64, 4);
  FIELD(fl_host_options, padding, 68, 4);
  FIELD(fl_host_options, auto_lift, 72, 4);
  FIELD(fl_host_options, dedupe, 76, 4);
  FIELD(fl_host_options, speculative, 80, 4);
  FIELD(fl_host_options, reserved, 84, 4);
  SIZE(fl_host_options, 88);

  FIELD(fl_build_options, size, 0, 8);
  FIELD(fl_build_options, directory, 8, 16);
  FIELD(fl_build_options, out, 24, 16);
  SIZE(fl_build_options, 40);

  FIELD(fl_waterfall_options, size, 0, 8);
  FIELD(fl_waterfall_options, trace, 8, 16);
  FIELD(fl_waterfall_options, source_link, 24, 16);
  FIELD(fl_waterfall_options, code_link, 40, 16);
  SIZE(fl_waterfall_options, 56);

  FIELD(fl_unresolved, size, 0, 8);
  FIELD(fl_unresolved, specifier, 8, 16);
  FIELD(fl_unresolved, importer, 24, 16);
  SIZE(fl_unresolved, 40);

  FIELD(fl_position, line, 0, 4);
  FIELD(fl_position, column, 4, 4);
  FIELD(fl_position, offset, 8, 4);
  SIZE(fl_position, 12);

  FIELD(fl_diagnostic, size, 0, 8);
  FIELD(fl_diagnostic, code, 8, 4);
  FIELD(fl_diagnostic, severity, 12, 4);
  FIELD(fl_diagnostic, file, 16, 16);
  FIELD(fl_diagnostic, start, 32, 12);
  FIELD(fl_diagnostic, end, 44, 12);
  FIELD(fl_diagnostic, message, 56, 16);
  FIELD(fl_diagnostic, hint, 72, 16);
  FIELD(fl_diagnostic, related_count, 88, 8);
  SIZE(fl_diagnostic, 96);

  FIELD(fl_related, size, 0, 8);
  FIELD(fl_related, file, 8, 16);
  FIELD(fl_related, start, 24, 12);
  FIELD(fl_related, end, 36, 12);
  FIELD(fl_related, message, 48, 16);
  SIZE(fl_related, 64);

  FIELD(fl_counters, size, 0, 8);
  FIELD(fl_counters, components, 8, 8);
  FIELD(fl_counters, changed, 16, 8);
  FIELD(fl_counters, loaders, 24, 8);
  FIELD(fl_counters, lifted, 32, 8);
  SIZE(fl_counters, 40);

  FIELD(fl_composer_options, size, 0, 8);
  FIELD(fl_composer_options, base, 8, 16);
  FIELD(fl_composer_options, configuration, 24, 16);
  SIZE(fl_composer_options, 40);

  FIELD(fl_compose_progress, size, 0, 8);
  FIELD(fl_compose_progress, path, 8, 16);
  FIELD(fl_compose_progress, done, 24, 8);
  FIELD(fl_compose_progress, known, 32, 8);
  FIELD(fl_compose_progress, failed, 40, 4);
  FIELD(fl_compose_progress, reserved, 44, 4);
  SIZE(fl_compose_progress, 48);

  FIELD(fl_compose_request, size, 0, 8);
  FIELD(fl_compose_request, components, 8, 8);
  FIELD(fl_compose_request, component_count, 16, 8);
  FIELD(fl_compose_request, priorities, 24, 8);
  FIELD(fl_compose_request, names, 32, 8);
  FIELD(fl_compose_request, values, 40, 8);
  FIELD(fl_compose_request, variable_count, 48, 8);
  FIELD(fl_compose_request, text_paths, 56, 8);
  FIELD(fl_compose_request, texts, 64, 8);
  FIELD(fl_compose_request, text_count, 72, 8);
  FIELD(fl_compose_request, on_progress, 80, 8);
  FIELD(fl_compose_request, progress_context, 88, 8);
  SIZE(fl_compose_request, 96);

  FIELD(fl_component, size, 0, 8);
  FIELD(fl_component, path, 8, 16);
  FIELD(fl_component, content, 24, 16);
  FIELD(fl_component, error, 40, 16);
  FIELD(fl_component, requested, 56, 4);
  FIELD(fl_component, composed, 60, 4);
  FIELD(fl_component, from_cache, 64, 4);
  FIELD(fl_component, retries, 68, 4);
  FIELD(fl_component, seconds, 72, 8);
  FIELD(fl_component, dependency_count, 80, 8);
  FIELD(fl_component, missing_count, 88, 8);
  SIZE(fl_component, 96);

  FIELD(fl_compose_statistics, size, 0, 8);
  FIELD(fl_compose_statistics, seconds, 8, 8);
  FIELD(fl_compose_statistics, work_seconds, 16, 8);
  FIELD(fl_compose_statistics, longest_chain_seconds, 24, 8);
  FIELD(fl_compose_statistics, loaded, 32, 8);
  FIELD(fl_compose_statistics, failed, 40, 8);
  FIELD(fl_compose_statistics, files_read, 48, 8);
  FIELD(fl_compose_statistics, bytes_read, 56, 8);
  FIELD(fl_compose_statistics, retries, 64, 8);
  FIELD(fl_compose_statistics, cache_hits, 72, 8);
  FIELD(fl_compose_statistics, workers, 80, 4);
  FIELD(fl_compose_statistics, peak_reads, 84, 4);
  SIZE(fl_compose_statistics, 88);

  SIZE(fl_status, 4);
  SIZE(fl_strategy, 4);
  SIZE(fl_severity, 4);
  CHECK(FL_OK == 0);
  CHECK(FL_ERROR_INVALID_ARGUMENT == 1);
  CHECK(FL_ERROR_UNSUPPORTED == 2);
  CHECK(FL_ERROR_OUT_OF_MEMORY == 3);
  CHECK(FL_ERROR_INTERNAL == 4);
  CHECK(FL_STRATEGY_AUTO == 0);
  CHECK(FL_STRATEGY_INLINE == 1);
  CHECK(FL_STRATEGY_REFERENCE == 2);
  CHECK(FL_SEVERITY_ERROR == 0);
  CHECK(FL_SEVERITY_WARNING == 1);
  CHECK(FL_SEVERITY_INFO == 2);
  return failures != 0;
}
