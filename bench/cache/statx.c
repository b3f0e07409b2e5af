// What no build can be faster than that finds out that nothing has changed: calls statx on each file that a list names, on
// two threads, and does nothing else.
// usage: foreload-bench-statx LIST
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char **files;
static size_t count;

static void *work(void *first) {
  struct statx status;
  for (size_t at = *(size_t *)first; at < count; at += 2)
    if (statx(AT_FDCWD, files[at], 0, STATX_TYPE | STATX_SIZE | STATX_MTIME | STATX_INO, &status) != 0)
      return files[at];
  return NULL;
}

int main(int argc, char **argv) {
  struct stat status;
  int list = argc == 2 ? open(argv[1], O_RDONLY) : -1;
  if (list < 0 || fstat(list, &status) != 0) {
    fprintf(stderr, "usage: foreload-bench-statx LIST\n");
    return 2;
  }
  char *text = malloc((size_t)status.st_size + 1);
  if (read(list, text, (size_t)status.st_size) != status.st_size)
    return 2;
  text[status.st_size] = '\0';
  files = malloc(((size_t)status.st_size + 1) * sizeof *files);
  for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
    *end = '\0';
    files[count++] = line;
  }
  size_t firsts[] = {0, 1};
  void *missing[2];
  pthread_t thread;
  pthread_create(&thread, NULL, work, &firsts[1]);
  missing[0] = work(&firsts[0]);
  pthread_join(thread, &missing[1]);
  return missing[0] || missing[1] ? 1 : 0;
}
