/*
 * foreload.h: embed foreload's transformer.
 *
 * foreload removes data waterfalls from component trees at build time: it reads component files, finds each
 * component's exported `loader`, and writes into the components above it the code that starts the loader early.
 *
 * A host stands for one project. Open it once, hand it component after component, close it:
 *
 *     fl_host_options options = FL_HOST_OPTIONS_INIT;
 *     fl_host *host = NULL;
 *     fl_result *result = NULL;
 *     options.root = fl_str_of("/home/me/site");
 *     if (fl_host_open(&host, &options) == FL_OK &&
 *         fl_host_transform(&result, host, fl_str_of("/home/me/site/src/pages/index.astro"), code) == FL_OK) {
 *       fl_str out = fl_result_code(result);
 *       fwrite(out.data, 1, out.size, stdout);
 *     }
 *     fl_result_free(result);
 *     fl_host_close(host);
 *
 * Conventions, which hold for every function here:
 *
 *  - Ownership can be read from the signature. What comes back through a first argument that is a pointer to a pointer
 *    belongs to the caller, who releases it with the function named there. What is returned, or pointed to by what is
 *    returned, is borrowed: it lives as long as the object that was asked. What the caller passes in is copied if it
 *    is needed after the call.
 *  - Strings are UTF-8, a pointer and a length. Strings that come out are followed by a NUL that the length does not
 *    count, so that they can be printed; strings that go in need none. Empty strings may have a NULL pointer.
 *  - Paths are absolute, with forward slashes.
 *  - Functions that can fail return fl_status. On failure the out pointer is set to NULL, and fl_last_error() says more.
 *    A mistake in a *component* is no failure: it is a diagnostic in the result.
 *  - No exception crosses this interface, and nothing is printed.
 *  - Structs that go in start with their size and grow at the end only: the library takes the fields that it does not
 *    find in an older caller's struct for their defaults, and refuses a newer caller's struct only if a field that it
 *    does not know is not zero. Structs that come out start with their size too: a field is there if the size covers it.
 */
#ifndef FORELOAD_FORELOAD_H
#define FORELOAD_FORELOAD_H

#include "foreload_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------------- version -- */

#define FL_VERSION_MAJOR 0
#define FL_VERSION_MINOR 1
#define FL_VERSION_PATCH 0

/*
 * Raised by one whenever a function or a field is added. A program that was compiled with a higher number than the
 * library returns from fl_abi_version() may use something that the library lacks. (What would break a compiled program
 * changes the library's file name, libforeload.so.<FL_VERSION_MAJOR>, instead.)
 */
#define FL_ABI_VERSION 3

/* The library's own version, as major * 10000 + minor * 100 + patch. Thread-safe. */
FL_API uint32_t fl_version_number(void);

/* The same as text, such as "0.1.0". Static. Thread-safe. */
FL_API const char *fl_version_string(void);

/* The FL_ABI_VERSION that the library was compiled with. Thread-safe. */
FL_API uint32_t fl_abi_version(void);

/* ---------------------------------------------------------------------------------------------------- strings -- */

/* Borrows a NUL-terminated string; NULL gives the empty string. Thread-safe. */
FL_API fl_str fl_str_of(const char *text);

/* ----------------------------------------------------------------------------------------------------- status -- */

/* The numbers are part of the ABI. */
typedef enum fl_status {
  FL_OK = 0,
  FL_ERROR_INVALID_ARGUMENT = 1, /* a NULL that must not be, a relative path, a struct of impossible size */
  FL_ERROR_UNSUPPORTED = 2,      /* an options struct sets a field that this library does not know */
  FL_ERROR_OUT_OF_MEMORY = 3,
  FL_ERROR_INTERNAL = 4, /* a bug in foreload; fl_last_error() has what is known */
  FL_ERROR_PLUGIN = 5,   /* a plugin cannot be loaded, or refuses to start */
  FL_ERROR_CANCELLED = 6 /* fl_host_cancel() was called */
} fl_status;

