/* Every function and field of foreload.h, against a host with known answers (fake_host.cc). */
#include <stddef.h>
#include "check.h"

#include <stdlib.h>

static int same(fl_str text, const char *expected) {
  size_t size = strlen(expected);
  /* Strings that come out can be printed: a NUL follows. */
  return text.data && text.size == size && memcmp(text.data, expected, size) == 0 && text.data[size] == '\0';
}

static int same_position(fl_position position, uint32_t line, uint32_t column, uint32_t offset) {
  return position.line == line && position.column == column && position.offset == offset;
}

static fl_host *open_host(void) {
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  fl_host *host = NULL;
  options.root = fl_str_of("/root");
  CHECK(fl_host_open(&host, &options) == FL_OK);
  return host;
}

static void test_version(void) {
  char text[32];
  sprintf(text, "%d.%d.%d", FL_VERSION_MAJOR, FL_VERSION_MINOR, FL_VERSION_PATCH);
  CHECK(strcmp(fl_version_string(), text) == 0);
  CHECK(fl_version_number() == FL_VERSION_MAJOR * 10000 + FL_VERSION_MINOR * 100 + FL_VERSION_PATCH);
  CHECK(fl_abi_version() == FL_ABI_VERSION);
}

static void test_strings(void) {
  const char *text = "text";
  CHECK(fl_str_of(text).data == text);
  CHECK(fl_str_of(text).size == 4);
  CHECK(fl_str_of("").size == 0);
  CHECK(fl_str_of(NULL).size == 0);
}

/* Whether a host that is opened with the options says so of them. */
static int opens_as(const fl_host_options *options, const char *said) {
  fl_host *host = NULL;
  fl_result *result = NULL;
  int is_so = fl_host_open(&host, options) == FL_OK && fl_host_explain(&result, host, fl_str_of("/a")) == FL_OK &&
              same(fl_result_json(result), said);
  fl_result_free(result);
  fl_host_close(host);
  return is_so;
}

/* What the host was opened with, read back through explain. */
static void test_host_options(void) {
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  fl_str aliases[2];
  fl_host *host = NULL;
  fl_result *result = NULL;

  CHECK(options.size == sizeof options);
  options.root = fl_str_of("/root//");
  CHECK(fl_host_open(&host, &options) == FL_OK);
  CHECK(fl_host_explain(&result, host, fl_str_of("/root/a.astro")) == FL_OK);
  CHECK(same(fl_result_json(result), "/root/a.astro;/root;lift;0;foreload/runtime;"));
  fl_result_free(result);
  fl_host_close(host);

  aliases[0] = fl_str_of("one");
  aliases[1] = fl_str_of("two");
  options.root = fl_str_of("/");
  options.lift = 0;
  options.strategy = FL_STRATEGY_REFERENCE;
  options.runtime_module = fl_str_of("mine");
  options.runtime_aliases = aliases;
  options.ask_first = 1;
  options.runtime_alias_count = 2;
  CHECK(fl_host_open(&host, &options) == FL_OK);
  CHECK(fl_host_explain(&result, host, fl_str_of("/a")) == FL_OK);
  CHECK(same(fl_result_json(result), "/a;/;keep;2;mine;ask;one;two;"));
  fl_result_free(result);
  fl_host_close(host);

  options.auto_lift = 1;
  CHECK(opens_as(&options, "/a;/;keep;2;mine;ask;auto;one;two;"));
  options.auto_lift = 0;
  options.dedupe = 1;
  CHECK(opens_as(&options, "/a;/;keep;2;mine;ask;dedupe;one;two;"));
  options.dedupe = 0;
  options.speculative = 1;
  CHECK(opens_as(&options, "/a;/;keep;2;mine;ask;speculative;one;two;"));
  options.speculative = 0;
  options.prefetch = 1;
  CHECK(opens_as(&options, "/a;/;keep;2;mine;ask;prefetch;one;two;"));
}

