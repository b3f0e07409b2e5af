// Runs a program and prints what it took: milliseconds from its start to its end, milliseconds of processor time, and
// kilobytes of memory at most. A small program does it, because starting another one from a large one (as Node is) takes
// as long as crawling a thousand files.
// usage: foreload-bench-stopwatch PROGRAM ARGUMENT…
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double milliseconds(struct timeval time) { return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3; }

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: foreload-bench-stopwatch PROGRAM ARGUMENT...\n");
    return 2;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  struct timespec begin, end;
  struct rusage usage;
  pid_t child;
  int status;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  if (posix_spawnp(&child, argv[1], &actions, NULL, argv + 1, environ) != 0 || wait4(child, &status, 0, &usage) < 0)
    return 2;
  clock_gettime(CLOCK_MONOTONIC, &end);
  double wall = (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
  printf("%.3f %.3f %ld\n", wall, milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime), usage.ru_maxrss);
  return status == 0 ? 0 : 1;
}
