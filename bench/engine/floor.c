// What no crawl can be faster than: lists the folders below one, and reads every module in them, with as many threads as
// are asked for. It makes nothing of what it reads.
// usage: foreload-bench-floor DIR THREADS
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; // guards what follows
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char **folders; // that are to be listed
static size_t folder_count, folder_room;
static size_t open_folders; // these, and those that are being listed
static size_t files, bytes;

static void add_folder(char *path) {
  pthread_mutex_lock(&mutex);
  if (folder_count == folder_room)
    folders = realloc(folders, (folder_room = folder_room ? 2 * folder_room : 64) * sizeof *folders);
  folders[folder_count++] = path;
  ++open_folders;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&mutex);
}

static char *take_folder(void) {
  pthread_mutex_lock(&mutex);
  while (folder_count == 0 && open_folders > 0)
    pthread_cond_wait(&changed, &mutex);
  char *path = folder_count ? folders[--folder_count] : NULL;
  pthread_mutex_unlock(&mutex);
  return path;
}

static void *work(void *unused) {
  (void)unused;
  static _Thread_local char buffer[1 << 16];
  size_t own_files = 0, own_bytes = 0;
  for (char *path; (path = take_folder());) {
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
      if (entry->d_name[0] == '.')
        continue;
      if (entry->d_type == DT_DIR) {
        char *below = malloc(strlen(path) + strlen(entry->d_name) + 2);
        sprintf(below, "%s/%s", path, entry->d_name);
        add_folder(below);
        continue;
      }
      int file = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC);
      if (file < 0)
        continue;
      ssize_t size = read(file, buffer, sizeof buffer);
      close(file);
      own_bytes += size > 0 ? (size_t)size : 0;
      ++own_files;
    }
    if (folder)
      closedir(folder);
    free(path);
    pthread_mutex_lock(&mutex);
    if (--open_folders == 0)
      pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
  pthread_mutex_lock(&mutex);
  files += own_files;
  bytes += own_bytes;
  pthread_mutex_unlock(&mutex);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: foreload-bench-floor DIR THREADS\n");
    return 2;
  }
  pthread_t threads[64];
  int count = atoi(argv[2]);
  if (count < 1 || count > 64)
    return 2;
  add_folder(strdup(argv[1]));
  for (int i = 1; i < count; ++i)
    pthread_create(&threads[i], NULL, work, NULL);
  work(NULL);
  for (int i = 1; i < count; ++i)
    pthread_join(threads[i], NULL);
  printf("%zu files, %zu bytes\n", files, bytes);
  return 0;
}
