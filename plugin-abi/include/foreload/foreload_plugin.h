/*
 * foreload_plugin.h: write a native plugin for foreload.
 *
 * A plugin is a shared object with one function, foreload_plugin(), which returns a table of hooks: those of Vite and
 * Rollup. foreload calls them while it transforms a project. docs/plugins.md is the guide; foreload_plugin.hpp a
 * wrapper for C++; this header is the specification.
 *
 *     static int32_t transform(void *instance, const fl_context *context, fl_str id, fl_str code,
 *                              fl_module_text *out) {
 *       ...
 *       out->code = text;
 *       out->owner = text.data;
 *       out->free = free;
 *       return FL_HOOK_DONE;
 *     }
 *
 *     static fl_plugin plugin;
 *     FL_API const fl_plugin *foreload_plugin(uint32_t host_version, fl_str *refusal) {
 *       plugin.size = sizeof plugin;
 *       plugin.abi_version = FL_PLUGIN_ABI_VERSION;
 *       plugin.name = ...
 *       plugin.transform = transform;
 *       return &plugin;
 *     }
 *
 * Conventions, which hold for everything here:
 *
 *  - Threads. Hooks are called from any thread, several at once, also of the same instance: guard what an instance
 *    keeps. The functions of a context may be called in the hook that it was passed to, on the thread that called it.
 *  - Ownership. What a hook is passed is borrowed until it returns; so is what the host's functions give it. What a
 *    hook puts into an `out` struct belongs to the plugin: the host copies it, and then calls `free(owner)` if `free`
 *    is not NULL, on the same thread, whatever it thinks of the rest. The table that foreload_plugin() returns, and all
 *    that it points to, lives until the process ends.
 *  - Strings are a pointer and a length, UTF-8, without a NUL. Empty ones may have a NULL pointer. A module's id is an
 *    absolute path or whatever a plugin's resolve_id made up.
 *  - Structs start with their size, and grow at the end only. Who fills in a struct sets its size; of a shorter one the
 *    fields that are missing count as zero. An `out` struct has its size set and the rest zero.
 *  - What makes no sense is refused: a `code` that is NULL or no UTF-8, a length without data, a map that does not
 *    parse, a number that is in no enum. There is a diagnostic (FL6xxx) that names the plugin, and the text stays as it
 *    was.
 *  - No exception may leave a hook, and a hook must return. A plugin that crashes takes its host with it.
 */
#ifndef FORELOAD_FORELOAD_PLUGIN_H
#define FORELOAD_FORELOAD_PLUGIN_H

#include "foreload_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Raised whenever something is added. A host takes plugins of its own version and of all before it, down to
 * FL_PLUGIN_ABI_OLDEST. A plugin that can do with an older host's version says so by putting that into
 * fl_plugin.abi_version, and leaves alone what came later.
 */
#define FL_PLUGIN_ABI_VERSION 1
#define FL_PLUGIN_ABI_OLDEST 1

/* What a hook returns. */
typedef enum fl_hook_status {
  FL_HOOK_NONE = 0,  /* nothing to say: the next plugin, or the host, goes on */
  FL_HOOK_DONE = 1,  /* `out` is filled in, where there is one */
  FL_HOOK_FAILED = 2 /* what went wrong was reported; if not, foreload says that the hook failed */
} fl_hook_status;

typedef enum fl_order { FL_ORDER_NORMAL = 0, FL_ORDER_PRE = 1, FL_ORDER_POST = 2 } fl_order;
typedef enum fl_apply { FL_APPLY_ALWAYS = 0, FL_APPLY_SERVE = 1, FL_APPLY_BUILD = 2 } fl_apply;

/* ---------------------------------------------------------------------------------- what a plugin can ask its host --
 */

typedef struct fl_host_functions fl_host_functions;

/* One call of a hook. */
typedef struct fl_context {
  size_t size;
  const fl_host_functions *host;
  void *call;        /* the host's */
  fl_str root;       /* the project's root */
  fl_str directory;  /* where the components of a build are; empty if files are transformed one by one */
  fl_str options;    /* the plugin's options, as JSON; empty: there are none */
  int32_t mode;      /* an fl_mode */
  uint32_t reserved; /* 0 */
} fl_context;

/* A module, by name. */
typedef struct fl_resolved {
  size_t size;
  fl_str id;
  int32_t external;  /* not 0: it is not read, and imported as it is when the program runs */
  uint32_t reserved; /* 0 */
  void *owner;
  void (*free)(void *owner);
} fl_resolved;

/* A module's text. */
typedef struct fl_module_text {
  size_t size;
  fl_str code; /* its data must not be NULL */
  /*
   * A version 3 source map as JSON. In a transformation's, a source that is the module's path, or the only source, is
   * the text that went in; others are files, relative to the module. Empty: every line and column is where it was.
   */
  fl_str map;
  void *owner;
  void (*free)(void *owner);
} fl_module_text;

/* Something to say to the user. It is shown as FL6001, with the plugin's name. */
typedef struct fl_report {
  size_t size;
  int32_t severity;  /* an fl_severity; an error makes `foreload build` fail, and a build tool print it */
  uint32_t reserved; /* 0 */
  fl_str file;       /* empty: the module that the hook was called for */
  /* In the text that the hook was given; the host leads it back to the file. A line and a column are enough. */
  fl_position start; /* line 0: the file as a whole */
  fl_position end;   /* exclusive; line 0: as start */
  fl_str message;
  fl_str hint; /* what to do about it; may be empty */
} fl_report;

