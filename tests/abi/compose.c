/* Component inclusion through the C ABI: every function and every field, on files in a folder of its own. */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>
#include <utime.h>

static char folder[] = "/tmp/foreload-XXXXXX";

static void write_file(const char *name, const char *text) {
  struct utimbuf old = {0, 0}; /* a file that was written a moment ago would be read again */
  char path[256];
  FILE *file;
  sprintf(path, "%s/%s", folder, name);
  file = fopen(path, "w");
  CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
  CHECK(utime(path, &old) == 0);
}

static void remove_file(const char *name) {
  char path[256];
  sprintf(path, "%s/%s", folder, name);
  CHECK(remove(path) == 0);
}

static int same(fl_str text, const char *expected) {
  size_t size = strlen(expected);
  return text.data && text.size == size && memcmp(text.data, expected, size) == 0 && text.data[size] == '\0';
}

static int has(fl_str text, const char *part) { return text.data && strstr(text.data, part) != NULL; }

static fl_composer *open_composer(const char *configuration) {
  fl_composer_options options = FL_COMPOSER_OPTIONS_INIT;
  fl_composer *composer = NULL;
  CHECK(options.size == sizeof options);
  options.base = fl_str_of(folder);
  options.configuration = fl_str_of(configuration);
  CHECK(fl_composer_open(&composer, &options) == FL_OK);
  return composer;
}

static fl_compose_request request_for(const fl_str *components, size_t count) {
  fl_compose_request request = FL_COMPOSE_REQUEST_INIT;
  request.components = components;
  request.component_count = count;
  return request;
}

static void test_result(void) {
  fl_composer *composer = open_composer("{\"workers\": 1}");
  fl_str wanted[2], name, value;
  fl_compose_request request = request_for(wanted, 2);
  fl_result *result = NULL;
  const fl_component *component;
  const fl_compose_statistics *statistics;
  const fl_diagnostic *diagnostic;
  wanted[0] = fl_str_of("page.md");
  wanted[1] = fl_str_of("none.md");
  name = fl_str_of("name");
  value = fl_str_of("World");
  request.names = &name;
  request.values = &value;
  request.variable_count = 1;
  CHECK(fl_compose(&result, composer, &request) == FL_OK);

  CHECK(fl_result_component_count(result) == 3);
  component = fl_result_component(result, 0);
  CHECK(component->size == sizeof *component);
  CHECK(same(component->path, "page.md"));
  CHECK(same(component->content, "Hello World and {{component: none.md}}\n"));
  CHECK(same(component->error, ""));
  CHECK(component->requested && component->composed && !component->from_cache);
  CHECK(component->retries == 0);
  CHECK(component->seconds > 0);
  CHECK(component->dependency_count == 2);
  CHECK(component->missing_count == 1);
  CHECK(same(fl_result_component_dependency(result, 0, 0), "part.md"));
  CHECK(same(fl_result_component_dependency(result, 0, 1), "none.md"));
  CHECK(same(fl_result_component_dependency(result, 0, 2), ""));
  CHECK(same(fl_result_component_missing(result, 0, 0), "none.md"));
  CHECK(same(fl_result_component_missing(result, 0, 1), ""));
  CHECK(same(fl_result_component_missing(result, 9, 0), ""));
  CHECK(same(fl_result_component_dependency(result, 9, 0), ""));

  component = fl_result_component(result, 1);
  CHECK(same(component->path, "none.md"));
  CHECK(same(component->content, ""));
  CHECK(has(component->error, "cannot be read"));
  CHECK(component->requested && !component->composed);
  component = fl_result_component(result, 2);
  CHECK(same(component->path, "part.md"));
  CHECK(!component->requested && component->composed);
  CHECK(fl_result_component(result, 3) == NULL);

  CHECK(fl_result_diagnostic_count(result) == 2);
  diagnostic = fl_result_diagnostic(result, 1);
  CHECK(diagnostic->code == 7002 && diagnostic->severity == FL_SEVERITY_ERROR && has(diagnostic->file, "/page.md"));
  CHECK(has(fl_result_json(result), "\"phases\""));

  statistics = fl_result_compose_statistics(result);
  CHECK(statistics->size == sizeof *statistics);
  CHECK(statistics->seconds > 0);
  CHECK(statistics->work_seconds > 0);
  CHECK(statistics->longest_chain_seconds > 0 && statistics->longest_chain_seconds <= statistics->work_seconds);
  CHECK(statistics->loaded == 2);
  CHECK(statistics->failed == 1);
  CHECK(statistics->files_read == 2);
  CHECK(statistics->bytes_read == strlen("Hello {{component: part.md}} and {{component: none.md}}\n") + strlen("{name}\n"));
  CHECK(statistics->retries == 0);
  CHECK(statistics->cache_hits == 0);
  CHECK(statistics->workers == 1 && statistics->peak_reads == 1);
  fl_result_free(result);

  CHECK(fl_compose(&result, composer, &request) == FL_OK);
  CHECK(fl_result_component(result, 0)->from_cache);
  CHECK(fl_result_compose_statistics(result)->cache_hits == 2);
  fl_composer_close(composer);
  CHECK(same(fl_result_component(result, 2)->content, "World\n")); /* outlives the composer */
  fl_result_free(result);
}

