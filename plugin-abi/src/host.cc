// The functions of foreload.h that do something: each checks its arguments, calls the host and boxes the answer.
#include "host/host.h"
#include "configuration.h"
#include "host/native_plugin.h"
#include "options.h"
#include "result.h"

using foreload::abi::check_path;
using foreload::abi::check_text;
using foreload::abi::fail;
using foreload::abi::folder_of;
using foreload::abi::guarded;
using foreload::abi::read_configuration;
using foreload::abi::read_options;
using foreload::abi::text_of;

static_assert(static_cast<int>(foreload::Hook::ResolveId) == FL_HOOK_RESOLVE_ID);
static_assert(static_cast<int>(foreload::Hook::Load) == FL_HOOK_LOAD);
static_assert(static_cast<int>(foreload::Hook::Transform) == FL_HOOK_TRANSFORM);
static_assert(static_cast<int>(foreload::FileEvent::Create) == FL_FILE_CREATED);
static_assert(static_cast<int>(foreload::FileEvent::Update) == FL_FILE_UPDATED);
static_assert(static_cast<int>(foreload::FileEvent::Delete) == FL_FILE_DELETED);
static_assert(static_cast<int>(foreload::StrategyOption::Auto) == FL_STRATEGY_AUTO);
static_assert(static_cast<int>(foreload::StrategyOption::Inline) == FL_STRATEGY_INLINE);
static_assert(static_cast<int>(foreload::StrategyOption::Reference) == FL_STRATEGY_REFERENCE);

struct fl_host {
  explicit fl_host(foreload::HostOptions options) : host(std::move(options)) {}
  foreload::Host host;
};

fl_str fl_str_of(const char *text) { return text ? fl_str{text, std::strlen(text)} : fl_str{nullptr, 0}; }

/// Loads the plugins that a host is opened with.
static fl_status load_plugins(const fl_host_options &options, foreload::HostOptions &host) {
  for (size_t at = 0; at < options.plugin_count; ++at) {
    fl_plugin_source source = FL_PLUGIN_SOURCE_INIT;
    if (fl_status status = read_options(source, &options.plugins[at], offsetof(fl_plugin_source, entry), "plugin"))
      return status;
    if (fl_status status =
            source.entry ? check_text(source.path, "plugin.path") : check_path(source.path, "plugin.path"))
      return status;
    if (fl_status status = check_text(source.options, "plugin.options"))
      return status;
    llvm::Expected<std::shared_ptr<foreload::Plugin>> plugin =
        source.entry ? foreload::make_native_plugin(source.entry, source.path.size ? text_of(source.path) : "linked in",
                                                    text_of(source.options), host.root)
                     : foreload::load_native_plugin(text_of(source.path), text_of(source.options), host.root);
    if (!plugin)
      return fail(FL_ERROR_PLUGIN, "%s", llvm::toString(plugin.takeError()).c_str());
    host.plugins.push_back(std::move(*plugin));
  }
  return FL_OK;
}