/* Plugins, and what a host is asked about them. */
static const struct fl_plugin *entry_of_none(uint32_t host_version, fl_str *refusal) {
  (void)host_version;
  (void)refusal;
  return NULL;
}

static void test_plugin_options(void) {
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  fl_plugin_source sources[2] = {FL_PLUGIN_SOURCE_INIT, FL_PLUGIN_SOURCE_INIT};
  fl_host *host = NULL;
  options.root = fl_str_of("/root");
  options.plugins = sources;
  options.plugin_count = 2;
  sources[0].path = fl_str_of("/p.so");
  sources[0].options = fl_str_of("{}");
  sources[1].path = fl_str_of("mine");
  sources[1].entry = entry_of_none;
  options.mode = FL_MODE_SERVE;
  options.trace = 1;
  CHECK(opens_as(&options, "/a;/root;lift;0;foreload/runtime;serve;trace;/p.so {};entry of mine ;"));
  sources[1].path = fl_str_of(NULL);
  CHECK(opens_as(&options, "/a;/root;lift;0;foreload/runtime;serve;trace;/p.so {};entry of linked in ;"));
  options.compose = fl_str_of("{\"base\": \"parts\"}");
  CHECK(opens_as(&options, "/a;/root;lift;0;foreload/runtime;serve;trace;compose /root/parts;/p.so {};entry of linked in ;"));
  options.compose = fl_str_of("{\"bas\": \"parts\"}");
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(strstr(fl_last_error().data, "options.compose: unknown key 'bas'") != NULL);
  options.compose.data = NULL;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.compose = fl_str_of(NULL);
  sources[0].options = fl_str_of("wrong");
  CHECK(fl_host_open(&host, &options) == FL_ERROR_PLUGIN);
  CHECK(host == NULL);
  CHECK(strcmp(fl_last_error().data, "no such plugin: /p.so") == 0);
  sources[0].path = fl_str_of("p.so");
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  sources[0].path = fl_str_of("/p.so");
  sources[0].size = 8;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  sources[0].size = sizeof sources[0];
  options.mode = 2;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.mode = FL_MODE_BUILD;
  options.plugins = NULL;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
}

