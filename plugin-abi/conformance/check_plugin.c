/* Conformance, the plugin's side: loads a plugin as a host would, and calls each of its hooks with its own answers.
 *
 *     foreload-check-plugin PLUGIN.so [OPTIONS [ID CODE]]
 *
 * Prints what is not as foreload_plugin.h says, and how many checks there were. ID and CODE are a module that the plugin
 * transforms or loads; without them, a component. Hooks are called from four threads at once: run it under ThreadSanitizer.
 */
#include <foreload/foreload_plugin.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int checks, failures;
static __thread const char *hook = "foreload_plugin"; /* that is being called */
static __thread int has_reported;                     /* it has said something */

/* What does not hold is told once for each hook, however often it is called. */
static void check(int holds, const char *what) {
  static struct {
    const char *hook, *what;
  } told[256];
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  size_t at;
  __atomic_add_fetch(&checks, 1, __ATOMIC_RELAXED);
  if (holds)
    return;
  __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
  pthread_mutex_lock(&mutex);
  for (at = 0; at < sizeof told / sizeof *told; ++at) {
    if (told[at].what == what && told[at].hook == hook)
      break;
    if (told[at].what)
      continue;
    told[at].hook = hook;
    told[at].what = what;
    printf("not so: %s: %s\n", hook, what);
    break;
  }
  pthread_mutex_unlock(&mutex);
}
#define CHECK(condition) check((condition) != 0, #condition)

static fl_str text(const char *data) {
  fl_str result;
  result.data = data;
  result.size = data ? strlen(data) : 0;
  return result;
}

/* Whether a string is valid UTF-8 (Unicode, table 3-7). */
static int is_text(fl_str string) {
  size_t at = 0;
  if (!string.data)
    return string.size == 0;
  while (at < string.size) {
    const unsigned char *c = (const unsigned char *)string.data + at;
    size_t more = c[0] < 0x80 ? 0 : c[0] < 0xE0 ? 1 : c[0] < 0xF0 ? 2 : 3, i;
    if ((c[0] >= 0x80 && c[0] < 0xC2) || c[0] > 0xF4 || string.size - at <= more)
      return 0;
    for (i = 1; i <= more; ++i)
      if ((c[i] & 0xC0) != 0x80)
        return 0;
    if ((c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xED && c[1] > 0x9F) || (c[0] == 0xF0 && c[1] < 0x90) ||
        (c[0] == 0xF4 && c[1] > 0x8F))
      return 0;
    at += more + 1;
  }
  return 1;
}

/* The place behind `"name":` in a map, or NULL. */
static const char *field_of(const char *map, const char *name) {
  char key[32];
  const char *at;
  snprintf(key, sizeof key, "\"%s\"", name);
  at = strstr(map, key);
  if (!at)
    return NULL;
  at += strlen(key);
  at += strspn(at, " \t\r\n");
  return *at == ':' ? at + 1 + strspn(at + 1, " \t\r\n") : NULL;
}