/*
 * What the last failed call on this thread had to say, as one line of text; empty before the first failure. Borrowed
 * until the next call on this thread. Thread-safe: each thread has its own.
 */
FL_API fl_str fl_last_error(void);

/* ------------------------------------------------------------------------------------------------- simple API -- */

/* One project and what is known of its files. Safe for concurrent use by multiple threads, except for fl_host_close. */
typedef struct fl_host fl_host;

/* What one call found out. Immutable: safe for concurrent use by multiple threads, except for fl_result_free. */
typedef struct fl_result fl_result;

/* How lifted loaders travel into the code that starts them. */
typedef enum fl_strategy {
  FL_STRATEGY_AUTO = 0,     /* the better one for each loader */
  FL_STRATEGY_INLINE = 1,   /* copy the loader's code where that is sound, else leave it */
  FL_STRATEGY_REFERENCE = 2 /* import the component's own export */
} fl_strategy;

/* A plugin, from a file or linked into the program. */
typedef struct fl_plugin_source {
  size_t size; /* sizeof(fl_plugin_source) */
  /* Its shared object: an absolute path. With an entry it is only what errors call the plugin. */
  fl_str path;
  /* Its options as JSON; may be empty. */
  fl_str options;
  /* Not NULL: its entry, and no file is loaded. */
  fl_plugin_entry entry;
} fl_plugin_source;

#define FL_PLUGIN_SOURCE_INIT {sizeof(fl_plugin_source), {NULL, 0}, {NULL, 0}, NULL}

typedef struct fl_host_options {
  size_t size; /* sizeof(fl_host_options) */
  /* The project's root. Required. Keys of loaders are relative to it. */
  fl_str root;
  /* 0: loaders get their keys, but none is lifted. */
  int32_t lift;
  /* An fl_strategy. */
  int32_t strategy;
  /* What generated code imports registerLoader from; empty: "foreload/runtime". */
  fl_str runtime_module;
  /* Other specifiers that components import the runtime by, such as "astro-auto-load/runtime". */
  const fl_str *runtime_aliases;
  size_t runtime_alias_count;
  /* Not 0: imports that are not relative are reported as unresolved until fl_host_add_resolution() answers them, as a
     build tool with aliases of its own wants it. */
  int32_t ask_first;
  /* Ignored: padding in programs of FL_ABI_VERSION 1. */
  int32_t padding;
  /* Since FL_ABI_VERSION 2. Not 0: a plain `await` in a component's frontmatter is a loader, too. */
  int32_t auto_lift;
  /* Since 2. Not 0: with auto_lift, calls of the same import with equal arguments run once a request. */
  int32_t dedupe;
  /* Since 2. Not 0: loaders are started where it is likely, not certain, that their component renders. */
  int32_t speculative;
  /* Since 3 (it had to be 0 before). Not 0: threads of the host's own read what a component renders as soon as it is
     transformed, so that it is known when the components in it are transformed in their turn, as a dev server does.
     Results are the same. */
  int32_t prefetch;
  /* Since 3. Native plugins (docs/plugins.md), in the order in which they are to be called. */
  const fl_plugin_source *plugins;
  size_t plugin_count;
  /* Since 3. An fl_mode: plugins may be there for one of them only. */
  int32_t mode;
  /* Since 3. Not 0: remember each call of a plugin, for fl_host_trace(). */
  int32_t trace;
  /* Since 3. Not empty: Markdown (.md) is composed, as docs/compose.md says; JSON with its keys, but for what is to be
     composed. Paths in it are relative to the root, and so is the base directory by default. */
  fl_str compose;
} fl_host_options;

#define FL_HOST_OPTIONS_INIT                                                                                           \
  {sizeof(fl_host_options), {NULL, 0}, 1, FL_STRATEGY_AUTO, {NULL, 0}, NULL, 0, 0, 0, 0, 0, 0, 0, NULL, 0,             \
   FL_MODE_BUILD, 0, {NULL, 0}}

