/* The layout of every struct and the value of every constant on x86-64, as programs have compiled them in. A change to
 * a line here breaks those programs: fields are added at the end, with a line of their own. */
#include "check.h"
#include "foreload/foreload_plugin.h"

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
  FIELD(fl_host_options, prefetch, 84, 4);
  FIELD(fl_host_options, plugins, 88, 8);
  FIELD(fl_host_options, plugin_count, 96, 8);
  FIELD(fl_host_options, mode, 104, 4);
  FIELD(fl_host_options, trace, 108, 4);
  FIELD(fl_host_options, compose, 112, 16);
  SIZE(fl_host_options, 128);

  FIELD(fl_plugin_source, size, 0, 8);
  FIELD(fl_plugin_source, path, 8, 16);
  FIELD(fl_plugin_source, options, 24, 16);
  FIELD(fl_plugin_source, entry, 40, 8);
  SIZE(fl_plugin_source, 48);

  FIELD(fl_file, size, 0, 8);
  FIELD(fl_file, path, 8, 16);
  FIELD(fl_file, code, 24, 16);
  FIELD(fl_file, map, 40, 16);
  SIZE(fl_file, 56);

  FIELD(fl_context, size, 0, 8);
  FIELD(fl_context, host, 8, 8);
  FIELD(fl_context, call, 16, 8);
  FIELD(fl_context, root, 24, 16);
  FIELD(fl_context, directory, 40, 16);
  FIELD(fl_context, options, 56, 16);
  FIELD(fl_context, mode, 72, 4);
  FIELD(fl_context, reserved, 76, 4);
  SIZE(fl_context, 80);

  FIELD(fl_resolved, size, 0, 8);
  FIELD(fl_resolved, id, 8, 16);
  FIELD(fl_resolved, external, 24, 4);
  FIELD(fl_resolved, reserved, 28, 4);
  FIELD(fl_resolved, owner, 32, 8);
  FIELD(fl_resolved, free, 40, 8);
  SIZE(fl_resolved, 48);

  FIELD(fl_module_text, size, 0, 8);
  FIELD(fl_module_text, code, 8, 16);
  FIELD(fl_module_text, map, 24, 16);
  FIELD(fl_module_text, owner, 40, 8);
  FIELD(fl_module_text, free, 48, 8);
  SIZE(fl_module_text, 56);

  FIELD(fl_report, size, 0, 8);
  FIELD(fl_report, severity, 8, 4);
  FIELD(fl_report, reserved, 12, 4);
  FIELD(fl_report, file, 16, 16);
  FIELD(fl_report, start, 32, 12);
  FIELD(fl_report, end, 44, 12);
  FIELD(fl_report, message, 56, 16);
  FIELD(fl_report, hint, 72, 16);
  SIZE(fl_report, 88);

  FIELD(fl_host_functions, size, 0, 8);
  FIELD(fl_host_functions, abi_version, 8, 4);
  FIELD(fl_host_functions, reserved, 12, 4);
  FIELD(fl_host_functions, resolve, 16, 8);
  FIELD(fl_host_functions, read_file, 24, 8);
  FIELD(fl_host_functions, add_dependency, 32, 8);
  FIELD(fl_host_functions, report, 40, 8);
  FIELD(fl_host_functions, log, 48, 8);
  FIELD(fl_host_functions, emit_file, 56, 8);
  FIELD(fl_host_functions, is_cancelled, 64, 8);
  SIZE(fl_host_functions, 72);

  FIELD(fl_filter, size, 0, 8);
  FIELD(fl_filter, include, 8, 8);
  FIELD(fl_filter, include_count, 16, 8);
  FIELD(fl_filter, suffixes, 24, 8);
  FIELD(fl_filter, suffix_count, 32, 8);
  FIELD(fl_filter, exclude, 40, 8);
  FIELD(fl_filter, exclude_count, 48, 8);
  FIELD(fl_filter, code, 56, 8);
  FIELD(fl_filter, code_count, 64, 8);
  SIZE(fl_filter, 72);

  FIELD(fl_hook_use, size, 0, 8);
  FIELD(fl_hook_use, order, 8, 4);
  FIELD(fl_hook_use, reserved, 12, 4);
  FIELD(fl_hook_use, filter, 16, 8);
  SIZE(fl_hook_use, 24);

  FIELD(fl_module_info, size, 0, 8);
  FIELD(fl_module_info, id, 8, 16);
  FIELD(fl_module_info, code, 24, 16);
  FIELD(fl_module_info, imports, 40, 8);
  FIELD(fl_module_info, import_count, 48, 8);
  FIELD(fl_module_info, exports, 56, 8);
  FIELD(fl_module_info, export_count, 64, 8);
  FIELD(fl_module_info, is_component, 72, 4);
  FIELD(fl_module_info, has_loader, 76, 4);
  FIELD(fl_module_info, is_usable, 80, 4);
  FIELD(fl_module_info, reserved, 84, 4);
  SIZE(fl_module_info, 88);

  FIELD(fl_plugin, size, 0, 8);
  FIELD(fl_plugin, abi_version, 8, 4);
  FIELD(fl_plugin, enforce, 12, 4);
  FIELD(fl_plugin, apply, 16, 4);
  FIELD(fl_plugin, reserved, 20, 4);
  FIELD(fl_plugin, name, 24, 16);
  FIELD(fl_plugin, create, 40, 8);
  FIELD(fl_plugin, destroy, 48, 8);
  FIELD(fl_plugin, build_start, 56, 8);
  FIELD(fl_plugin, build_start_use, 64, 8);
  FIELD(fl_plugin, resolve_id, 72, 8);
  FIELD(fl_plugin, resolve_id_use, 80, 8);
  FIELD(fl_plugin, load, 88, 8);
  FIELD(fl_plugin, load_use, 96, 8);
  FIELD(fl_plugin, transform, 104, 8);
  FIELD(fl_plugin, transform_use, 112, 8);
  FIELD(fl_plugin, module_parsed, 120, 8);
  FIELD(fl_plugin, module_parsed_use, 128, 8);
  FIELD(fl_plugin, watch_change, 136, 8);
  FIELD(fl_plugin, watch_change_use, 144, 8);
  FIELD(fl_plugin, build_end, 152, 8);
  FIELD(fl_plugin, build_end_use, 160, 8);
  FIELD(fl_plugin, generate, 168, 8);
  FIELD(fl_plugin, generate_use, 176, 8);
  SIZE(fl_plugin, 184);

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
  CHECK(FL_ERROR_PLUGIN == 5);
  CHECK(FL_ERROR_CANCELLED == 6);
  SIZE(fl_hook, 4);
  CHECK(FL_HOOK_RESOLVE_ID == 1);
  CHECK(FL_HOOK_LOAD == 2);
  CHECK(FL_HOOK_TRANSFORM == 3);
  CHECK(FL_MODE_BUILD == 0);
  CHECK(FL_MODE_SERVE == 1);
  CHECK(FL_FILE_CREATED == 0);
  CHECK(FL_FILE_UPDATED == 1);
  CHECK(FL_FILE_DELETED == 2);
  CHECK(FL_PLUGIN_ABI_VERSION == 1);
  CHECK(FL_HOOK_NONE == 0);
  CHECK(FL_HOOK_DONE == 1);
  CHECK(FL_HOOK_FAILED == 2);
  CHECK(FL_ORDER_NORMAL == 0);
  CHECK(FL_ORDER_PRE == 1);
  CHECK(FL_ORDER_POST == 2);
  CHECK(FL_APPLY_ALWAYS == 0);
  CHECK(FL_APPLY_SERVE == 1);
  CHECK(FL_APPLY_BUILD == 2);
  CHECK(FL_STRATEGY_AUTO == 0);
  CHECK(FL_STRATEGY_INLINE == 1);
  CHECK(FL_STRATEGY_REFERENCE == 2);
  CHECK(FL_SEVERITY_ERROR == 0);
  CHECK(FL_SEVERITY_WARNING == 1);
  CHECK(FL_SEVERITY_INFO == 2);
  return failures != 0;
}