/* Whether a map has what every host needs of it; a host reads the whole of it. */
static int is_map(fl_str string) {
  char *map = calloc(string.size + 1, 1);
  const char *version, *sources, *mappings;
  int is_one = 0;
  memcpy(map, string.data, string.size);
  version = field_of(map, "version");
  sources = field_of(map, "sources");
  mappings = field_of(map, "mappings");
  if (map[0] == '{' && version && version[0] == '3' && sources && sources[0] == '[' && mappings && mappings[0] == '"') {
    const char *end = mappings + 1;
    end += strspn(end, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/,;");
    is_one = *end == '"';
  }
  free(map);
  return is_one;
}
/* Whether it is a status; and who fails says why. */
static int is_status(int32_t status) {
  int is_explained = status != FL_HOOK_FAILED || has_reported;
  CHECK(is_explained);
  has_reported = 0;
  return status >= FL_HOOK_NONE && status <= FL_HOOK_FAILED;
}

/* ------------------------------------------------------------------------------------------------------ a small host */

static int32_t resolve(const fl_context *context, fl_str specifier, fl_str importer, fl_resolved *out) {
  (void)context;
  CHECK(is_text(specifier) && is_text(importer));
  CHECK(out && out->size >= sizeof(size_t) + sizeof(fl_str));
  return FL_HOOK_NONE;
}

static int32_t read_file(const fl_context *context, fl_str path, fl_str *out) {
  (void)context;
  CHECK(is_text(path) && path.size > 0);
  CHECK(out != NULL);
  *out = text("{}");
  return FL_HOOK_DONE;
}

static void add_dependency(const fl_context *context, fl_str path) {
  (void)context;
  CHECK(is_text(path) && path.size > 0);
}

static void report(const fl_context *context, const fl_report *said) {
  (void)context;
  CHECK(said && said->size >= sizeof(fl_report));
  CHECK(said->severity >= FL_SEVERITY_ERROR && said->severity <= FL_SEVERITY_INFO);
  CHECK(is_text(said->file) && is_text(said->message) && is_text(said->hint));
  CHECK(said->message.size > 0);
  has_reported |= said->severity == FL_SEVERITY_ERROR;
}

static void log_message(const fl_context *context, int32_t severity, fl_str message) {
  (void)context;
  CHECK(severity >= FL_SEVERITY_ERROR && severity <= FL_SEVERITY_INFO);
  CHECK(is_text(message));
  has_reported |= severity == FL_SEVERITY_ERROR;
}

static void emit_file(const fl_context *context, const fl_file *file) {
  (void)context;
  CHECK(file && file->size >= sizeof(fl_file));
  CHECK(file->path.size > 0 && file->path.data[0] == '/');
  CHECK(is_text(file->code) && is_text(file->map));
}

static int32_t is_cancelled(const fl_context *context) {
  (void)context;
  return 0;
}

static const fl_host_functions functions = {
    sizeof(fl_host_functions), FL_PLUGIN_ABI_VERSION, 0, resolve, read_file, add_dependency, report, log_message,
    emit_file, is_cancelled};

/* ------------------------------------------------------------------------------------------------------------- checks */

static void check_use(const fl_hook_use *use) {
  const fl_filter *filter;
  size_t at;
  if (!use)
    return;
  CHECK(use->size >= sizeof *use);
  CHECK(use->order >= FL_ORDER_NORMAL && use->order <= FL_ORDER_POST);
  CHECK(use->reserved == 0);
  filter = use->filter;
  if (!filter)
    return;
  CHECK(filter->size >= sizeof *filter);
  for (at = 0; at < filter->include_count; ++at)
    CHECK(is_text(filter->include[at]) && filter->include[at].size > 0);
  for (at = 0; at < filter->suffix_count; ++at)
    CHECK(is_text(filter->suffixes[at]) && filter->suffixes[at].size > 0);
  for (at = 0; at < filter->exclude_count; ++at)
    CHECK(is_text(filter->exclude[at]) && filter->exclude[at].size > 0);
  for (at = 0; at < filter->code_count; ++at)
    CHECK(is_text(filter->code[at]) && filter->code[at].size > 0);
}

static const fl_plugin *plugin;
static void *instance;
static fl_str module_id, module_code, options;

static fl_context make_context(void) {
  fl_context context;
  memset(&context, 0, sizeof context);
  context.size = sizeof context;
  context.host = &functions;
  context.root = text("/site");
  context.directory = text("/site/src");
  context.options = options;
  return context;
}

static void check_text(int32_t status, fl_module_text *out) {
  CHECK(is_status(status));
  if (status == FL_HOOK_DONE) {
    CHECK(out->code.data != NULL);
    CHECK(is_text(out->code) && is_text(out->map));
    CHECK(out->map.size == 0 || !out->map.data || is_map(out->map));
  }
  if (out->free)
    out->free(out->owner);
}

static void *use_modules(void *unused) {
  fl_context context = make_context();
  int round;
  for (round = 0; round < 100; ++round) {
    fl_module_text out;
    fl_resolved resolved;
    fl_module_info info;
    /* On the heap, to the byte, so that a sanitizer sees who reads past the end. */
    char *copy = malloc(module_code.size ? module_code.size : 1);
    fl_str code;
    code.data = copy;
    code.size = module_code.size;
    memcpy(copy, module_code.data, module_code.size);
    memset(&out, 0, sizeof out);
    out.size = sizeof out;
    hook = "transform";
    if (plugin->transform)
      check_text(plugin->transform(instance, &context, module_id, code, &out), &out);
    memset(&out, 0, sizeof out);
    out.size = sizeof out;
    hook = "load";
    if (plugin->load)
      check_text(plugin->load(instance, &context, module_id, &out), &out);
    memset(&resolved, 0, sizeof resolved);
    resolved.size = sizeof resolved;
    hook = "resolve_id";
    if (plugin->resolve_id) {
      int32_t status = plugin->resolve_id(instance, &context, text("probe:x"), module_id, &resolved);
      CHECK(is_status(status));
      CHECK(status != FL_HOOK_DONE || (resolved.id.size > 0 && is_text(resolved.id)));
      if (resolved.free)
        resolved.free(resolved.owner);
    }
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    info.id = module_id;
    info.code = code;
    info.is_usable = 1;
    info.is_component = module_id.size > 6 && memcmp(module_id.data + module_id.size - 6, ".astro", 6) == 0;
    hook = "module_parsed";
    if (plugin->module_parsed)
      CHECK(is_status(plugin->module_parsed(instance, &context, &info)));
    hook = "watch_change";
    if (plugin->watch_change)
      CHECK(is_status(plugin->watch_change(instance, &context, module_id, round % 3)));
    free(copy);
  }
  return unused;
}

int main(int argc, char **argv) {
  fl_str refusal = {NULL, 0};
  fl_plugin_entry entry;
  const fl_plugin *again;
  pthread_t threads[4];
  void *library;
  int at;
  fl_context context;
  fl_file output = {sizeof(fl_file), {NULL, 0}, {NULL, 0}, {NULL, 0}};

  if ((argc != 2 && argc != 3 && argc != 5) || argv[1][0] == '-') {
    fprintf(stderr, "usage: foreload-check-plugin PLUGIN.so [OPTIONS [ID CODE]]\n");
    return 2;
  }
  options = text(argc > 2 ? argv[2] : NULL);
  module_id = text(argc > 3 ? argv[3] : "/site/src/page.astro");
  module_code = text(argc > 3 ? argv[4] : "---\nconst title = 'x';\n---\n<h1>title</h1>\n");
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  *(void **)&entry = dlsym(library, "foreload_plugin");
  if (!entry) {
    fprintf(stderr, "%s: no function foreload_plugin\n", argv[1]);
    return 2;
  }

  plugin = entry(FL_PLUGIN_ABI_VERSION, &refusal);
  if (!plugin) {
    fprintf(stderr, "refused: %.*s\n", (int)refusal.size, refusal.data ? refusal.data : "");
    return 1;
  }
  again = entry(FL_PLUGIN_ABI_VERSION + 1, &refusal); /* newer hosts take it, too */
  CHECK(again && again->abi_version <= FL_PLUGIN_ABI_VERSION + 1);
  CHECK(plugin->size >= sizeof *plugin);
  CHECK(plugin->abi_version >= FL_PLUGIN_ABI_OLDEST && plugin->abi_version <= FL_PLUGIN_ABI_VERSION);
  CHECK(plugin->enforce >= FL_ORDER_NORMAL && plugin->enforce <= FL_ORDER_POST);
  CHECK(plugin->apply >= FL_APPLY_ALWAYS && plugin->apply <= FL_APPLY_BUILD);
  CHECK(plugin->reserved == 0);
  CHECK(plugin->name.size > 0 && plugin->name.data);
  check_use(plugin->build_start_use);
  check_use(plugin->resolve_id_use);
  check_use(plugin->load_use);
  check_use(plugin->transform_use);
  check_use(plugin->module_parsed_use);
  check_use(plugin->watch_change_use);
  check_use(plugin->build_end_use);
  check_use(plugin->generate_use);

  hook = "create";
  if (plugin->create) {
    int32_t status = plugin->create(&instance, text("/site"), options, &refusal);
    has_reported = 1; /* a refusal says why */
    CHECK(is_status(status));
    if (status == FL_HOOK_FAILED) {
      printf("not so: it starts: %.*s\n", (int)refusal.size, refusal.data ? refusal.data : "");
      return 1;
    }
  }
  context = make_context();
  hook = "build_start";
  if (plugin->build_start)
    CHECK(is_status(plugin->build_start(instance, &context)));
  for (at = 0; at < 4; ++at)
    CHECK(pthread_create(&threads[at], NULL, use_modules, NULL) == 0);
  for (at = 0; at < 4; ++at)
    pthread_join(threads[at], NULL);
  hook = "build_end";
  if (plugin->build_end)
    CHECK(is_status(plugin->build_end(instance, &context)));
  hook = "generate";
  output.path = text("/site/src/page.astro");
  output.code = module_code;
  if (plugin->generate)
    CHECK(is_status(plugin->generate(instance, &context, &output, 1)));
  if (plugin->destroy)
    plugin->destroy(instance);

  printf("%s: %d checks, %d failed\n", argv[1], checks, failures);
  return failures != 0;
}
