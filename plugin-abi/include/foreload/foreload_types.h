/* What foreload.h and foreload_plugin.h have in common. Include one of those. */
#ifndef FORELOAD_FORELOAD_TYPES_H
#define FORELOAD_FORELOAD_TYPES_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define FL_API __attribute__((visibility("default")))
#else
#define FL_API
#endif

/* UTF-8. Passed by value: this one never grows, and neither do the next two. */
typedef struct fl_str {
  const char *data;
  size_t size; /* in bytes */
} fl_str;

/* The numbers are part of the ABI. */
typedef enum fl_severity { FL_SEVERITY_ERROR = 0, FL_SEVERITY_WARNING = 1, FL_SEVERITY_INFO = 2 } fl_severity;

/* A place as people and JavaScript tools count it. */
typedef struct fl_position {
  uint32_t line;   /* from 1 */
  uint32_t column; /* from 1, in UTF-16 code units */
  uint32_t offset; /* from 0, in bytes */
} fl_position;

/* What a host works for. */
typedef enum fl_mode { FL_MODE_BUILD = 0, FL_MODE_SERVE = 1 } fl_mode;

typedef enum fl_file_event { FL_FILE_CREATED = 0, FL_FILE_UPDATED = 1, FL_FILE_DELETED = 2 } fl_file_event;

/* A file that a plugin emits, or that a build is about to write. */
typedef struct fl_file {
  size_t size; /* sizeof(fl_file) */
  /*
   * An absolute path: where it would be among the sources. A build writes it to the according place of its output, so
   * that it has to be below the build's directory; a build tool serves it under this path.
   */
  fl_str path;
  fl_str code;
  fl_str map; /* a source map as JSON; may be empty */
} fl_file;

/* The one function of a plugin: foreload_plugin.h. */
struct fl_plugin;
typedef const struct fl_plugin *(*fl_plugin_entry)(uint32_t host_version, fl_str *refusal);

#endif
