/* One host, many threads, each with errors of its own: what the thread sanitizer looks at. */
#include "check.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 50 };

struct work {
  fl_host *host;
  int number;
  int failures;
};

static void *run(void *data) {
  struct work *work = data;
  char path[32], wrong[32];
  int round;
  sprintf(path, "/nowhere/%d.astro", work->number);
  sprintf(wrong, "relative-%d", work->number);
  for (round = 0; round < ROUNDS; round++) {
    fl_result *result = NULL;
    fl_str name = fl_str_of(path);
    if (fl_host_transform(&result, work->host, name, fl_str_of("<p>hello</p>\n")) != FL_OK ||
        fl_result_code(result).size != 13)
      work->failures++;
    fl_result_free(result);
    if (fl_host_transform(&result, work->host, fl_str_of(wrong), name) != FL_ERROR_INVALID_ARGUMENT ||
        !strstr(fl_last_error().data, wrong))
      work->failures++;
    if (fl_host_invalidate(work->host, &name, 1) != FL_OK)
      work->failures++;
  }
  return NULL;
}

int main(void) {
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  fl_host *host = NULL;
  struct work work[THREADS];
  pthread_t threads[THREADS];
  int at;
  options.root = fl_str_of("/nowhere");
  CHECK(fl_host_open(&host, &options) == FL_OK);
  for (at = 0; at < THREADS; at++) {
    work[at].host = host;
    work[at].number = at;
    work[at].failures = 0;
    CHECK(pthread_create(&threads[at], NULL, run, &work[at]) == 0);
  }
  for (at = 0; at < THREADS; at++) {
    CHECK(pthread_join(threads[at], NULL) == 0);
    CHECK(work[at].failures == 0);
  }
  fl_host_close(host);
  return failures != 0;
}
