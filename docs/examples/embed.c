/*
 * Transforms one component of a project and prints what came out: embed ROOT FILE
 *
 * cc embed.c $(pkg-config --cflags --libs foreload)
 */
#include <foreload/foreload.h>

#include <stdio.h>
#include <stdlib.h>

/* The whole file as a string that the caller frees; NULL data if it cannot be read. */
static fl_str read_file(const char *path) {
  fl_str text = {NULL, 0};
  FILE *file = fopen(path, "rb");
  long size;
  char *data;
  if (!file)
    return text;
  if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0 &&
      (data = malloc((size_t)size + 1)) != NULL) {
    text.data = data;
    text.size = fread(data, 1, (size_t)size, file);
  }
  fclose(file);
  return text;
}

static void print_diagnostics(const fl_result *result) {
  static const char *const severities[] = {"error", "warning", "info"};
  size_t at;
  for (at = 0; at < fl_result_diagnostic_count(result); at++) {
    const fl_diagnostic *diagnostic = fl_result_diagnostic(result, at);
    fprintf(stderr, "%s:%u:%u: %s FL%04u: %s\n", diagnostic->file.data, diagnostic->start.line,
            diagnostic->start.column, severities[diagnostic->severity], diagnostic->code, diagnostic->message.data);
  }
}

int main(int argc, char **argv) {
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  fl_host *host = NULL;
  fl_result *result = NULL;
  fl_str code;
  fl_str text;
  int exit_code = EXIT_FAILURE;

  if (argc != 3) {
    fprintf(stderr, "usage: %s ROOT FILE\n", argv[0]);
    return 2;
  }
  if (fl_abi_version() < FL_ABI_VERSION) {
    fprintf(stderr, "foreload %s is too old for this program\n", fl_version_string());
    return EXIT_FAILURE;
  }

  options.root = fl_str_of(argv[1]);
  code = read_file(argv[2]);
  if (!code.data)
    perror(argv[2]);
  else if (fl_host_open(&host, &options) != FL_OK ||
           fl_host_transform(&result, host, fl_str_of(argv[2]), code) != FL_OK)
    fprintf(stderr, "foreload: %s\n", fl_last_error().data);
  else {
    print_diagnostics(result);
    text = fl_result_code(result);
    fwrite(text.data, 1, text.size, stdout);
    text = fl_result_companion_path(result);
    if (text.size)
      printf("\n=== %s ===\n%s", text.data, fl_result_companion_code(result).data);
    exit_code = EXIT_SUCCESS;
  }

  /* All of these accept NULL. */
  fl_result_free(result);
  fl_host_close(host);
  free((void *)code.data);
  return exit_code;
}
