// The same transformation as a native plugin of Bun's bundler: `build.onBeforeParse({ filter }, { napiModule, symbol,
// external })` with this addon, "foreload_on_before_parse" and host.bunExternal(). Bun calls it on its own threads.
//
// The structs are those of Bun's C interface; each begins with its size, so that later versions of it can add to them.
#include "foreload/foreload.h"

#include <memory>

extern "C" {

struct BunBeforeParseArguments {
  size_t size;
  void *bun;
  const uint8_t *path;
  size_t path_size;
  const uint8_t *name_space;
  size_t name_space_size;
  uint8_t default_loader;
  void *external;
};

struct BunLogOptions {
  size_t size;
  const uint8_t *message;
  size_t message_size;
  const uint8_t *path;
  size_t path_size;
  const uint8_t *source_line;
  size_t source_line_size;
  int8_t level;
  int line, end_line, column, end_column;
};

struct BunBeforeParseResult {
  size_t size;
  uint8_t *source;
  size_t source_size;
  uint8_t loader;
  int (*fetch_source)(const BunBeforeParseArguments *arguments, BunBeforeParseResult *result);
  void *context;
  void (*free_context)(void *context);
  void (*log)(const BunBeforeParseArguments *arguments, BunLogOptions *options);
};

FL_API extern const char *const BUN_PLUGIN_NAME; // Bun looks for it
const char *const BUN_PLUGIN_NAME = "foreload";

FL_API void foreload_on_before_parse(const BunBeforeParseArguments *arguments, BunBeforeParseResult *result);
}

namespace {

enum BunLogLevel : int8_t { BunInfo = 2, BunWarning = 3, BunError = 4 };

fl_str view(const uint8_t *text, size_t size) { return {reinterpret_cast<const char *>(text), size}; }
const uint8_t *bytes(fl_str text) { return reinterpret_cast<const uint8_t *>(text.data); }

void log(const BunBeforeParseArguments *arguments, BunBeforeParseResult *result, BunLogLevel level, fl_str message,
         fl_str file, fl_position start, fl_position end) {
  BunLogOptions options = {};
  options.size = sizeof options;
  options.message = bytes(message);
  options.message_size = message.size;
  options.path = bytes(file);
  options.path_size = file.size;
  options.level = level;
  options.line = static_cast<int>(start.line);
  options.column = static_cast<int>(start.column);
  options.end_line = static_cast<int>(end.line);
  options.end_column = static_cast<int>(end.column);
  result->log(arguments, &options);
}

void free_result(void *context) { fl_result_free(static_cast<fl_result *>(context)); }

} // namespace

void foreload_on_before_parse(const BunBeforeParseArguments *arguments, BunBeforeParseResult *result) {
  auto *host = static_cast<std::shared_ptr<fl_host> *>(arguments->external);
  fl_str path = view(arguments->path, arguments->path_size);
  if (!host)
    return log(arguments, result, BunError, fl_str_of("foreload: `external` has to be host.bunExternal()"), path, {},
               {});
  if (result->fetch_source(arguments, result) != 0)
    return; // Bun has said why
  fl_result *transformed = nullptr;
  if (fl_host_transform(&transformed, host->get(), path, view(result->source, result->source_size)) != FL_OK)
    return log(arguments, result, BunError, fl_last_error(), path, {}, {});
  for (size_t at = 0; at < fl_result_diagnostic_count(transformed); ++at) {
    const fl_diagnostic *said = fl_result_diagnostic(transformed, at);
    BunLogLevel level = said->severity == FL_SEVERITY_ERROR     ? BunError
                        : said->severity == FL_SEVERITY_WARNING ? BunWarning
                                                                : BunInfo;
    if (level != BunInfo)
      log(arguments, result, level, said->message, said->file, said->start, said->end);
  }
  if (!fl_result_changed(transformed))
    return fl_result_free(transformed);
  fl_str code = fl_result_code(transformed);
  result->source = const_cast<uint8_t *>(bytes(code));
  result->source_size = code.size;
  result->loader = arguments->default_loader;
  result->context = transformed;
  result->free_context = free_result;
}