static void test_plugin_calls(void) {
  fl_host *host = open_host();
  fl_result *result = NULL;
  fl_str wanted = fl_str_of("wanted"), path = fl_str_of("/root/a"), broken = {NULL, 1};

  CHECK(fl_host_wants(host, FL_HOOK_RESOLVE_ID, fl_str_of("1"), wanted) == 1);
  CHECK(fl_host_wants(host, FL_HOOK_LOAD, fl_str_of("2"), wanted) == 1);
  CHECK(fl_host_wants(host, FL_HOOK_TRANSFORM, fl_str_of("3"), wanted) == 1);
  CHECK(fl_host_wants(host, FL_HOOK_TRANSFORM, fl_str_of("3"), path) == 0);
  CHECK(fl_host_wants(host, 4, fl_str_of("4"), wanted) == 0);
  CHECK(fl_host_wants(host, FL_HOOK_LOAD, broken, wanted) == 0);
  CHECK(fl_host_wants(NULL, FL_HOOK_LOAD, fl_str_of("2"), wanted) == 0);

  CHECK(fl_host_resolve_id(&result, host, fl_str_of("x"), path) == FL_OK);
  CHECK(same(fl_result_resolved_id(result), "x in /root/a"));
  CHECK(fl_result_resolved_external(result) == 0);
  CHECK(fl_result_unresolved_count(result) == 1);
  CHECK(same(fl_result_diagnostic(result, 0)->message, "of a resolution"));
  fl_result_free(result);
  CHECK(fl_host_resolve_id(&result, host, fl_str_of("external"), path) == FL_OK);
  CHECK(same(fl_result_resolved_id(result), "external"));
  CHECK(fl_result_resolved_external(result) == 1);
  fl_result_free(result);
  CHECK(fl_host_resolve_id(&result, host, fl_str_of("unknown"), path) == FL_OK);
  CHECK(same(fl_result_resolved_id(result), ""));
  fl_result_free(result);

  CHECK(fl_host_load(&result, host, fl_str_of("virtual:x")) == FL_OK);
  CHECK(fl_result_changed(result) == 1);
  CHECK(same(fl_result_code(result), "loaded virtual:x"));
  CHECK(same(fl_result_map(result), "{\"map\":3}"));
  CHECK(same(fl_result_dependency(result, 0), "/root/data.json"));
  CHECK(fl_result_file_count(result) == 1);
  CHECK(same(fl_result_unresolved(result, 0)->importer, "virtual:x"));
  CHECK(same(fl_result_diagnostic(result, 0)->message, "of a load"));
  fl_result_free(result);
  CHECK(fl_host_load(&result, host, fl_str_of("nothing")) == FL_OK);
  CHECK(fl_result_changed(result) == 0);
  fl_result_free(result);

  CHECK(fl_host_watch_change(&result, host, path, FL_FILE_DELETED) == FL_OK);
  CHECK(same(fl_result_diagnostic(result, 0)->message, "/root/a 2"));
  fl_result_free(result);
  CHECK(fl_host_statistics(&result, host) == FL_OK);
  CHECK(same(fl_result_json(result), "statistics"));
  fl_result_free(result);
  CHECK(fl_host_trace(&result, host) == FL_OK);
  CHECK(same(fl_result_json(result), "trace"));
  fl_result_free(result);

  CHECK(fl_host_resolve_id(NULL, host, path, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_resolve_id(&result, NULL, path, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_resolve_id(&result, host, broken, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_resolve_id(&result, host, path, broken) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_load(NULL, host, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_load(&result, NULL, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_load(&result, host, broken) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_watch_change(NULL, host, path, 0) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_watch_change(&result, NULL, path, 0) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_watch_change(&result, host, wanted, 0) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_watch_change(&result, host, path, 3) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_statistics(NULL, host) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_statistics(&result, NULL) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_trace(NULL, host) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_trace(&result, NULL) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_cancel(NULL) == FL_ERROR_INVALID_ARGUMENT);

  CHECK(fl_host_cancel(host) == FL_OK);
  CHECK(fl_host_load(&result, host, path) == FL_ERROR_CANCELLED);
  CHECK(result == NULL);
  fl_host_close(host);
}

/* A caller that was compiled with the first header: its struct is shorter, and ends with padding of any content. */
static void test_shorter_options(void) {
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  options.root = fl_str_of("/root");
  options.size = offsetof(fl_host_options, auto_lift);
  options.padding = options.auto_lift = options.dedupe = options.speculative = options.prefetch = 1;
  CHECK(opens_as(&options, "/a;/root;lift;0;foreload/runtime;"));
  options.size = offsetof(fl_host_options, ask_first);
  options.ask_first = 1;
  CHECK(opens_as(&options, "/a;/root;lift;0;foreload/runtime;"));
}

/* A caller that was compiled with a later header: its struct is longer. */
static void test_longer_options(void) {
  struct {
    fl_host_options known;
    uint64_t later;
  } options = {FL_HOST_OPTIONS_INIT, 0};
  fl_host *host = NULL;
  options.known.size = sizeof options;
  options.known.root = fl_str_of("/root");
  CHECK(fl_host_open(&host, &options.known) == FL_OK);
  fl_host_close(host);
  host = (fl_host *)&options;
  options.later = 1;
  CHECK(fl_host_open(&host, &options.known) == FL_ERROR_UNSUPPORTED);
  CHECK(host == NULL);
  CHECK(strstr(fl_last_error().data, "does not know") != NULL);
}

static void test_wrong_arguments(void) {
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  fl_build_options build = FL_BUILD_OPTIONS_INIT;
  fl_waterfall_options waterfall = FL_WATERFALL_OPTIONS_INIT;
  fl_str broken = {NULL, 1};
  fl_str path = fl_str_of("/root/a.astro"), relative = fl_str_of("a.astro"), empty = fl_str_of("");
  fl_host *host = NULL;
  fl_result *result = NULL;

  CHECK(fl_host_open(NULL, &options) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_open(&host, NULL) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT); /* no root */
  CHECK(strstr(fl_last_error().data, "options.root") != NULL);
  CHECK(fl_last_error().size == strlen(fl_last_error().data));
  options.root = relative;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(strstr(fl_last_error().data, "'a.astro'") != NULL);
  options.root = fl_str_of("/root");
  options.strategy = 3;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.strategy = FL_STRATEGY_AUTO;
  options.runtime_alias_count = 1;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.runtime_aliases = &broken;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.runtime_alias_count = 0;
  options.runtime_module = broken;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.runtime_module = empty;
  options.size = offsetof(fl_host_options, runtime_alias_count);
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.size = 0;
  CHECK(fl_host_open(&host, &options) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(host == NULL);

  host = open_host();
  CHECK(fl_host_transform(NULL, host, path, empty) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_transform(&result, NULL, path, empty) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_transform(&result, host, relative, empty) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_transform(&result, host, empty, empty) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_transform(&result, host, broken, empty) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_transform(&result, host, path, broken) == FL_ERROR_INVALID_ARGUMENT);
#if SIZE_MAX > UINT32_MAX
  {
    fl_str huge;
    huge.data = "x"; /* its size is refused before its data is looked at */
    huge.size = (size_t)UINT32_MAX + 1;
    CHECK(fl_host_transform(&result, host, path, huge) == FL_ERROR_INVALID_ARGUMENT);
  }
#endif
  CHECK(fl_host_explain(NULL, host, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_explain(&result, NULL, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_explain(&result, host, relative) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_build(NULL, host, &build) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_build(&result, host, NULL) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_build(&result, host, &build) == FL_ERROR_INVALID_ARGUMENT); /* no directory */
  build.directory = fl_str_of("/root");
  CHECK(fl_host_build(&result, NULL, &build) == FL_ERROR_INVALID_ARGUMENT);
  build.out = relative;
  CHECK(fl_host_build(&result, host, &build) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_waterfall(NULL, host, &waterfall) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_waterfall(&result, NULL, &waterfall) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_waterfall(&result, host, NULL) == FL_ERROR_INVALID_ARGUMENT);
  waterfall.trace = broken;
  CHECK(fl_host_waterfall(&result, host, &waterfall) == FL_ERROR_INVALID_ARGUMENT);
  waterfall.trace = empty;
  waterfall.source_link = broken;
  CHECK(fl_host_waterfall(&result, host, &waterfall) == FL_ERROR_INVALID_ARGUMENT);
  waterfall.source_link = empty;
  waterfall.code_link = broken;
  CHECK(fl_host_waterfall(&result, host, &waterfall) == FL_ERROR_INVALID_ARGUMENT);
  waterfall.code_link = empty;
  waterfall.size = 8;
  CHECK(fl_host_waterfall(&result, host, &waterfall) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_add_resolution(NULL, relative, path, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_add_resolution(host, broken, path, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_add_resolution(host, relative, relative, path) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_add_resolution(host, relative, path, relative) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_invalidate(NULL, &path, 1) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_invalidate(host, NULL, 1) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_invalidate(host, &relative, 1) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_host_invalidate_all(NULL) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(result == NULL);
  fl_host_close(host);
}

static void test_transform(void) {
  fl_host *host = open_host();
  fl_result *result = NULL;
  const fl_unresolved *unresolved;
  const fl_diagnostic *diagnostic;
  const fl_related *related;

  CHECK(fl_host_transform(&result, host, fl_str_of("/root/p.astro"), fl_str_of("full")) == FL_OK);
  fl_host_close(host); /* results outlive their host */
  CHECK(fl_result_changed(result) == 1);
  CHECK(same(fl_result_code(result), "changed code"));
  CHECK(same(fl_result_map(result), "{\"map\":1}"));
  CHECK(same(fl_result_companion_path(result), "/root/p.astro.foreload.ts"));
  CHECK(same(fl_result_companion_code(result), "companion code"));
  CHECK(same(fl_result_companion_map(result), "{\"map\":2}"));

  CHECK(fl_result_dependency_count(result) == 2);
  CHECK(same(fl_result_dependency(result, 0), "/root/a.astro"));
  CHECK(same(fl_result_dependency(result, 1), "/root/b.ts"));
  CHECK(same(fl_result_dependency(result, 2), ""));

  CHECK(fl_result_file_count(result) == 2);
  CHECK(fl_result_file(result, 0) && fl_result_file(result, 0)->size == sizeof(fl_file));
  CHECK(same(fl_result_file(result, 0)->path, "/root/one.js"));
  CHECK(same(fl_result_file(result, 0)->code, "one"));
  CHECK(same(fl_result_file(result, 0)->map, "{\"map\":4}"));
  CHECK(same(fl_result_file(result, 1)->map, ""));
  CHECK(fl_result_file(result, 2) == NULL);
  CHECK(same(fl_result_resolved_id(result), ""));

  CHECK(fl_result_unresolved_count(result) == 2);
  unresolved = fl_result_unresolved(result, 0);
  CHECK(unresolved && unresolved->size == sizeof *unresolved);
  CHECK(unresolved && same(unresolved->specifier, "@/x"));
  CHECK(unresolved && same(unresolved->importer, "/root/a.astro"));
  unresolved = fl_result_unresolved(result, 1);
  CHECK(unresolved && unresolved->specifier.size == 10 && memcmp(unresolved->specifier.data, "nul\0inside", 10) == 0);
  CHECK(fl_result_unresolved(result, 2) == NULL);

  CHECK(fl_result_diagnostic_count(result) == 3);
  diagnostic = fl_result_diagnostic(result, 0);
  CHECK(diagnostic && diagnostic->size == sizeof *diagnostic);
  CHECK(diagnostic && diagnostic->code == 2001);
  CHECK(diagnostic && diagnostic->severity == FL_SEVERITY_ERROR);
  CHECK(diagnostic && same(diagnostic->file, "/root/a.astro"));
  CHECK(diagnostic && same_position(diagnostic->start, 3, 5, 42));
  CHECK(diagnostic && same_position(diagnostic->end, 4, 6, 57));
  CHECK(diagnostic && same(diagnostic->message, "first message"));
  CHECK(diagnostic && same(diagnostic->hint, "first hint"));
  CHECK(diagnostic && diagnostic->related_count == 2);
  related = fl_result_related(result, 0, 0);
  CHECK(related && related->size == sizeof *related);
  CHECK(related && same(related->file, "/root/b.ts"));
  CHECK(related && same_position(related->start, 7, 8, 90));
  CHECK(related && same_position(related->end, 7, 9, 91));
  CHECK(related && same(related->message, "first place"));
  related = fl_result_related(result, 0, 1);
  CHECK(related && same(related->message, "second place"));
  CHECK(fl_result_related(result, 0, 2) == NULL);
  diagnostic = fl_result_diagnostic(result, 1);
  CHECK(diagnostic && diagnostic->severity == FL_SEVERITY_WARNING);
  CHECK(diagnostic && same(diagnostic->hint, ""));
  CHECK(diagnostic && diagnostic->related_count == 0);
  CHECK(fl_result_related(result, 1, 0) == NULL);
  diagnostic = fl_result_diagnostic(result, 2);
  CHECK(diagnostic && diagnostic->severity == FL_SEVERITY_INFO);
  CHECK(diagnostic && diagnostic->code == 65535);
  CHECK(fl_result_diagnostic(result, 3) == NULL);
  CHECK(fl_result_related(result, 3, 0) == NULL);

  /* What a transformation does not have. */
  CHECK(same(fl_result_json(result), ""));
  CHECK(same(fl_result_text(result), ""));
  CHECK(fl_result_counters(result) == NULL);
  fl_result_free(result);
}

static void test_unchanged(void) {
  fl_host *host = open_host();
  fl_result *result = NULL;
  fl_str nothing = {NULL, 0};
  CHECK(fl_host_transform(&result, host, fl_str_of("/root/p.astro"), fl_str_of("as it was")) == FL_OK);
  CHECK(fl_result_changed(result) == 0);
  CHECK(same(fl_result_code(result), "as it was"));
  CHECK(same(fl_result_map(result), ""));
  CHECK(same(fl_result_companion_path(result), ""));
  CHECK(same(fl_result_companion_code(result), ""));
  CHECK(same(fl_result_companion_map(result), ""));
  CHECK(fl_result_dependency_count(result) == 0);
  CHECK(fl_result_unresolved_count(result) == 0);
  CHECK(fl_result_diagnostic_count(result) == 0);
  fl_result_free(result);
  CHECK(fl_host_transform(&result, host, fl_str_of("/root/p.astro"), nothing) == FL_OK);
  CHECK(same(fl_result_code(result), ""));
  fl_result_free(result);
  fl_host_close(host);
}

static void test_build(void) {
  fl_host *host = open_host();
  fl_result *result = NULL;
  fl_build_options options = FL_BUILD_OPTIONS_INIT;
  const fl_counters *counters;
  options.directory = fl_str_of("/root/src/");
  CHECK(fl_host_build(&result, host, &options) == FL_OK);
  CHECK(same(fl_result_json(result), "/root/src>"));
  counters = fl_result_counters(result);
  CHECK(counters && counters->size == sizeof *counters);
  CHECK(counters && counters->components == 5);
  CHECK(counters && counters->changed == 4);
  CHECK(counters && counters->loaders == 3);
  CHECK(counters && counters->lifted == 2);
  CHECK(fl_result_diagnostic_count(result) == 1);
  CHECK(same(fl_result_diagnostic(result, 0)->message, "of a build"));
  CHECK(fl_result_changed(result) == 0);
  CHECK(same(fl_result_code(result), ""));
  fl_result_free(result);
  options.out = fl_str_of("/out/");
  CHECK(fl_host_build(&result, host, &options) == FL_OK);
  CHECK(same(fl_result_json(result), "/root/src>/out"));
  fl_result_free(result);
  fl_host_close(host);
}

static void test_waterfall(void) {
  fl_waterfall_options options = FL_WATERFALL_OPTIONS_INIT;
  fl_host *host = open_host();
  fl_result *result = NULL;
  CHECK(fl_host_waterfall(&result, host, &options) == FL_OK);
  CHECK(same(fl_result_text(result), ";;"));
  fl_result_free(result);
  options.trace = fl_str_of("{}");
  options.source_link = fl_str_of("/open?file={path}");
  options.code_link = fl_str_of("/codes/{code}");
  CHECK(fl_host_waterfall(&result, host, &options) == FL_OK);
  CHECK(same(fl_result_text(result), "{};/open?file={path};/codes/{code}"));
  CHECK(same(fl_result_json(result), ""));
  CHECK(fl_result_diagnostic_count(result) == 1);
  CHECK(same(fl_result_diagnostic(result, 0)->message, "of a waterfall"));
  fl_result_free(result);
  fl_host_close(host);
}

/* What the host was told, read back through explain. */
static void test_told(void) {
  fl_host *host = open_host();
  fl_result *result = NULL;
  fl_str paths[2];
  paths[0] = fl_str_of("/root/a");
  paths[1] = fl_str_of("/root/b");
  CHECK(fl_host_add_resolution(host, fl_str_of("@/x"), paths[0], paths[1]) == FL_OK);
  CHECK(fl_host_add_resolution(host, fl_str_of("@/y"), paths[0], fl_str_of(NULL)) == FL_OK);
  CHECK(fl_host_invalidate(host, paths, 2) == FL_OK);
  CHECK(fl_host_invalidate(host, NULL, 0) == FL_OK); /* no files: nothing, rather than everything */
  CHECK(fl_host_invalidate_all(host) == FL_OK);
  CHECK(fl_host_explain(&result, host, paths[0]) == FL_OK);
  CHECK(same(fl_result_json(result), "/root/a;/root;lift;0;foreload/runtime;resolution @/x /root/a '/root/b';"
                                     "resolution @/y /root/a '';invalidate /root/a;invalidate /root/b;invalidate all;"));
  CHECK(fl_result_diagnostic_count(result) == 1);
  CHECK(same(fl_result_diagnostic(result, 0)->message, "of an explanation"));
  CHECK(fl_result_counters(result) == NULL);
  fl_result_free(result);
  fl_host_close(host);
}

static void test_nothing_is_thrown(void) {
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  fl_host *host = open_host();
  fl_host *second = NULL;
  fl_result *result = NULL;
  fl_str path = fl_str_of("/root/a");
  CHECK(fl_host_transform(&result, host, path, fl_str_of("bad_alloc")) == FL_ERROR_OUT_OF_MEMORY);
  CHECK(same(fl_last_error(), "out of memory"));
  CHECK(fl_host_transform(&result, host, path, fl_str_of("exception")) == FL_ERROR_INTERNAL);
  CHECK(same(fl_last_error(), "unexpected failure: no such luck"));
  CHECK(fl_host_transform(&result, host, path, fl_str_of("int")) == FL_ERROR_INTERNAL);
  CHECK(same(fl_last_error(), "unexpected failure"));
  CHECK(result == NULL);
  fl_host_close(host);
  options.root = fl_str_of("/throw");
  CHECK(fl_host_open(&second, &options) == FL_ERROR_INTERNAL);
  CHECK(second == NULL);
}

static void test_null_is_tolerated(void) {
  fl_host_close(NULL);
  fl_result_free(NULL);
  CHECK(fl_result_changed(NULL) == 0);
  CHECK(same(fl_result_code(NULL), ""));
  CHECK(same(fl_result_map(NULL), ""));
  CHECK(same(fl_result_companion_path(NULL), ""));
  CHECK(same(fl_result_companion_code(NULL), ""));
  CHECK(same(fl_result_companion_map(NULL), ""));
  CHECK(fl_result_dependency_count(NULL) == 0);
  CHECK(same(fl_result_dependency(NULL, 0), ""));
  CHECK(fl_result_unresolved_count(NULL) == 0);
  CHECK(fl_result_unresolved(NULL, 0) == NULL);
  CHECK(fl_result_diagnostic_count(NULL) == 0);
  CHECK(fl_result_diagnostic(NULL, 0) == NULL);
  CHECK(fl_result_related(NULL, 0, 0) == NULL);
  CHECK(same(fl_result_json(NULL), ""));
  CHECK(same(fl_result_text(NULL), ""));
  CHECK(fl_result_counters(NULL) == NULL);
}

int main(void) {
  CHECK(same(fl_last_error(), "")); /* before the first failure */
  test_version();
  test_strings();
  test_host_options();
  test_plugin_options();
  test_plugin_calls();
  test_shorter_options();
  test_longer_options();
  test_wrong_arguments();
  test_transform();
  test_unchanged();
  test_build();
  test_waterfall();
  test_told();
  test_nothing_is_thrown();
  test_null_is_tolerated();
  return failures != 0;
}
