// Component inclusion for the C ABI: each function checks its arguments, calls the composer and boxes the answer.
#include "compose/compose_json.h"
#include "configuration.h"
#include "options.h"
#include "result.h"

using foreload::abi::check_path;
using foreload::abi::check_texts;
using foreload::abi::fail;
using foreload::abi::folder_of;
using foreload::abi::guarded;
using foreload::abi::read_configuration;
using foreload::abi::read_options;
using foreload::abi::text_of;

struct fl_composer {
  explicit fl_composer(foreload::ComposerOptions options) : composer(std::move(options)) {}
  foreload::Composer composer;
};

fl_status fl_composer_open(fl_composer **out, const fl_composer_options *given) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  fl_composer_options options = FL_COMPOSER_OPTIONS_INIT;
  if (fl_status status = read_options(options, given, sizeof options, "options"))
    return status;
  if (fl_status status = check_path(options.base, "options.base"))
    return status;
  if (fl_status status = foreload::abi::check_text(options.configuration, "options.configuration"))
    return status;
  return guarded([&] {
    foreload::ComposeConfig config;
    std::string base = folder_of(options.base);
    if (fl_status status = read_configuration(config, options.configuration, base, "options.configuration"))
      return status;
    auto composer = std::make_unique<fl_composer>(std::move(config.options));
    if (!config.hot.empty())
      composer->composer.warm_up(config.hot, config.request.context);
    *out = composer.release();
    return FL_OK;
  });
}

void fl_composer_close(fl_composer *composer) { delete composer; }

/// Reads and checks a request.
static fl_status read_request(foreload::ComposeRequest &request, const fl_compose_request *given) {
  fl_compose_request options = FL_COMPOSE_REQUEST_INIT;
  if (fl_status status = read_options(options, given, sizeof options, "request"))
    return status;
  if (fl_status status = check_texts(options.components, options.component_count, "request.components"))
    return status;
  if (fl_status status = check_texts(options.names, options.variable_count, "request.names"))
    return status;
  if (fl_status status = check_texts(options.values, options.variable_count, "request.values"))
    return status;
  if (fl_status status = check_texts(options.text_paths, options.text_count, "request.text_paths"))
    return status;
  if (fl_status status = check_texts(options.texts, options.text_count, "request.texts"))
    return status;
  for (size_t at = 0; at < options.component_count; ++at)
    request.components.push_back(
        {text_of(options.components[at]).str(), options.priorities ? options.priorities[at] : 0});
  for (size_t at = 0; at < options.variable_count; ++at)
    request.context[text_of(options.names[at]).str()] = text_of(options.values[at]).str();
  for (size_t at = 0; at < options.text_count; ++at) {
    std::optional<std::string> path = foreload::component_path(text_of(options.text_paths[at]));
    if (!path)
      return fail(FL_ERROR_INVALID_ARGUMENT, "request.text_paths: '%s' is not in the base directory",
                  text_of(options.text_paths[at]).str().c_str());
    request.texts[*path] = text_of(options.texts[at]).str();
  }
  if (options.on_progress)
    request.on_progress = [call = options.on_progress, context = options.progress_context](
                              const foreload::ComposeProgress &progress) {
      fl_compose_progress told = {sizeof told,         {progress.path.data(), progress.path.size()},
                                  progress.done,       progress.known,
                                  progress.failed ? 1 : 0, 0};
      call(context, &told);
    };
  return FL_OK;
}

fl_status fl_compose(fl_result **out, fl_composer *composer, const fl_compose_request *given) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  if (!composer)
    return fail(FL_ERROR_INVALID_ARGUMENT, "composer is NULL");
  return guarded([&] {
    foreload::ComposeRequest request;
    if (fl_status status = read_request(request, given))
      return status;
    foreload::ComposeResult result = composer->composer.compose(request);
    std::string json = foreload::compose_json(result, composer->composer.statistics());
    *out = new fl_result(std::move(result), std::move(json));
    return FL_OK;
  });
}

fl_status fl_composer_warm_up(uint64_t *out, fl_composer *composer, const fl_compose_request *given) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = 0;
  if (!composer)
    return fail(FL_ERROR_INVALID_ARGUMENT, "composer is NULL");
  return guarded([&] {
    foreload::ComposeRequest request;
    if (fl_status status = read_request(request, given))
      return status;
    std::vector<std::string> paths;
    for (foreload::LoadSession::Wanted &wanted : request.components)
      paths.push_back(std::move(wanted.path));
    *out = composer->composer.warm_up(paths, request.context);
    return FL_OK;
  });
}

fl_status fl_composer_statistics(fl_result **out, fl_composer *composer) {
  if (!out)
    return fail(FL_ERROR_INVALID_ARGUMENT, "out is NULL");
  *out = nullptr;
  if (!composer)
    return fail(FL_ERROR_INVALID_ARGUMENT, "composer is NULL");
  return guarded([&] {
    *out = new fl_result(foreload::ComposeResult(), foreload::composer_json(composer->composer.statistics()));
    return FL_OK;
  });
}

fl_status fl_composer_shut_down(fl_composer *composer) {
  if (!composer)
    return fail(FL_ERROR_INVALID_ARGUMENT, "composer is NULL");
  return guarded([&] {
    composer->composer.shut_down();
    return FL_OK;
  });
}
