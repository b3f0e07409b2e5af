/* Conformance, the host's side: a plugin that looks at all that a host hands it. Run any host of this interface with it; each
 * thing that is not as foreload_plugin.h says is reported as an error, and build_end logs how many checks there were.
 *
 *     foreload build DIR --plugin ./libforeload-probe.so
 */
#include <foreload/foreload_plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBED_MODULE "probe:module"

typedef struct probe {
  char *root;
  size_t root_size;
  int checks; /* counted with __atomic: hooks run at the same time */
  int calls[8];
} probe;

static fl_str text(const char *data) {
  fl_str result;
  result.data = data;
  result.size = strlen(data);
  return result;
}

static int same(fl_str a, fl_str b) { return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0); }
static int has(fl_str text, const char *part) {
  size_t at, size = strlen(part);
  for (at = 0; at + size <= text.size; ++at)
    if (memcmp(text.data + at, part, size) == 0)
      return 1;
  return 0;
}

static void check(probe *p, const fl_context *context, int holds, const char *what) {
  __atomic_add_fetch(&p->checks, 1, __ATOMIC_RELAXED);
  if (!holds) {
    char message[256];
    snprintf(message, sizeof message, "not so: %s", what);
    context->host->log(context, FL_SEVERITY_ERROR, text(message));
  }
}
#define CHECK(condition) check(p, context, (condition) != 0, #condition)

enum { BUILD_START, RESOLVE_ID, LOAD, TRANSFORM, MODULE_PARSED, WATCH_CHANGE, BUILD_END, GENERATE };

static int calls_of(probe *p, int hook) { return __atomic_load_n(&p->calls[hook], __ATOMIC_RELAXED); }

static void check_context(probe *p, const fl_context *context, int hook) {
  const fl_host_functions *host = context->host;
  fl_str root;
  root.data = p->root;
  root.size = p->root_size;
  __atomic_add_fetch(&p->calls[hook], 1, __ATOMIC_RELAXED);
  CHECK(context->size >= sizeof *context);
  CHECK(same(context->root, root));
  CHECK(context->mode == FL_MODE_BUILD || context->mode == FL_MODE_SERVE);
  CHECK(context->reserved == 0);
  CHECK(context->options.size == 0 || context->options.data[0] == '{');
  CHECK(host->size >= sizeof *host);
  CHECK(host->abi_version >= FL_PLUGIN_ABI_VERSION);
  CHECK(host->reserved == 0);
  CHECK(host->resolve && host->read_file && host->add_dependency && host->report && host->log && host->emit_file);
  CHECK(host->is_cancelled(context) == 0);
  CHECK(hook == BUILD_START || calls_of(p, BUILD_START) > 0);
}

static int32_t create(void **instance, fl_str root, fl_str options, fl_str *refusal) {
  probe *p = calloc(1, sizeof *p);
  (void)options;
  (void)refusal;
  if (!p || root.size == 0 || root.data[0] != '/')
    return FL_HOOK_FAILED;
  p->root = malloc(root.size);
  memcpy(p->root, root.data, root.size);
  p->root_size = root.size;
  *instance = p;
  return FL_HOOK_DONE;
}

static void destroy(void *instance) {
  free(((probe *)instance)->root);
  free(instance);
}

static int32_t build_start(void *instance, const fl_context *context) {
  check_context(instance, context, BUILD_START);
  return FL_HOOK_NONE;
}

static int32_t resolve_id(void *instance, const fl_context *context, fl_str specifier, fl_str importer,
                          fl_resolved *out) {
  probe *p = instance;
  fl_resolved other;
  check_context(p, context, RESOLVE_ID);
  CHECK(has(specifier, "probe:")); /* the filter */
  CHECK(importer.size == 0 || importer.data);
  CHECK(out->size >= sizeof *out);
  CHECK(out->id.size == 0 && out->external == 0 && out->reserved == 0 && !out->owner && !out->free);
  memset(&other, 0, sizeof other);
  other.size = sizeof other;
  /* Asking the host for the same does not come back here. */
  CHECK(context->host->resolve(context, text("probe:nobody-knows"), importer, &other) == FL_HOOK_NONE);
  out->id = text(PROBED_MODULE);
  return FL_HOOK_DONE;
}

static int32_t load(void *instance, const fl_context *context, fl_str id, fl_module_text *out) {
  probe *p = instance;
  char *kept;
  check_context(p, context, LOAD);
  CHECK(same(id, text(PROBED_MODULE)));
  CHECK(out->size >= sizeof *out);
  CHECK(!out->code.data && out->code.size == 0 && out->map.size == 0 && !out->owner && !out->free);
  kept = malloc(32);
  out->code.data = kept;
  out->code.size = (size_t)sprintf(kept, "export const probed = 1;\n");
  out->owner = kept;
  out->free = free;
  return FL_HOOK_DONE;
}

