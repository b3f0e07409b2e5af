/* A host with eight plugins under load, and its own two: some that are linked in and the files that are given.
 * Components and Markdown are transformed and built on many threads, and the host is told of changes meanwhile. For the
 * sanitizers; what comes out has to be the same each time. */
#include "foreload/foreload.h"
#include "foreload/foreload_plugin.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { threads = 8, rounds = 30 };

static int failures, calls;
static char root[] = "/tmp/foreload-many-XXXXXX";
static char page[64], card[64], source[64], notes[64], part[64];
static const char page_text[] = "---\nimport Card from './Card.astro';\n---\n<main><Card /></main>\n";
static const char card_text[] = "---\nimport { getLoaderData } from 'foreload/runtime';\n"
                                "export const loader = async () => 1;\nconst n = await getLoaderData();\n---\n<b>{n}</b>\n";

static const char notes_text[] = "# {name}\n\n{{component: part.md}}\n";

static void check(int holds, const char *what) {
  if (!holds) {
    printf("not so: %s (%s)\n", what, fl_last_error().data);
    __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
  }
}
#define CHECK(condition) check((condition) != 0, #condition)

/* A plugin of the program: puts a comment at the end of each component, in memory of its own. */
static int32_t append(void *instance, const fl_context *context, fl_str id, fl_str code, fl_module_text *out) {
  static const char comment[] = "<!-- linked in -->\n";
  char *copy = malloc(code.size + sizeof comment);
  (void)instance;
  __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
  context->host->add_dependency(context, id);
  memcpy(copy, code.data, code.size);
  memcpy(copy + code.size, comment, sizeof comment);
  out->code.data = copy;
  out->code.size = code.size + sizeof comment - 1;
  out->owner = copy;
  out->free = free;
  return FL_HOOK_DONE;
}

static const fl_plugin *entry(uint32_t host_version, fl_str *refusal) {
  static const fl_str suffix = {".astro", 6};
  static const fl_filter filter = {sizeof(fl_filter), NULL, 0, &suffix, 1, NULL, 0, NULL, 0};
  static const fl_hook_use use = {sizeof(fl_hook_use), FL_ORDER_NORMAL, 0, &filter};
  static const fl_plugin plugin = {sizeof(fl_plugin), FL_PLUGIN_ABI_VERSION, FL_ORDER_POST, FL_APPLY_ALWAYS, 0,
                                   {"appender", 8}, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                                   append, &use, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL};
  (void)host_version;
  (void)refusal;
  return &plugin;
}

static void write_text(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static fl_host *host;
static char *expected;

static void *work(void *number) {
  int round;
  fl_build_options build = FL_BUILD_OPTIONS_INIT;
  build.directory = fl_str_of(source);
  for (round = 0; round < rounds; ++round) {
    fl_result *result = NULL;
    CHECK(fl_host_transform(&result, host, fl_str_of(page), fl_str_of(page_text)) == FL_OK);
    CHECK(fl_result_changed(result));
    CHECK(!expected || strcmp(fl_result_code(result).data, expected) == 0);
    CHECK(fl_result_companion_code(result).size > 0);
    CHECK(fl_result_map(result).size > 0);
    fl_result_free(result);
    CHECK(fl_host_transform(&result, host, fl_str_of(notes), fl_str_of(notes_text)) == FL_OK);
    CHECK(strcmp(fl_result_code(result).data, "# many\n\nA part of many.\n") == 0);
    CHECK(fl_result_dependency_count(result) == 1);
    fl_result_free(result);
    if (*(int *)number == 0) {
      CHECK(fl_host_watch_change(&result, host, fl_str_of(card), FL_FILE_UPDATED) == FL_OK);
      fl_result_free(result);
    }
    if (*(int *)number == 1 && round % 5 == 0) {
      CHECK(fl_host_build(&result, host, &build) == FL_OK);
      CHECK(fl_result_counters(result)->lifted == 1);
      fl_result_free(result);
    }
    if (*(int *)number == 2) {
      CHECK(fl_host_resolve_id(&result, host, fl_str_of("virtual:build"), fl_str_of(page)) == FL_OK);
      CHECK(fl_result_resolved_id(result).size > 0);
      fl_result_free(result);
      CHECK(fl_host_statistics(&result, host) == FL_OK);
      fl_result_free(result);
    }
  }
  return NULL;
}

int main(int argc, char **argv) {
  fl_plugin_source sources[16];
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  pthread_t ids[threads];
  int numbers[threads], at;
  fl_result *result = NULL;
  CHECK(mkdtemp(root) != NULL);
  snprintf(source, sizeof source, "%s/src", root);
  snprintf(page, sizeof page, "%s/src/page.astro", root);
  snprintf(card, sizeof card, "%s/src/Card.astro", root);
  snprintf(notes, sizeof notes, "%s/notes.md", root);
  snprintf(part, sizeof part, "%s/part.md", root);
  CHECK(mkdir(source, 0755) == 0);
  write_text(page, page_text);
  write_text(card, card_text);
  write_text(part, "A part of {name}.\n");

  memset(sources, 0, sizeof sources);
  for (at = 0; at < 8; ++at) {
    sources[at].size = sizeof sources[at];
    if (at + 1 < argc)
      sources[at].path = fl_str_of(argv[at + 1]);
    else
      sources[at].entry = entry;
    if (at == 1)
      sources[at].options = fl_str_of("{\"text\": \"under load\"}");
  }
  options.root = fl_str_of(root);
  options.plugins = sources;
  options.plugin_count = 8;
  options.compose = fl_str_of("{\"context_vars\": {\"name\": \"many\"}}");
  options.trace = 1;
  CHECK(fl_host_open(&host, &options) == FL_OK);
  if (!host)
    return 1;
  CHECK(fl_host_transform(&result, host, fl_str_of(page), fl_str_of(page_text)) == FL_OK);
  expected = malloc(fl_result_code(result).size + 1);
  strcpy(expected, fl_result_code(result).data);
  CHECK(strstr(expected, "// under load") != NULL);
  CHECK(strstr(expected, "<!-- linked in -->") != NULL);
  fl_result_free(result);
  for (at = 0; at < threads; ++at) {
    numbers[at] = at;
    CHECK(pthread_create(&ids[at], NULL, work, &numbers[at]) == 0);
  }
  for (at = 0; at < threads; ++at)
    pthread_join(ids[at], NULL);
  CHECK(calls >= threads * rounds);
  fl_host_close(host);
  unlink(page);
  unlink(card);
  unlink(part);
  rmdir(source);
  rmdir(root);
  free(expected);
  return failures != 0;
}
