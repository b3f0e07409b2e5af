// The functions of foreload.h that do something: each checks its arguments, calls the host and boxes the answer.
#include "host/host.h"
#include "arguments.h"
#include "options.h"
#include "result.h"

using foreload::abi::check_path;
using foreload::abi::check_text;
using foreload::abi::fail;
using foreload::abi::folder_of;
using foreload::abi::guarded;
using foreload::abi::read_options;
using foreload::abi::text_of;

static_assert(static_cast<int>(foreload::StrategyOption::Auto) == FL_STRATEGY_AUTO);
static_assert(static_cast<int>(foreload::StrategyOption::Inline) == FL_STRATEGY_INLINE);
static_assert(static_cast<int>(foreload::StrategyOption::Reference) == FL_STRATEGY_REFERENCE);

struct fl_host {
  explicit fl_host(foreload::HostOptions options) : host(std::move(options)) {}
  foreload::Host host;
};

fl_str fl_str_of(const char *text) { return text ? fl_str{text, std::strlen(text)} : fl_str{nullptr, 0}; }

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
  if (options.reserved)
    return fail(FL_ERROR_UNSUPPORTED, "options.reserved is %d, which means nothing to foreload %s", options.reserved,
                fl_version_string());
  if (!options.runtime_aliases && options.runtime_alias_count)
    return fail(FL_ERROR_INVALID_ARGUMENT, "options.runtime_aliases is NULL, options.runtime_alias_count is not 0");
  for (size_t at = 0; at < options.runtime_alias_count; ++at)
    if (fl_status status = check_text(options.runtime_aliases[at], "options.runtime_aliases"))
      return status;

  return guarded([&] {
    foreload::HostOptions host;
    host.root = folder_of(options.root);
    host.lift = options.lift != 0;
    host.ask_first = options.ask_first != 0;
    host.auto_lift = options.auto_lift != 0;
    host.dedupe = options.dedupe != 0;
    host.speculative = options.speculative != 0;
    host.strategy = static_cast<foreload::StrategyOption>(options.strategy);
    if (options.runtime_module.size)
      host.runtime_module = text_of(options.runtime_module).str();
    for (size_t at = 0; at < options.runtime_alias_count; ++at)
      host.runtime_aliases.push_back(text_of(options.runtime_aliases[at]).str());
    *out = new fl_host(std::move(host));
    return FL_OK;
  });
}

void fl_host_close(fl_host *host) { delete host; }

/// The part that all calls with a result share. \p make returns one of the host's results.
template <typename Make> static fl_status box_result(fl_result **out, fl_host *host, Make &&make) {
  if (!host)
    return fail(FL_ERROR_INVALID_ARGUMENT, "host is NULL");
  return guarded([&] {
    *out = new fl_result(make(host->host));
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
  return box_result(out, host, [&](foreload::Host &h) { return h.transform(text_of(id), text_of(code)); });
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
    return h.build(build);
  });
}

fl_status fl_host_explain(fl_result **out, fl_host *host, fl_str id) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  if (fl_status status = check_path(id, "id"))
    return status;
  return box_result(out, host, [&](foreload::Host &h) { return h.explain(text_of(id)); });
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
    return h.waterfall(waterfall);
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
