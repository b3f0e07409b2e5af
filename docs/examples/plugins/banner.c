/* A plugin in C: writes a comment behind the first fence of each component, with a source map.
 *
 *     cc -std=c99 -shared -fPIC -o banner.so banner.c $(pkg-config --cflags foreload)
 *     foreload build src --out out --plugin ./banner.so='{"text": "made by me"}'
 */
#include <foreload/foreload_plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char fence[] = "---\n";

/* The text of the banner: the options are `{"text": "…"}`. A plugin with more options would take a JSON library. */
static char *read_text(fl_str options) {
  const char *begin = NULL, *end = NULL;
  size_t at, quotes = 0;
  char *text;
  for (at = 0; at < options.size && quotes < 4; ++at)
    if (options.data[at] == '"' && ++quotes == 3)
      begin = options.data + at + 1;
    else if (quotes == 4)
      end = options.data + at;
  if (!end)
    return NULL;
  text = malloc((size_t)(end - begin) + 1);
  if (text) {
    memcpy(text, begin, (size_t)(end - begin));
    text[end - begin] = '\0';
  }
  return text;
}

static int32_t create(void **instance, fl_str root, fl_str options, fl_str *refusal) {
  static const char reason[] = "the options have to be {\"text\": \"...\"}";
  (void)root;
  *instance = read_text(options);
  if (*instance)
    return FL_HOOK_DONE;
  refusal->data = reason;
  refusal->size = sizeof reason - 1;
  return FL_HOOK_FAILED;
}

static void destroy(void *instance) { free(instance); }

static int32_t transform(void *instance, const fl_context *context, fl_str id, fl_str code, fl_module_text *out) {
  const char *text = instance;
  size_t lines = 0, at, head = sizeof fence - 1, capacity;
  char *buffer, *end;
  (void)context;
  (void)id;
  if (code.size < head || memcmp(code.data, fence, head) != 0)
    return FL_HOOK_NONE;
  for (at = 0; at < code.size; ++at)
    lines += code.data[at] == '\n';
  /* The code and, behind it, its map: one allocation, which `free` takes back. */
  capacity = code.size + strlen(text) + 8 + 128 + 5 * lines;
  buffer = malloc(capacity);
  if (!buffer)
    return FL_HOOK_FAILED;

  end = buffer + sprintf(buffer, "%s// %s\n", fence, text);
  memcpy(end, code.data + head, code.size - head);
  end += code.size - head;
  out->code.data = buffer;
  out->code.size = (size_t)(end - buffer);

  /* Line 0 is where it was, line 1 is new, and each one after it was one line further up. */
  out->map.data = end;
  end += sprintf(end, "{\"version\":3,\"sources\":[\"\"],\"names\":[],\"mappings\":\"AAAA;");
  for (at = 0; at < lines; ++at)
    end += sprintf(end, ";AACA");
  end += sprintf(end, "\"}");
  out->map.size = (size_t)(end - out->map.data);
  out->owner = buffer;
  out->free = free;
  return FL_HOOK_DONE;
}

FL_API const fl_plugin *foreload_plugin(uint32_t host_version, fl_str *refusal) {
  static const fl_str suffixes[] = {{".astro", 6}};
  static const fl_filter components = {sizeof(fl_filter), NULL, 0, suffixes, 1, NULL, 0, NULL, 0};
  static const fl_hook_use use = {sizeof(fl_hook_use), FL_ORDER_NORMAL, 0, &components};
  static const fl_plugin plugin = {sizeof(fl_plugin),
                                   FL_PLUGIN_ABI_VERSION,
                                   FL_ORDER_PRE, /* so that lifting sees the banner, too */
                                   FL_APPLY_ALWAYS,
                                   0,
                                   {"banner", 6},
                                   create,
                                   destroy,
                                   NULL, NULL, /* build_start */
                                   NULL, NULL, /* resolve_id */
                                   NULL, NULL, /* load */
                                   transform, &use,
                                   NULL, NULL, /* module_parsed */
                                   NULL, NULL, /* watch_change */
                                   NULL, NULL, /* build_end */
                                   NULL, NULL /* generate */};
  (void)host_version;
  (void)refusal;
  return &plugin;
}