fl_status fl_host_open(fl_host **out, const fl_host_options *given) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  constexpr size_t smallest = offsetof(fl_host_options, runtime_alias_count) + sizeof(size_t);
  if (fl_status status = read_options(options, given, smallest, "options"))
    return status;
  if (fl_status status = check_path(options.root, "options.root"))
    return status;
  if (fl_status status = check_text(options.runtime_module, "options.runtime_module"))
    return status;
  if (options.strategy < FL_STRATEGY_AUTO || options.strategy > FL_STRATEGY_REFERENCE)
    return fail(FL_ERROR_INVALID_ARGUMENT, "options.strategy is %d, which is no fl_strategy", options.strategy);
  if (!options.runtime_aliases && options.runtime_alias_count)
    return fail(FL_ERROR_INVALID_ARGUMENT, "options.runtime_aliases is NULL, options.runtime_alias_count is not 0");
  for (size_t at = 0; at < options.runtime_alias_count; ++at)
    if (fl_status status = check_text(options.runtime_aliases[at], "options.runtime_aliases"))
      return status;

  if (!options.plugins && options.plugin_count)
    return fail(FL_ERROR_INVALID_ARGUMENT, "options.plugins is NULL, options.plugin_count is not 0");
  if (options.mode != FL_MODE_BUILD && options.mode != FL_MODE_SERVE)
    return fail(FL_ERROR_INVALID_ARGUMENT, "options.mode is %d, which is no fl_mode", options.mode);
  if (fl_status status = check_text(options.compose, "options.compose"))
    return status;

  return guarded([&] {
    foreload::HostOptions host;
    host.root = folder_of(options.root);
    host.lift = options.lift != 0;
    host.ask_first = options.ask_first != 0;
    host.auto_lift = options.auto_lift != 0;
    host.dedupe = options.dedupe != 0;
    host.speculative = options.speculative != 0;
    host.prefetch = options.prefetch != 0;
    host.strategy = static_cast<foreload::StrategyOption>(options.strategy);
    if (options.runtime_module.size)
      host.runtime_module = text_of(options.runtime_module).str();
    for (size_t at = 0; at < options.runtime_alias_count; ++at)
      host.runtime_aliases.push_back(text_of(options.runtime_aliases[at]).str());
    host.mode = options.mode == FL_MODE_SERVE ? foreload::HostMode::Serve : foreload::HostMode::Build;
    host.trace = options.trace != 0;
    if (options.compose.size)
      if (fl_status status = read_configuration(host.compose.emplace(), options.compose, host.root, "options.compose"))
        return status;
    if (fl_status status = load_plugins(options, host))
      return status;
    *out = new fl_host(std::move(host));
    return FL_OK;
  });
}

void fl_host_close(fl_host *host) { delete host; }

/// The part that all calls with a result share. \p make returns it.
template <typename Make> static fl_status box_result(fl_result **out, fl_host *host, Make &&make) {
  if (!host)
    return fail(FL_ERROR_INVALID_ARGUMENT, "host is NULL");
  return guarded([&] {
    std::unique_ptr<fl_result> result = make(host->host);
    if (host->host.is_cancelled())
      return fail(FL_ERROR_CANCELLED, "the host is cancelled");
    *out = result.release();
    return FL_OK;
  });
}

fl_status fl_host_transform(fl_result **out, fl_host *host, fl_str id, fl_str code) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  if (fl_status status = check_path(id, "id"))
    return status;
  if (fl_status status = check_text(code, "code"))
    return status;
  if (code.size >= UINT32_MAX)
    return fail(FL_ERROR_INVALID_ARGUMENT, "code has %zu bytes; a component has less than 4 GiB", code.size);
  return box_result(out, host, [&](foreload::Host &h) {
    return std::make_unique<fl_result>(h.transform(text_of(id), text_of(code)));
  });
}

fl_status fl_host_build(fl_result **out, fl_host *host, const fl_build_options *given) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  fl_build_options options = FL_BUILD_OPTIONS_INIT;
  constexpr size_t smallest = offsetof(fl_build_options, out) + sizeof(fl_str);
  if (fl_status status = read_options(options, given, smallest, "options"))
    return status;
  if (fl_status status = check_path(options.directory, "options.directory"))
    return status;
  if (fl_status status = options.out.size ? check_path(options.out, "options.out") : FL_OK)
    return status;
  return box_result(out, host, [&](foreload::Host &h) {
    foreload::BuildOptions build;
    build.directory = folder_of(options.directory);
    build.out = options.out.size ? folder_of(options.out) : std::string();
    return std::make_unique<fl_result>(h.build(build));
  });
}

fl_status fl_host_explain(fl_result **out, fl_host *host, fl_str id) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  if (fl_status status = check_path(id, "id"))
    return status;
  return box_result(out, host, [&](foreload::Host &h) { return std::make_unique<fl_result>(h.explain(text_of(id))); });
}

fl_status fl_host_waterfall(fl_result **out, fl_host *host, const fl_waterfall_options *given) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  fl_waterfall_options options = FL_WATERFALL_OPTIONS_INIT;
  if (fl_status status = read_options(options, given, sizeof(fl_waterfall_options), "options"))
    return status;
  for (auto [text, name] : {std::pair{options.trace, "options.trace"},
                            {options.source_link, "options.source_link"},
                            {options.code_link, "options.code_link"}})
    if (fl_status status = check_text(text, name))
      return status;
  return box_result(out, host, [&](foreload::Host &h) {
    foreload::WaterfallOptions waterfall;
    waterfall.trace = text_of(options.trace).str();
    waterfall.source_link = text_of(options.source_link).str();
    waterfall.code_link = text_of(options.code_link).str();
    return std::make_unique<fl_result>(h.waterfall(waterfall));
  });
}