static int32_t transform(void *instance, const fl_context *context, fl_str id, fl_str code, fl_module_text *out) {
  probe *p = instance;
  fl_str file = {NULL, 0};
  fl_resolved self;
  check_context(p, context, TRANSFORM);
  CHECK(id.size > 0 && id.data);
  CHECK(code.size == 0 || code.data);
  CHECK(out->size >= sizeof *out);
  CHECK(!out->code.data && out->map.size == 0 && !out->owner && !out->free);
  CHECK(context->host->read_file(context, id, &file) == FL_HOOK_DONE);
  CHECK(file.size == 0 || file.data);
  CHECK(context->host->read_file(context, text("/nobody/has/this"), &file) == FL_HOOK_NONE);
  memset(&self, 0, sizeof self);
  self.size = sizeof self;
  CHECK(context->host->resolve(context, id, id, &self) == FL_HOOK_DONE);
  CHECK(self.external == 0 && self.id.size > 0 && !self.free);
  context->host->add_dependency(context, id);
  return FL_HOOK_NONE;
}

static int32_t module_parsed(void *instance, const fl_context *context, const fl_module_info *module) {
  probe *p = instance;
  size_t at;
  check_context(p, context, MODULE_PARSED);
  CHECK(module->size >= sizeof *module);
  CHECK(module->id.size > 0);
  CHECK(module->reserved == 0);
  CHECK(module->is_component == (module->id.size > 6 && memcmp(module->id.data + module->id.size - 6, ".astro", 6) == 0));
  for (at = 0; at < module->import_count && module->is_usable; ++at)
    CHECK(module->imports[at].size > 0 && has(module->code, "import"));
  for (at = 0; at < module->export_count; ++at)
    CHECK(module->exports[at].size > 0);
  CHECK(!module->has_loader || has(module->code, "loader"));
  return FL_HOOK_NONE;
}

static int32_t watch_change(void *instance, const fl_context *context, fl_str path, int32_t event) {
  probe *p = instance;
  check_context(p, context, WATCH_CHANGE);
  CHECK(path.size > 0 && path.data[0] == '/');
  CHECK(event >= FL_FILE_CREATED && event <= FL_FILE_DELETED);
  return FL_HOOK_NONE;
}

static int32_t build_end(void *instance, const fl_context *context) {
  probe *p = instance;
  char message[64];
  fl_report report;
  check_context(p, context, BUILD_END);
  memset(&report, 0, sizeof report);
  report.size = sizeof report;
  report.severity = FL_SEVERITY_INFO;
  snprintf(message, sizeof message, "%d checks in %d transforms", __atomic_load_n(&p->checks, __ATOMIC_RELAXED),
           calls_of(p, TRANSFORM));
  report.message = text(message);
  report.hint = text("the host is conforming if there is no error");
  context->host->report(context, &report);
  return FL_HOOK_NONE;
}

static int32_t generate(void *instance, const fl_context *context, const fl_file *outputs, size_t count) {
  probe *p = instance;
  size_t at;
  check_context(p, context, GENERATE);
  CHECK(calls_of(p, BUILD_END) > 0);
  CHECK(count >= (size_t)calls_of(p, TRANSFORM));
  for (at = 0; at < count; ++at) {
    CHECK(outputs[at].size >= sizeof(fl_file));
    CHECK(outputs[at].path.size > context->directory.size);
    CHECK(memcmp(outputs[at].path.data, context->directory.data, context->directory.size) == 0);
    CHECK(outputs[at].code.size == 0 || outputs[at].code.data);
    CHECK(outputs[at].map.size == 0 || outputs[at].map.data[0] == '{');
  }
  return FL_HOOK_NONE;
}

FL_API const fl_plugin *foreload_plugin(uint32_t host_version, fl_str *refusal) {
  static const fl_str probed[] = {{"probe:*", 7}};
  static const fl_str components[] = {{".astro", 6}};
  static const fl_filter probes = {sizeof(fl_filter), probed, 1, NULL, 0, NULL, 0, NULL, 0};
  static const fl_filter files = {sizeof(fl_filter), NULL, 0, components, 1, NULL, 0, NULL, 0};
  static const fl_hook_use probe_use = {sizeof(fl_hook_use), FL_ORDER_NORMAL, 0, &probes};
  static const fl_hook_use file_use = {sizeof(fl_hook_use), FL_ORDER_PRE, 0, &files};
  static fl_plugin plugin;
  if (host_version < FL_PLUGIN_ABI_VERSION || !refusal)
    return NULL;
  plugin.size = sizeof plugin;
  plugin.abi_version = FL_PLUGIN_ABI_VERSION;
  plugin.name = text("probe");
  plugin.create = create;
  plugin.destroy = destroy;
  plugin.build_start = build_start;
  plugin.resolve_id = resolve_id;
  plugin.resolve_id_use = &probe_use;
  plugin.load = load;
  plugin.load_use = &probe_use;
  plugin.transform = transform;
  plugin.transform_use = &file_use;
  plugin.module_parsed = module_parsed;
  plugin.watch_change = watch_change;
  plugin.build_end = build_end;
  plugin.generate = generate;
  return &plugin;
}