/* Opens a host, to be released with fl_host_close. Reads no file yet. Thread-safe. */
FL_API fl_status fl_host_open(fl_host **out, const fl_host_options *options);

/* Releases a host; NULL is allowed. No other call on it may be under way; results that it gave stay valid. */
FL_API void fl_host_close(fl_host *host);

/*
 * Transforms the component at path `id`, whose text is `code`: what an editor or an earlier build step has, which may
 * differ from what is on disk. Other components are read from disk. Release the result with fl_result_free.
 * Gives: changed, code, map, companion, files, dependencies, unresolved, diagnostics. Thread-safe.
 */
FL_API fl_status fl_host_transform(fl_result **out, fl_host *host, fl_str id, fl_str code);

/* Releases a result with all that was borrowed from it; NULL is allowed. */
FL_API void fl_result_free(fl_result *result);

/* --------------------------------------------------------------------------------------------- whole projects -- */

typedef struct fl_build_options {
  size_t size; /* sizeof(fl_build_options) */
  /* Every component below it is transformed. Required. */
  fl_str directory;
  /* Where to write code, source maps and manifest.json; empty: nothing is written. */
  fl_str out;
} fl_build_options;

#define FL_BUILD_OPTIONS_INIT {sizeof(fl_build_options), {NULL, 0}, {NULL, 0}}

/*
 * Transforms every component below a directory. Files that cannot be read or written are diagnostics (FL9xxx); the
 * others are done all the same. Release the result with fl_result_free.
 * Gives: json (the manifest), counters, diagnostics. Thread-safe.
 */
FL_API fl_status fl_host_build(fl_result **out, fl_host *host, const fl_build_options *options);

/*
 * Tells of the component tree below the file at path `id`, with a verdict for each loader. Release the result with
 * fl_result_free. Gives: json (docs/abi.md has its shape), diagnostics. Thread-safe.
 */
FL_API fl_status fl_host_explain(fl_result **out, fl_host *host, fl_str id);

typedef struct fl_waterfall_options {
  size_t size; /* sizeof(fl_waterfall_options) */
  /* What the runtime has measured of one request, as JSON (docs/runtime.md). Required. */
  fl_str trace;
  /* Where places in the source lead: a URL with {path}, {file}, {line} and {column}; empty: nowhere. */
  fl_str source_link;
  /* Where a diagnostic's code leads: a URL with {code}; empty: nowhere. */
  fl_str code_link;
} fl_waterfall_options;

#define FL_WATERFALL_OPTIONS_INIT {sizeof(fl_waterfall_options), {NULL, 0}, {NULL, 0}, {NULL, 0}}

/*
 * Since FL_ABI_VERSION 3. Draws when the loaders of one request ran, and when they would have in plain rendering: HTML
 * with its own style sheet, to be put into a shadow tree. Release the result with fl_result_free.
 * Gives: text (empty if the trace is none), diagnostics. Thread-safe.
 */
FL_API fl_status fl_host_waterfall(fl_result **out, fl_host *host, const fl_waterfall_options *options);

/* ------------------------------------------------------------------------------------------------- build tools -- */

/*
 * Tells the host what the build tool's own resolver made of an import that a result listed as unresolved; an empty
 * `path`: nothing. Kept until fl_host_invalidate_all. Then transform the component again. Thread-safe.
 */
FL_API fl_status fl_host_add_resolution(fl_host *host, fl_str specifier, fl_str importer, fl_str path);

/*
 * Forgets what was read of `count` files, after they changed. Calls that are under way may still use the old state.
 * Thread-safe.
 */
FL_API fl_status fl_host_invalidate(fl_host *host, const fl_str *paths, size_t count);

/* Forgets everything that was read and resolved. Thread-safe. */
FL_API fl_status fl_host_invalidate_all(fl_host *host);

/* --------------------------------------------------------------------------------------------------- plugins -- */