fl_status fl_host_add_resolution(fl_host *host, fl_str specifier, fl_str importer, fl_str path) {
  if (!host)
    return fail(FL_ERROR_INVALID_ARGUMENT, "host is NULL");
  if (fl_status status = check_text(specifier, "specifier"))
    return status;
  if (fl_status status = check_path(importer, "importer"))
    return status;
  if (fl_status status = path.size ? check_path(path, "path") : FL_OK)
    return status;
  return guarded([&] {
    host->host.add_resolution(text_of(specifier), text_of(importer), text_of(path));
    return FL_OK;
  });
}

fl_status fl_host_invalidate(fl_host *host, const fl_str *paths, size_t count) {
  if (!host)
    return fail(FL_ERROR_INVALID_ARGUMENT, "host is NULL");
  if (!paths && count)
    return fail(FL_ERROR_INVALID_ARGUMENT, "paths is NULL, count is not 0");
  for (size_t at = 0; at < count; ++at)
    if (fl_status status = check_path(paths[at], "path"))
      return status;
  return guarded([&] {
    std::vector<std::string> copies;
    copies.reserve(count);
    for (size_t at = 0; at < count; ++at)
      copies.push_back(text_of(paths[at]).str());
    host->host.invalidate(copies);
    return FL_OK;
  });
}

fl_status fl_host_invalidate_all(fl_host *host) {
  if (!host)
    return fail(FL_ERROR_INVALID_ARGUMENT, "host is NULL");
  return guarded([&] {
    host->host.invalidate_all();
    return FL_OK;
  });
}

int fl_host_wants(fl_host *host, int32_t hook, fl_str id, fl_str code) {
  if (!host || hook < FL_HOOK_RESOLVE_ID || hook > FL_HOOK_TRANSFORM || check_text(id, "id") ||
      check_text(code, "code"))
    return 0;
  return host->host.is_wanted(static_cast<foreload::Hook>(hook), text_of(id), text_of(code));
}

fl_status fl_host_resolve_id(fl_result **out, fl_host *host, fl_str specifier, fl_str importer) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  if (fl_status status = check_text(specifier, "specifier"))
    return status;
  if (fl_status status = check_text(importer, "importer"))
    return status;
  return box_result(out, host, [&](foreload::Host &h) {
    return std::make_unique<fl_result>(h.resolve_id(text_of(specifier), text_of(importer)), text_of(specifier));
  });
}

fl_status fl_host_load(fl_result **out, fl_host *host, fl_str id) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  if (fl_status status = check_text(id, "id"))
    return status;
  return box_result(out, host, [&](foreload::Host &h) { return std::make_unique<fl_result>(h.load(text_of(id))); });
}

fl_status fl_host_watch_change(fl_result **out, fl_host *host, fl_str path, int32_t event) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  if (fl_status status = check_path(path, "path"))
    return status;
  if (event < FL_FILE_CREATED || event > FL_FILE_DELETED)
    return fail(FL_ERROR_INVALID_ARGUMENT, "event is %d, which is no fl_file_event", event);
  return box_result(out, host, [&](foreload::Host &h) {
    return std::make_unique<fl_result>(h.watch_change(text_of(path), static_cast<foreload::FileEvent>(event)));
  });
}

fl_status fl_host_statistics(fl_result **out, fl_host *host) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  return box_result(out, host, [](foreload::Host &h) { return std::make_unique<fl_result>(h.statistics()); });
}

fl_status fl_host_trace(fl_result **out, fl_host *host) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  return box_result(out, host, [](foreload::Host &h) { return std::make_unique<fl_result>(h.trace()); });
}

fl_status fl_host_cancel(fl_host *host) {
  if (!host)
    return fail(FL_ERROR_INVALID_ARGUMENT, "host is NULL");
  host->host.cancel();
  return FL_OK;
}
