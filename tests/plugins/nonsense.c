/* A plugin that does what its option says: {"do": "…"}. Each is something that a host has to refuse. */
#include <foreload/foreload_plugin.h>

#include <stdlib.h>
#include <string.h>

static int freed;
static void note_free(void *owner) {
  (void)owner;
  __atomic_add_fetch(&freed, 1, __ATOMIC_RELAXED);
}

static int is_told(const fl_context *context, const char *what) {
  size_t size = strlen(what);
  return context->options.size > size + 9 && memcmp(context->options.data + 8, what, size) == 0 &&
         context->options.data[8 + size] == '"';
}

static fl_str text(const char *data) {
  fl_str result;
  result.data = data;
  result.size = strlen(data);
  return result;
}

static int32_t transform(void *instance, const fl_context *context, fl_str id, fl_str code, fl_module_text *out) {
  const fl_host_functions *host = context->host;
  fl_report report;
  fl_file file;
  (void)instance;
  out->free = note_free;
  out->code = code;
  memset(&report, 0, sizeof report);
  report.size = sizeof report;
  report.message = text("a message");
  memset(&file, 0, sizeof file);
  file.size = sizeof file;
  file.path = text("/outside.js");
  if (is_told(context, "null code"))
    out->code.data = NULL;
  else if (is_told(context, "huge code"))
    out->code.size = (size_t)1 << 40;
  else if (is_told(context, "latin code"))
    out->code = text("caf\xe9");
  else if (is_told(context, "no map"))
    out->map = text("{\"version\":3");
  else if (is_told(context, "map into nowhere"))
    out->map = text("{\"version\":3,\"sources\":[],\"names\":[],\"mappings\":\"AAAA\"}");
  else if (is_told(context, "map without data")) {
    out->map.data = NULL;
    out->map.size = 7;
  } else if (is_told(context, "unknown status"))
    return 7;
  else if (is_told(context, "fail"))
    return FL_HOOK_FAILED;
  else if (is_told(context, "fail with words")) {
    report.start.line = report.start.column = 1;
    host->report(context, &report);
    return FL_HOOK_FAILED;
  } else if (is_told(context, "report a place")) { /* no nonsense: by line and column, in the text that was given */
    size_t at = 0;
    report.severity = FL_SEVERITY_INFO;
    report.start.line = report.start.column = 1;
    for (; at < code.size && code.data[at] != '@'; ++at) {
      report.start.column += (code.data[at] & 0xC0) != 0x80; /* a byte that goes on counts nothing */
      if (code.data[at] == '\n') {
        ++report.start.line;
        report.start.column = 1;
      }
    }
    if (at < code.size)
      host->report(context, &report);
    return FL_HOOK_NONE;
  } else if (is_told(context, "unknown severity")) {
    report.severity = 9;
    host->report(context, &report);
  } else if (is_told(context, "latin report")) {
    report.hint = text("\xff");
    host->report(context, &report);
  } else if (is_told(context, "report without a size")) {
    report.size = 0;
    host->report(context, &report);
  } else if (is_told(context, "no report"))
    host->report(context, NULL);
  else if (is_told(context, "emit outside"))
    host->emit_file(context, &file);
  else if (is_told(context, "emit relative")) {
    file.path = text("x.js");
    host->emit_file(context, &file);
  } else if (is_told(context, "emit upwards")) {
    char path[4096];
    memcpy(path, context->directory.data, context->directory.size);
    strcpy(path + context->directory.size, "/../x.js");
    file.path = text(path);
    host->emit_file(context, &file);
  } else if (is_told(context, "emit with a broken map")) {
    file.path = id;
    file.map = text("[]");
    host->emit_file(context, &file);
  } else if (is_told(context, "broken dependency")) {
    file.path.data = NULL;
    host->add_dependency(context, file.path);
  } else if (is_told(context, "leak")) { /* what came before was refused, and yet freed */
    if (__atomic_load_n(&freed, __ATOMIC_RELAXED) == 0)
      report.severity = FL_SEVERITY_INFO;
    host->report(context, &report);
  }
  return FL_HOOK_DONE;
}

static int32_t resolve_id(void *instance, const fl_context *context, fl_str specifier, fl_str importer,
                          fl_resolved *out) {
  (void)instance;
  (void)specifier;
  (void)importer;
  if (is_told(context, "empty id"))
    return FL_HOOK_DONE;
  if (is_told(context, "latin id")) {
    out->id = text("/caf\xe9");
    return FL_HOOK_DONE;
  }
  return FL_HOOK_NONE;
}

/* The entries of further plugins, which are wrong in their tables. The test gives each a library by this name. */
FL_API const fl_plugin *foreload_plugin(uint32_t host_version, fl_str *refusal) {
  static const fl_str texts[] = {{".astro", 6}};
  static const fl_filter filter = {sizeof(fl_filter), NULL, 0, texts, 1, NULL, 0, NULL, 0};
  static const fl_hook_use use = {sizeof(fl_hook_use), FL_ORDER_NORMAL, 0, &filter};
  static fl_plugin plugin;
  plugin.size = sizeof plugin;
  plugin.abi_version = FL_PLUGIN_ABI_VERSION;
  plugin.name = text("nonsense");
  plugin.transform = transform;
  plugin.transform_use = &use;
  plugin.resolve_id = resolve_id;
  (void)host_version;
  (void)refusal;
#if defined(NEWER)
  plugin.abi_version = FL_PLUGIN_ABI_VERSION + 1;
#elif defined(ANCIENT)
  plugin.abi_version = FL_PLUGIN_ABI_OLDEST - 1;
#elif defined(REFUSES)
  *refusal = text("this host is too old");
  return NULL;
#elif defined(NAMELESS)
  plugin.name.size = 0;
#elif defined(SMALL)
  plugin.size = 16;
#elif defined(UNKNOWN_ENFORCE)
  plugin.enforce = 3;
#elif defined(UNKNOWN_APPLY)
  plugin.apply = -1;
#elif defined(UNKNOWN_ORDER)
  {
    static const fl_hook_use wrong = {sizeof(fl_hook_use), 17, 0, NULL};
    plugin.transform_use = &wrong;
  }
#elif defined(BROKEN_FILTER)
  {
    static const fl_filter wrong = {sizeof(fl_filter), NULL, 3, NULL, 0, NULL, 0, NULL, 0};
    static const fl_hook_use wrong_use = {sizeof(fl_hook_use), FL_ORDER_NORMAL, 0, &wrong};
    plugin.transform_use = &wrong_use;
  }
#endif
  return &plugin;
}
