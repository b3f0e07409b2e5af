/* Foreload's own plugins, lifting and inclusion, as a native plugin: what the conformance kit can be run against. What
 * it transforms goes through a host that has no other ones. The options are those of inclusion; without any, it lifts.
 */
#include "foreload/foreload.h"
#include "foreload/foreload_plugin.h"

#include <stddef.h>

static int32_t create(void **instance, fl_str root, fl_str options, fl_str *refusal) {
  fl_host_options own = FL_HOST_OPTIONS_INIT;
  fl_host *host = NULL;
  own.root = root;
  own.compose = options;
  if (fl_host_open(&host, &own) != FL_OK) {
    *refusal = fl_last_error();
    return FL_HOOK_FAILED;
  }
  *instance = host;
  return FL_HOOK_DONE;
}

static void destroy(void *instance) { fl_host_close(instance); }

static void free_result(void *result) { fl_result_free(result); }

static int32_t transform(void *instance, const fl_context *context, fl_str id, fl_str code, fl_module_text *out) {
  fl_result *result = NULL;
  size_t at;
  if (fl_host_transform(&result, instance, id, code) != FL_OK)
    return FL_HOOK_FAILED;
  for (at = 0; at < fl_result_dependency_count(result); ++at)
    context->host->add_dependency(context, fl_result_dependency(result, at));
  if (fl_result_companion_path(result).size > 0) {
    fl_file companion = {sizeof(fl_file), {NULL, 0}, {NULL, 0}, {NULL, 0}};
    companion.path = fl_result_companion_path(result);
    companion.code = fl_result_companion_code(result);
    companion.map = fl_result_companion_map(result);
    context->host->emit_file(context, &companion);
  }
  if (!fl_result_changed(result)) { /* it is given modules that change */
    fl_result_free(result);
    return -1; /* no status, which the kit says */
  }
  out->code = fl_result_code(result);
  out->map = fl_result_map(result);
  out->owner = result;
  out->free = free_result;
  return FL_HOOK_DONE;
}

static int32_t watch_change(void *instance, const fl_context *context, fl_str path, int32_t event) {
  fl_result *result = NULL;
  (void)context;
  if (fl_host_watch_change(&result, instance, path, event) != FL_OK)
    return FL_HOOK_FAILED;
  fl_result_free(result);
  return FL_HOOK_NONE;
}

FL_API const fl_plugin *foreload_plugin(uint32_t host_version, fl_str *refusal) {
  static fl_plugin plugin;
  (void)host_version;
  (void)refusal;
  plugin.size = sizeof plugin;
  plugin.abi_version = FL_PLUGIN_ABI_VERSION;
  plugin.name = fl_str_of("built-in");
  plugin.create = create;
  plugin.destroy = destroy;
  plugin.transform = transform;
  plugin.watch_change = watch_change;
  return &plugin;
}