/* All since FL_ABI_VERSION 3. A host without plugins answers at once that there is nothing. */

/* The hooks that fl_host_wants() can be asked about. */
typedef enum fl_hook { FL_HOOK_RESOLVE_ID = 1, FL_HOOK_LOAD = 2, FL_HOOK_TRANSFORM = 3 } fl_hook;

/*
 * Whether calling a hook for a module may do anything: what the plugins' filters say, lifting's among them. `id` is the
 * specifier for FL_HOOK_RESOLVE_ID; `code` is looked at for FL_HOOK_TRANSFORM only. 0 if the host is NULL. Thread-safe.
 */
FL_API int fl_host_wants(fl_host *host, int32_t hook, fl_str id, fl_str code);

/*
 * Asks the plugins what an import means. Release the result with fl_result_free.
 * Gives: resolved_id, resolved_external, unresolved, diagnostics. Thread-safe.
 */
FL_API fl_status fl_host_resolve_id(fl_result **out, fl_host *host, fl_str specifier, fl_str importer);

/*
 * Asks the plugins for the text of a module. Release the result with fl_result_free.
 * Gives: changed (whether there is one), code, map, files, dependencies, unresolved, diagnostics. Thread-safe.
 */
FL_API fl_status fl_host_load(fl_result **out, fl_host *host, fl_str id);

/*
 * Tells the plugins that a file changed, and forgets what was read of it. `event` is an fl_file_event. Release the
 * result with fl_result_free. Gives: diagnostics. Thread-safe.
 */
FL_API fl_status fl_host_watch_change(fl_result **out, fl_host *host, fl_str path, int32_t event);

/*
 * The time that plugins took so far: docs/plugins.md has the shape. Release the result with fl_result_free.
 * Gives: json. Thread-safe.
 */
FL_API fl_status fl_host_statistics(fl_result **out, fl_host *host);

/*
 * Each call of a plugin, for Chrome's trace viewer and Perfetto; none without fl_host_options.trace. Release the result
 * with fl_result_free. Gives: json. Thread-safe.
 */
FL_API fl_status fl_host_trace(fl_result **out, fl_host *host);

/* Calls that are under way, and all that come, end with FL_ERROR_CANCELLED as soon as plugins let them. Thread-safe. */
FL_API fl_status fl_host_cancel(fl_host *host);

/* --------------------------------------------------------------------------------------------------- results -- */

/*
 * All of these borrow from the result, are thread-safe, and accept a NULL result and an index past the end: they give
 * 0, an empty string or NULL then. The same goes for what a result of that kind does not have.
 */

/* Whether the component came out different. If 0, fl_result_code is the code that went in, and there is no map. */
FL_API int fl_result_changed(const fl_result *result);
/* The component's code. */
FL_API fl_str fl_result_code(const fl_result *result);
/* Its source map, version 3, as JSON; empty if unchanged. */
FL_API fl_str fl_result_map(const fl_result *result);

/* The companion module that the changed code imports: where to put it (empty: there is none), its code and its map. */
FL_API fl_str fl_result_companion_path(const fl_result *result);
FL_API fl_str fl_result_companion_code(const fl_result *result);
FL_API fl_str fl_result_companion_map(const fl_result *result);

/* What else plugins have emitted. Since 3. */
FL_API size_t fl_result_file_count(const fl_result *result);
FL_API const fl_file *fl_result_file(const fl_result *result, size_t at);

/* What fl_host_resolve_id found: empty if no plugin knows. Since 3. */
FL_API fl_str fl_result_resolved_id(const fl_result *result);
/* Whether a plugin says that an import is to be left as it is; the id is the specifier then. Since 3. */
FL_API int fl_result_resolved_external(const fl_result *result);

/* The other files that the result depends on, sorted: when one of them changes, transform the component again. */
FL_API size_t fl_result_dependency_count(const fl_result *result);
FL_API fl_str fl_result_dependency(const fl_result *result, size_t at);

