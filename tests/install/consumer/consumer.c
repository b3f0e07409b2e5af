#include <foreload/foreload.h>

#include <stdio.h>

int main(void) {
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  fl_host *host = NULL;
  options.root = fl_str_of("/");
  if (fl_host_open(&host, &options) != FL_OK) {
    fprintf(stderr, "%s\n", fl_last_error().data);
    return 1;
  }
  fl_host_close(host);
  return fl_abi_version() != FL_ABI_VERSION;
}