struct fl_host_functions {
  size_t size;
  uint32_t abi_version; /* the host's FL_PLUGIN_ABI_VERSION */
  uint32_t reserved;    /* 0 */
  /*
   * What an import means, to the other plugins and then to the host. FL_HOOK_NONE: nobody knows, at least now. A build
   * tool is asked then, and if it has an answer the hook is called again, for the same text. `free` of the result is
   * NULL.
   */
  int32_t (*resolve)(const fl_context *context, fl_str specifier, fl_str importer, fl_resolved *out);
  /* The bytes of a file, from the host's file system. FL_HOOK_NONE: it cannot be read. Does not add a dependency. */
  int32_t (*read_file)(const fl_context *context, fl_str path, fl_str *out);
  /* When the file changes, what the hook did is to be done again. */
  void (*add_dependency)(const fl_context *context, fl_str path);
  void (*report)(const fl_context *context, const fl_report *report);
  /* A report without a place. */
  void (*log)(const fl_context *context, int32_t severity, fl_str message);
  /* A file besides the module. In generate, one with the path of an output takes its place. */
  void (*emit_file)(const fl_context *context, const fl_file *file);
  /* Not 0: nobody waits for the answer any more. Whatever the hook returns is not looked at. */
  int32_t (*is_cancelled)(const fl_context *context);
};

/* -------------------------------------------------------------------------------------------------------- a plugin --
 */

/*
 * Which modules a hook is for; the host looks at it before it calls. An empty list is no condition.
 * Globs: `*` anything but a slash, `**` anything, `?` a character, `[a-z]`, `{a,b}`, `\` takes what follows as it is.
 * Those that begin with neither `/` nor `**` are relative to the project's root. A query (`?raw`) is no part of an id
 * here.
 */
typedef struct fl_filter {
  size_t size;
  const fl_str *include; /* globs: one of these, or of the suffixes, has to match the id */
  size_t include_count;
  const fl_str *suffixes;
  size_t suffix_count;
  const fl_str *exclude; /* globs: none of these may */
  size_t exclude_count;
  const fl_str *code; /* one of these has to be in the text; for transform and module_parsed */
  size_t code_count;
} fl_filter;

/* How a hook is to be called. */
typedef struct fl_hook_use {
  size_t size;
  int32_t order;           /* an fl_order: among the same hooks of other plugins; `pre` comes before all that are not */
  uint32_t reserved;       /* 0 */
  const fl_filter *filter; /* NULL: for all modules */
} fl_hook_use;

/* What a file says of itself. */
typedef struct fl_module_info {
  size_t size;
  fl_str id;
  fl_str code;           /* as it was analyzed */
  const fl_str *imports; /* specifiers, in the order of the source */
  size_t import_count;
  const fl_str *exports; /* names; `*` for those of another module */
  size_t export_count;
  int32_t is_component;
  int32_t has_loader;
  int32_t is_usable; /* 0: it could not be parsed */
  uint32_t reserved; /* 0 */
} fl_module_info;

/* What foreload_plugin() returns. Any function may be NULL: then the plugin does not have that hook. */
typedef struct fl_plugin {
  size_t size;
  uint32_t abi_version; /* FL_PLUGIN_ABI_VERSION, or an older one that is enough */
  int32_t enforce;      /* an fl_order: before lifting and other plugins, or behind them */
  int32_t apply;        /* an fl_apply */
  uint32_t reserved;    /* 0 */
  fl_str name;          /* for people; not empty */

  /*
   * Makes the state that a host's hooks share, from the options as JSON (may be empty). FL_HOOK_FAILED: the host does
   * not open, and says why: `refusal`, which may be left as it is. Called once for a host, before any hook.
   */
  int32_t (*create)(void **instance, fl_str root, fl_str options, fl_str *refusal);
  /* Called once for a host, behind all hooks; not if create failed. */
  void (*destroy)(void *instance);

  /* Before the other hooks of a build, or of a host whose files are transformed one by one. */
  int32_t (*build_start)(void *instance, const fl_context *context);
  const fl_hook_use *build_start_use; /* here and below: NULL for normal order and no filter */

  /* What `specifier` in the module `importer` means. The filter is for the specifier. */
  int32_t (*resolve_id)(void *instance, const fl_context *context, fl_str specifier, fl_str importer, fl_resolved *out);
  const fl_hook_use *resolve_id_use;

  /* The text of a module, instead of a file's. */
  int32_t (*load)(void *instance, const fl_context *context, fl_str id, fl_module_text *out);
  const fl_hook_use *load_use;

  /* Another text for a module. */
  int32_t (*transform)(void *instance, const fl_context *context, fl_str id, fl_str code, fl_module_text *out);
  const fl_hook_use *transform_use;

  /* A module was analyzed: one that is transformed, or that one depends on. Again when it has changed. */
  int32_t (*module_parsed)(void *instance, const fl_context *context, const fl_module_info *module);
  const fl_hook_use *module_parsed_use;

  /* A file changed. `event` is an fl_file_event. */
  int32_t (*watch_change)(void *instance, const fl_context *context, fl_str path, int32_t event);
  const fl_hook_use *watch_change_use;

  /* All modules of a build are transformed; or the host closes. */
  int32_t (*build_end)(void *instance, const fl_context *context);
  const fl_hook_use *build_end_use;

  /* A build is about to write its outputs. */
  int32_t (*generate)(void *instance, const fl_context *context, const fl_file *outputs, size_t count);
  const fl_hook_use *generate_use;
} fl_plugin;

/*
 * The one function that a plugin exports. NULL: it does not want this host, for a reason that it may put into
 * `refusal`. Called once for each host, from any thread.
 */
FL_API const fl_plugin *foreload_plugin(uint32_t host_version, fl_str *refusal);

#ifdef __cplusplus
}
#endif

#endif