/* An import that no rule that the host knows resolves, and that may matter for the component. */
typedef struct fl_unresolved {
  size_t size;
  fl_str specifier;
  fl_str importer; /* path of the file that holds the import */
} fl_unresolved;

FL_API size_t fl_result_unresolved_count(const fl_result *result);
FL_API const fl_unresolved *fl_result_unresolved(const fl_result *result, size_t at);

/* A message about one place in one file. */
typedef struct fl_diagnostic {
  size_t size;
  uint32_t code;    /* 2001 is shown as FL2001; docs/diagnostics.md lists them */
  int32_t severity; /* an fl_severity */
  fl_str file;
  fl_position start;
  fl_position end; /* exclusive */
  fl_str message;
  fl_str hint; /* what to do about it; may be empty */
  size_t related_count;
} fl_diagnostic;

/* Another place that helps to understand a diagnostic. */
typedef struct fl_related {
  size_t size;
  fl_str file;
  fl_position start;
  fl_position end;
  fl_str message;
} fl_related;

FL_API size_t fl_result_diagnostic_count(const fl_result *result);
FL_API const fl_diagnostic *fl_result_diagnostic(const fl_result *result, size_t at);
/* The related place number `at` of diagnostic number `diagnostic`. */
FL_API const fl_related *fl_result_related(const fl_result *result, size_t diagnostic, size_t at);

/* The manifest of a build, or what another call has to say, as JSON. */
FL_API fl_str fl_result_json(const fl_result *result);

/* Since FL_ABI_VERSION 3. What was drawn, as HTML. */
FL_API fl_str fl_result_text(const fl_result *result);

/* What a build counted. */
typedef struct fl_counters {
  size_t size;
  uint64_t components; /* files seen */
  uint64_t changed;    /* files that came out different */
  uint64_t loaders;
  uint64_t lifted;
} fl_counters;

FL_API const fl_counters *fl_result_counters(const fl_result *result);

/* ------------------------------------------------------------------------------------- component inclusion -- */

/*
 * Since FL_ABI_VERSION 3. Markdown components that include each other, put together (docs/compose.md):
 *
 *     fl_composer_options options = FL_COMPOSER_OPTIONS_INIT;
 *     fl_compose_request request = FL_COMPOSE_REQUEST_INIT;
 *     fl_str wanted = fl_str_of("reports/weekly.md");
 *     options.base = fl_str_of("/home/me/components");
 *     request.components = &wanted;
 *     request.component_count = 1;
 *     if (fl_composer_open(&composer, &options) == FL_OK && fl_compose(&result, composer, &request) == FL_OK)
 *       content = fl_result_component(result, 0)->content;
 */

/* What is known of the components below one directory. Safe for concurrent use by multiple threads, except for
   fl_composer_close. */
typedef struct fl_composer fl_composer;

typedef struct fl_composer_options {
  size_t size; /* sizeof(fl_composer_options) */
  /* The directory that components are named relative to; nothing outside of it is read. Required. */
  fl_str base;
  /* The rest as JSON, with the keys that docs/compose.md has; empty: the defaults. Paths in it are relative to `base`.
     What it wants composed is ignored. */
  fl_str configuration;
} fl_composer_options;

#define FL_COMPOSER_OPTIONS_INIT {sizeof(fl_composer_options), {NULL, 0}, {NULL, 0}}

/*
 * Opens a composer, to be released with fl_composer_close. A mistake in the configuration is an invalid argument. Reads
 * the components that the configuration calls hot. Thread-safe.
 */
FL_API fl_status fl_composer_open(fl_composer **out, const fl_composer_options *options);

/* Shuts a composer down and releases it; NULL is allowed. No other call on it may be under way; results that it gave
   stay valid. */
FL_API void fl_composer_close(fl_composer *composer);

/* How far a request has come. */
typedef struct fl_compose_progress {
  size_t size;
  fl_str path;     /* of the component that was read, or could not be */
  uint64_t done;   /* components */
  uint64_t known;  /* grows while components name further ones */
  int32_t failed;  /* not 0: it could not be read */
  int32_t reserved;
} fl_compose_progress;