static void test_texts(void) {
  fl_composer *composer = open_composer("");
  fl_str wanted = fl_str_of("page.md"), path = fl_str_of("./part.md"), text = fl_str_of("edited");
  fl_compose_request request = request_for(&wanted, 1);
  fl_result *result = NULL;
  request.text_paths = &path;
  request.texts = &text;
  request.text_count = 1;
  CHECK(fl_compose(&result, composer, &request) == FL_OK);
  CHECK(same(fl_result_component(result, 0)->content, "Hello edited and {{component: none.md}}\n"));
  fl_result_free(result);
  path = fl_str_of("../part.md");
  CHECK(fl_compose(&result, composer, &request) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(result == NULL);
  fl_composer_close(composer);
}

struct told {
  char paths[64];
  uint64_t done, known;
  int failed;
};

static void on_progress(void *context, const fl_compose_progress *progress) {
  struct told *told = context;
  CHECK(progress->size == sizeof *progress);
  CHECK(progress->reserved == 0);
  strncat(told->paths, progress->path.data, progress->path.size);
  told->done = progress->done;
  told->known = progress->known;
  told->failed += progress->failed;
}

static void test_progress_and_priorities(void) {
  fl_composer *composer = open_composer("{\"workers\": 1}");
  fl_str wanted[3];
  int32_t priorities[3] = {-1, 0, 7};
  fl_compose_request request = request_for(wanted, 3);
  fl_result *result = NULL;
  struct told told = {"", 0, 0, 0};
  wanted[0] = fl_str_of("part.md");
  wanted[1] = fl_str_of("none.md");
  wanted[2] = fl_str_of("other.md");
  request.priorities = priorities;
  request.on_progress = on_progress;
  request.progress_context = &told;
  CHECK(fl_compose(&result, composer, &request) == FL_OK);
  CHECK(strcmp(told.paths, "other.mdnone.mdpart.md") == 0);
  CHECK(told.done == 3 && told.known == 3 && told.failed == 1);
  CHECK(same(fl_result_component(result, 0)->path, "part.md"));
  fl_result_free(result);
  fl_composer_close(composer);
}

static void test_warm_up_and_statistics(void) {
  fl_composer *composer = open_composer("{\"hot\": [\"other.md\"]}");
  fl_str wanted[2];
  fl_compose_request request = request_for(wanted, 2);
  fl_result *result = NULL;
  uint64_t count = 9;
  wanted[0] = fl_str_of("part.md");
  wanted[1] = fl_str_of("none.md");
  CHECK(fl_composer_warm_up(&count, composer, &request) == FL_OK);
  CHECK(count == 1);
  wanted[1] = fl_str_of("other.md");
  CHECK(fl_compose(&result, composer, &request) == FL_OK);
  CHECK(fl_result_compose_statistics(result)->cache_hits == 2);
  fl_result_free(result);
  CHECK(fl_composer_statistics(&result, composer) == FL_OK);
  CHECK(has(fl_result_json(result), "\"requests\": 1"));
  CHECK(fl_result_compose_statistics(result) == NULL);
  CHECK(fl_result_component_count(result) == 0);
  fl_result_free(result);

  CHECK(fl_composer_shut_down(composer) == FL_OK);
  CHECK(fl_compose(&result, composer, &request) == FL_OK);
  CHECK(!fl_result_component(result, 0)->composed);
  fl_result_free(result);
  CHECK(fl_composer_shut_down(composer) == FL_OK);
  fl_composer_close(composer);
}

static void test_wrong_arguments(void) {
  fl_composer_options options = FL_COMPOSER_OPTIONS_INIT;
  fl_composer *composer = (fl_composer *)&options;
  fl_str wanted = {NULL, 1};
  fl_compose_request request = request_for(&wanted, 1);
  fl_result *result = (fl_result *)&options;
  uint64_t count = 9;
  CHECK(fl_composer_open(NULL, &options) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_composer_open(&composer, NULL) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(composer == NULL);
  CHECK(fl_composer_open(&composer, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.base = fl_str_of("relative");
  CHECK(fl_composer_open(&composer, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.base = fl_str_of(folder);
  options.configuration = fl_str_of("{\"workrs\": 1}");
  CHECK(fl_composer_open(&composer, &options) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(has(fl_last_error(), "options.configuration: unknown key 'workrs'"));
  options.configuration = wanted;
  CHECK(fl_composer_open(&composer, &options) == FL_ERROR_INVALID_ARGUMENT);
  options.size = 3;
  CHECK(fl_composer_open(&composer, &options) == FL_ERROR_INVALID_ARGUMENT);

  CHECK(fl_compose(NULL, NULL, &request) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_compose(&result, NULL, &request) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(result == NULL);
  composer = open_composer("");
  CHECK(fl_compose(&result, composer, NULL) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_compose(&result, composer, &request) == FL_ERROR_INVALID_ARGUMENT);
  request.components = NULL;
  CHECK(fl_compose(&result, composer, &request) == FL_ERROR_INVALID_ARGUMENT);
  request.component_count = 0;
  request.variable_count = 1;
  CHECK(fl_compose(&result, composer, &request) == FL_ERROR_INVALID_ARGUMENT);
  request.names = &options.base;
  CHECK(fl_compose(&result, composer, &request) == FL_ERROR_INVALID_ARGUMENT);
  request.variable_count = 0;
  request.text_count = 1;
  CHECK(fl_compose(&result, composer, &request) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_composer_warm_up(&count, composer, &request) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(count == 0);
  CHECK(fl_composer_warm_up(NULL, composer, &request) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_composer_warm_up(&count, NULL, &request) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_composer_statistics(&result, NULL) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_composer_statistics(NULL, composer) == FL_ERROR_INVALID_ARGUMENT);
  CHECK(fl_composer_shut_down(NULL) == FL_ERROR_INVALID_ARGUMENT);
  request.text_count = 0;
  CHECK(fl_compose(&result, composer, &request) == FL_OK); /* nothing to compose is no mistake */
  CHECK(fl_result_component_count(result) == 0);
  fl_result_free(result);
  fl_composer_close(composer);
  fl_composer_close(NULL);
  CHECK(fl_result_component_count(NULL) == 0);
  CHECK(fl_result_component(NULL, 0) == NULL);
  CHECK(fl_result_compose_statistics(NULL) == NULL);
}

int main(void) {
  CHECK(mkdtemp(folder) != NULL);
  write_file("page.md", "Hello {{component: part.md}} and {{component: none.md}}\n");
  write_file("part.md", "{name}\n");
  write_file("other.md", "other\n");
  test_result();
  test_texts();
  test_progress_and_priorities();
  test_warm_up_and_statistics();
  test_wrong_arguments();
  remove_file("page.md");
  remove_file("part.md");
  remove_file("other.md");
  CHECK(rmdir(folder) == 0);
  return failures != 0;
}