/* Called on any thread, one call at a time; `progress` is there during the call only. Must not call the composer. */
typedef void (*fl_compose_progress_fn)(void *context, const fl_compose_progress *progress);

typedef struct fl_compose_request {
  size_t size; /* sizeof(fl_compose_request) */
  /* Paths of components, relative to the base directory. */
  const fl_str *components;
  size_t component_count;
  /* For each of them: what has a higher one is read first. NULL: all are alike. */
  const int32_t *priorities;
  /* Context variables. */
  const fl_str *names;
  const fl_str *values;
  size_t variable_count;
  /* Components whose text is not what their file says: that of an editor, for example. */
  const fl_str *text_paths;
  const fl_str *texts;
  size_t text_count;
  /* NULL: nobody wants to know. */
  fl_compose_progress_fn on_progress;
  void *progress_context;
} fl_compose_request;

#define FL_COMPOSE_REQUEST_INIT                                                                                        \
  {sizeof(fl_compose_request), NULL, 0, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL}

/*
 * Composes components. What cannot be composed is a diagnostic (FL7xxx), and the rest is. Release the result with
 * fl_result_free. Gives: components, json (docs/compose.md has its shape), compose_statistics, diagnostics. Thread-safe.
 */
FL_API fl_status fl_compose(fl_result **out, fl_composer *composer, const fl_compose_request *request);

/*
 * Puts components into the cache, for requests with the same variables to find them there; without components, those
 * that were asked for most. `out` is how many came through. Thread-safe.
 */
FL_API fl_status fl_composer_warm_up(uint64_t *out, fl_composer *composer, const fl_compose_request *request);

/* What was measured since the composer was opened. Release the result with fl_result_free. Gives: json. Thread-safe. */
FL_API fl_status fl_composer_statistics(fl_result **out, fl_composer *composer);

/*
 * Ends what is under way soon: what is being read still comes, the rest fails, and so do later requests. Returns when all
 * is quiet. Thread-safe.
 */
FL_API fl_status fl_composer_shut_down(fl_composer *composer);

/* One component of a result. */
typedef struct fl_component {
  size_t size;
  fl_str path;        /* relative to the base directory */
  fl_str content;     /* empty if it could not be composed */
  fl_str error;       /* why not; empty if it was composed */
  int32_t requested;  /* 0: it is here because another one includes it */
  int32_t composed;   /* 0: it could not be */
  int32_t from_cache; /* not 0: it had been composed before */
  uint32_t retries;   /* how often reading it was tried again */
  double seconds;     /* spent on it */
  size_t dependency_count;
  size_t missing_count;
} fl_component;

/* The requested components in their order, then what they include. As the functions for results above do, these accept
   NULL and any index. */
FL_API size_t fl_result_component_count(const fl_result *result);
FL_API const fl_component *fl_result_component(const fl_result *result, size_t at);
/* The path of what component number `component` includes itself, and of that which could not be put in. */
FL_API fl_str fl_result_component_dependency(const fl_result *result, size_t component, size_t at);
FL_API fl_str fl_result_component_missing(const fl_result *result, size_t component, size_t at);

/* What was measured of one request. */
typedef struct fl_compose_statistics {
  size_t size;
  double seconds;               /* from the request to its result */
  double work_seconds;          /* spent on all components together */
  double longest_chain_seconds; /* spent on the slowest chain of components that include each other */
  uint64_t loaded;
  uint64_t failed;
  uint64_t files_read;
  uint64_t bytes_read;
  uint64_t retries;
  uint64_t cache_hits;
  uint32_t workers;    /* how many could read at the same time */
  uint32_t peak_reads; /* how many did */
} fl_compose_statistics;

FL_API const fl_compose_statistics *fl_result_compose_statistics(const fl_result *result);

#ifdef __cplusplus
}
#endif

#endif
