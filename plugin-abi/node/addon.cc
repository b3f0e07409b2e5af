// The Node-API addon: foreload.h for JavaScript, off the main thread. That it needs no other header of foreload proves
// that the C ABI is enough.
//
// Each call with a promise runs in Node's thread pool on strings that were copied out of JavaScript beforehand, and
// makes JavaScript values back on the thread that it was called from. A host lives until it is closed or collected,
// and no call on it is under way. All state hangs on the napi_env, so that any number of worker threads can load this.
#include "js_values.h"

#include <functional>
#include <memory>
#include <utility>

namespace foreload::node {

namespace {

// Closed once the last call that is under way has let go of it.
using HostPointer = std::shared_ptr<fl_host>;
using ComposerPointer = std::shared_ptr<fl_composer>;

/// What a JavaScript Host object holds.
struct HostBox {
  HostPointer host; ///< null after close()
};

/// What a JavaScript Composer object holds.
struct ComposerBox {
  ComposerPointer composer; ///< null after close()
};

fl_str view(const std::string &text) { return {text.data(), text.size()}; }

std::vector<fl_str> view_all(const std::vector<std::string> &texts) {
  std::vector<fl_str> views;
  views.reserve(texts.size());
  for (const std::string &text : texts)
    views.push_back(view(text));
  return views;
}

struct CallbackInfo {
  napi_value self = nullptr;
  napi_value arguments[3] = {nullptr, nullptr, nullptr}; ///< null: not given, or undefined
};

CallbackInfo read_call(Js &js, napi_callback_info raw) {
  CallbackInfo info;
  size_t count = std::size(info.arguments);
  js.ok(napi_get_cb_info(js.env, raw, &count, info.arguments, &info.self, nullptr));
  for (napi_value &argument : info.arguments)
    if (js.type_of(argument) == napi_undefined)
      argument = nullptr;
  return info;
}

void throw_status(Js &js, fl_status status, const std::string &message) {
  switch (status) {
  case FL_OK:
    break;
  case FL_ERROR_INVALID_ARGUMENT:
  case FL_ERROR_UNSUPPORTED:
    return js.throw_type_error(message);
  case FL_ERROR_OUT_OF_MEMORY:
    return js.throw_error("ERR_FORELOAD_OUT_OF_MEMORY", message);
  case FL_ERROR_PLUGIN:
    return js.throw_error("ERR_FORELOAD_PLUGIN", message);
  case FL_ERROR_CANCELLED:
    return js.throw_error("ERR_FORELOAD_CANCELLED", message);
  case FL_ERROR_INTERNAL:
    return js.throw_error("ERR_FORELOAD_INTERNAL", message);
  }
}

std::string last_error() {
  fl_str error = fl_last_error();
  return std::string(error.data, error.size);
}

/// The box of a Host or Composer object. Node has seen to it that a method's `this` is one.
template <typename Box> Box *unbox(Js &js, napi_value self) {
  void *box = nullptr;
  if (!js.failed())
    js.ok(napi_unwrap(js.env, self, &box));
  return static_cast<Box *>(box);
}

HostPointer open_host_of(Js &js, napi_value self) {
  auto *box = unbox<HostBox>(js, self);
  if (box && !box->host)
    js.throw_error("ERR_FORELOAD_CLOSED", "the foreload host is closed");
  return box ? box->host : nullptr;
}

ComposerPointer open_composer_of(Js &js, napi_value self) {
  auto *box = unbox<ComposerBox>(js, self);
  if (box && !box->composer)
    js.throw_error("ERR_FORELOAD_CLOSED", "the foreload composer is closed");
  return box ? box->composer : nullptr;
}

napi_value parse_json(Js &js, fl_str text) { return js.call(&Instance::parse_json, {js.text(text)}); }

// ------------------------------------------------------------------------------------------ work on other threads --

/// One call that is under way.
struct Task {
  HostPointer host;
  std::function<fl_status(fl_result **, fl_host *)> run; ///< on a thread of the pool; touches no JavaScript
  napi_value (*convert)(Js &, const fl_result *) = nullptr;
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
  fl_status status = FL_OK;
  std::string error;
  fl_result *result = nullptr; ///< null: there is nothing in it, or the call has failed

  Task() = default;
  Task(const Task &) = delete;
  Task &operator=(const Task &) = delete;
  ~Task() { fl_result_free(result); }
};

/// Whether a transform has found nothing to do and nothing to say, as of most files.
bool is_unchanged(const fl_result *result) {
  return result && !fl_result_changed(result) && !fl_result_map(result).size && !fl_result_companion_path(result).size &&
         !fl_result_file_count(result) && !fl_result_dependency_count(result) && !fl_result_unresolved_count(result) &&
         !fl_result_diagnostic_count(result);
}

void execute_task(napi_env, void *data) {
  Task &task = *static_cast<Task *>(data);
  task.status = task.run(&task.result, task.host.get());
  if (task.status != FL_OK)
    task.error = last_error(); // of this thread, so it has to be fetched here
  // Here rather than on JavaScript's thread: what the call was given, the host if it was closed meanwhile, and a result
  // that says nothing.
  task.run = nullptr;
  task.host.reset();
  if (task.convert == transform_result_of && is_unchanged(task.result))
    fl_result_free(std::exchange(task.result, nullptr));
}

/// Rejects a promise with the exception that is pending, if there is one.
void reject_with_pending(napi_env env, napi_deferred deferred) {
  napi_value exception = nullptr;
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok && exception)
    napi_reject_deferred(env, deferred, exception);
}

void complete_task(napi_env env, napi_status status, void *data) {
  std::unique_ptr<Task> task(static_cast<Task *>(data));
  Js js(env);
  napi_value value = nullptr;
  if (status == napi_cancelled)
    js.throw_error("ERR_FORELOAD_CANCELLED", "cancelled: the environment is shutting down");
  else if (task->status != FL_OK)
    throw_status(js, task->status, task->error);
  else
    value = task->convert(js, task->result);

  // Node may be tearing this environment down: then these calls fail, and there is nobody left to hear of it.
  if (js.failed())
    reject_with_pending(env, task->deferred);
  else
    napi_resolve_deferred(env, task->deferred, value);
  napi_delete_async_work(env, task->work);
}

/// Starts a call and returns its promise. If \p js has failed already, as when an argument was wrong, the promise is
/// rejected with that: a function that returns promises throws nothing besides.
napi_value start_task(Js &js, HostPointer host, napi_value (*convert)(Js &, const fl_result *),
                      std::function<fl_status(fl_result **, fl_host *)> run) {
  napi_env env = js.env;
  napi_value exception = nullptr;
  if (js.failed())
    napi_get_and_clear_last_exception(env, &exception);

  auto task = std::make_unique<Task>();
  napi_value promise = nullptr, name = nullptr;
  if (napi_create_promise(env, &task->deferred, &promise) != napi_ok)
    return nullptr;
  if (exception) {
    napi_reject_deferred(env, task->deferred, exception);
    return promise;
  }
  task->host = std::move(host);
  task->convert = convert;
  task->run = std::move(run);
  Js steps(env);
  if (steps.ok(napi_create_string_utf8(env, "foreload", NAPI_AUTO_LENGTH, &name)) &&
      steps.ok(napi_create_async_work(env, nullptr, name, execute_task, complete_task, task.get(), &task->work)) &&
      steps.ok(napi_queue_async_work(env, task->work))) {
    (void)task.release(); // complete_task deletes it
  } else {
    reject_with_pending(env, task->deferred);
    if (task->work)
      napi_delete_async_work(env, task->work);
  }
  return promise;
}

// -------------------------------------------------------------------------------------------------------- methods --

napi_value transform(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  std::string id = js.string(call.arguments[0], "id");
  std::string code = js.string(call.arguments[1], "code");
  return start_task(js, std::move(host), transform_result_of,
                    [id = std::move(id), code = std::move(code)](fl_result **out, fl_host *h) {
                      return fl_host_transform(out, h, view(id), view(code));
                    });
}

napi_value build(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  std::string directory = js.string(call.arguments[0], "dir");
  std::string out_directory;
  if (napi_value options = call.arguments[1]) {
    js.expect_object(options, "options");
    if (napi_value out = js.property(options, "out"))
      out_directory = js.string(out, "options.out");
  }
  auto convert = [](Js &steps, const fl_result *result) {
    napi_value value = build_result_of(steps, result);
    steps.set(value, "manifest", parse_json(steps, fl_result_json(result)));
    return value;
  };
  return start_task(
      js, std::move(host), convert,
      [directory = std::move(directory), out_directory = std::move(out_directory)](fl_result **out, fl_host *h) {
        fl_build_options options = FL_BUILD_OPTIONS_INIT;
        options.directory = view(directory);
        options.out = view(out_directory);
        return fl_host_build(out, h, &options);
      });
}

napi_value explain(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  std::string id = js.string(call.arguments[0], "id");
  auto convert = [](Js &steps, const fl_result *result) { return parse_json(steps, fl_result_json(result)); };
  return start_task(js, std::move(host), convert,
                    [id = std::move(id)](fl_result **out, fl_host *h) { return fl_host_explain(out, h, view(id)); });
}

napi_value waterfall(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  std::string trace = js.string(call.arguments[0], "trace");
  std::string source_link, code_link;
  if (napi_value links = call.arguments[1]) {
    js.expect_object(links, "links");
    if (napi_value link = js.property(links, "source"))
      source_link = js.string(link, "links.source");
    if (napi_value link = js.property(links, "code"))
      code_link = js.string(link, "links.code");
  }
  auto convert = [](Js &steps, const fl_result *result) { return steps.text(fl_result_text(result)); };
  return start_task(js, std::move(host), convert,
                    [trace = std::move(trace), source_link = std::move(source_link),
                     code_link = std::move(code_link)](fl_result **out, fl_host *h) {
                      fl_waterfall_options options = FL_WATERFALL_OPTIONS_INIT;
                      options.trace = view(trace);
                      options.source_link = view(source_link);
                      options.code_link = view(code_link);
                      return fl_host_waterfall(out, h, &options);
                    });
}

napi_value add_resolution(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  std::string specifier = js.string(call.arguments[0], "specifier");
  std::string importer = js.string(call.arguments[1], "importer");
  std::string path;
  if (js.type_of(call.arguments[2]) != napi_null)
    path = js.string(call.arguments[2], "path");
  if (js.failed())
    return nullptr;
  fl_status status = fl_host_add_resolution(host.get(), view(specifier), view(importer), view(path));
  if (status != FL_OK)
    throw_status(js, status, last_error());
  return nullptr;
}

napi_value invalidate(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  bool all = !call.arguments[0];
  std::vector<std::string> paths;
  if (!all)
    paths = js.strings(call.arguments[0], "paths");
  if (js.failed())
    return nullptr;
  std::vector<fl_str> views = view_all(paths);
  fl_status status =
      all ? fl_host_invalidate_all(host.get()) : fl_host_invalidate(host.get(), views.data(), views.size());
  if (status != FL_OK)
    throw_status(js, status, last_error());
  return nullptr;
}

napi_value resolve_id(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  std::string specifier = js.string(call.arguments[0], "specifier");
  std::string importer = call.arguments[1] ? js.string(call.arguments[1], "importer") : std::string();
  return start_task(js, std::move(host), resolve_id_result_of,
                    [specifier = std::move(specifier), importer = std::move(importer)](fl_result **out, fl_host *h) {
                      return fl_host_resolve_id(out, h, view(specifier), view(importer));
                    });
}

napi_value load(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  std::string id = js.string(call.arguments[0], "id");
  return start_task(js, std::move(host), transform_result_of,
                    [id = std::move(id)](fl_result **out, fl_host *h) { return fl_host_load(out, h, view(id)); });
}

napi_value wants(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  std::string hook = js.string(call.arguments[0], "hook");
  std::string id = js.string(call.arguments[1], "id");
  std::string code = call.arguments[2] ? js.string(call.arguments[2], "code") : std::string();
  int32_t number = hook == "resolveId"   ? FL_HOOK_RESOLVE_ID
                   : hook == "load"      ? FL_HOOK_LOAD
                   : hook == "transform" ? FL_HOOK_TRANSFORM
                                         : 0;
  if (!number)
    js.throw_type_error("hook must be 'resolveId', 'load' or 'transform', not '" + hook + "'");
  return js.failed() ? nullptr : js.boolean(fl_host_wants(host.get(), number, view(id), view(code)) != 0);
}

napi_value watch_change(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  std::string path = js.string(call.arguments[0], "path");
  std::string event = js.string(call.arguments[1], "event");
  int32_t number = event == "create"   ? FL_FILE_CREATED
                   : event == "update" ? FL_FILE_UPDATED
                   : event == "delete" ? FL_FILE_DELETED
                                       : -1;
  if (number < 0)
    js.throw_type_error("event must be 'create', 'update' or 'delete', not '" + event + "'");
  return start_task(js, std::move(host), diagnostics_of, [path = std::move(path), number](fl_result **out, fl_host *h) {
    return fl_host_watch_change(out, h, view(path), number);
  });
}

napi_value statistics(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  if (js.failed())
    return nullptr;
  fl_result *result = nullptr;
  fl_status status = fl_host_statistics(&result, host.get());
  if (status != FL_OK)
    throw_status(js, status, last_error());
  napi_value value = js.failed() ? nullptr : parse_json(js, fl_result_json(result));
  fl_result_free(result);
  return value;
}

/// What Bun hands to foreload_on_before_parse with each file (bun.cc).
napi_value bun_external(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  HostPointer host = open_host_of(js, call.self);
  if (js.failed())
    return nullptr;
  auto kept = std::make_unique<HostPointer>(std::move(host));
  auto destroy = [](napi_env, void *data, void *) { delete static_cast<HostPointer *>(data); };
  napi_value external = nullptr;
  if (js.ok(napi_create_external(env, kept.get(), destroy, nullptr, &external)))
    (void)kept.release();
  return external;
}

napi_value close(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  if (auto *box = unbox<HostBox>(js, call.self))
    box->host.reset();
  return nullptr;
}

// ------------------------------------------------------------------------------------------------------- composer --

/// A fl_compose_request with the strings that it points to.
struct ComposeCall {
  std::vector<std::string> components;
  std::vector<int32_t> priorities;
  std::vector<std::string> names, values, text_paths, texts;

  fl_status run(fl_result **out, fl_composer *composer) const {
    Views views(*this);
    return fl_compose(out, composer, &views.request);
  }
  fl_status warm_up(uint64_t *out, fl_composer *composer) const {
    Views views(*this);
    return fl_composer_warm_up(out, composer, &views.request);
  }

private:
  struct Views {
    explicit Views(const ComposeCall &call)
        : components(view_all(call.components)), names(view_all(call.names)), values(view_all(call.values)),
          text_paths(view_all(call.text_paths)), texts(view_all(call.texts)) {
      request.components = components.data();
      request.component_count = components.size();
      request.priorities = call.priorities.empty() ? nullptr : call.priorities.data();
      request.names = names.data();
      request.values = values.data();
      request.variable_count = names.size();
      request.text_paths = text_paths.data();
      request.texts = texts.data();
      request.text_count = texts.size();
    }
    std::vector<fl_str> components, names, values, text_paths, texts;
    fl_compose_request request = FL_COMPOSE_REQUEST_INIT;
  };
};

/// The names and values of an object whose values are strings.
void read_strings_by_name(Js &js, napi_value object, const std::string &what, std::vector<std::string> &names,
                          std::vector<std::string> &values) {
  js.expect_object(object, what);
  napi_value keys = nullptr;
  if (js.failed() || !js.ok(napi_get_property_names(js.env, object, &keys)))
    return;
  names = js.strings(keys, what);
  for (const std::string &name : names)
    values.push_back(js.string(js.property(object, name.c_str()), what + "." + name));
}

ComposeCall read_compose_call(Js &js, napi_value given) {
  ComposeCall call;
  js.expect_object(given, "request");
  if (napi_value value = js.property(given, "components"))
    call.components = js.strings(value, "request.components");
  if (napi_value value = js.property(given, "priorities")) {
    call.priorities = js.integers(value, "request.priorities");
    if (call.priorities.size() != call.components.size())
      js.throw_type_error("request.priorities must be as many as request.components");
  }
  if (napi_value value = js.property(given, "context"))
    read_strings_by_name(js, value, "request.context", call.names, call.values);
  if (napi_value value = js.property(given, "texts"))
    read_strings_by_name(js, value, "request.texts", call.text_paths, call.texts);
  return call;
}

napi_value compose(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo info = read_call(js, raw);
  ComposerPointer composer = open_composer_of(js, info.self);
  ComposeCall call = read_compose_call(js, info.arguments[0]);
  auto convert = [](Js &steps, const fl_result *result) { return parse_json(steps, fl_result_json(result)); };
  return start_task(js, nullptr, convert,
                    [composer = std::move(composer), call = std::move(call)](fl_result **out, fl_host *) {
                      return call.run(out, composer.get());
                    });
}

napi_value warm_up(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo info = read_call(js, raw);
  ComposerPointer composer = open_composer_of(js, info.self);
  ComposeCall call = read_compose_call(js, info.arguments[0]);
  auto convert = [](Js &steps, const fl_result *) { return steps.undefined(); };
  return start_task(js, nullptr, convert,
                    [composer = std::move(composer), call = std::move(call)](fl_result **, fl_host *) {
                      uint64_t count;
                      return call.warm_up(&count, composer.get());
                    });
}

napi_value composer_statistics(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo info = read_call(js, raw);
  ComposerPointer composer = open_composer_of(js, info.self);
  if (js.failed())
    return nullptr;
  fl_result *result = nullptr;
  fl_status status = fl_composer_statistics(&result, composer.get());
  if (status != FL_OK)
    throw_status(js, status, last_error());
  napi_value value = js.failed() ? nullptr : parse_json(js, fl_result_json(result));
  fl_result_free(result);
  return value;
}

/// Ends what is under way, on a thread of its own: that may take as long as a file takes to be read.
napi_value close_composer(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo info = read_call(js, raw);
  auto *box = unbox<ComposerBox>(js, info.self);
  ComposerPointer composer = box ? std::exchange(box->composer, nullptr) : nullptr;
  auto convert = [](Js &steps, const fl_result *) { return steps.undefined(); };
  return start_task(js, nullptr, convert, [composer = std::move(composer)](fl_result **, fl_host *) {
    return composer ? fl_composer_shut_down(composer.get()) : FL_OK;
  });
}

napi_value construct_composer(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  std::string base, configuration;
  js.expect_object(call.arguments[0], "options");
  if (!js.failed())
    base = js.string(js.property(call.arguments[0], "base"), "options.base");
  if (napi_value value = js.property(call.arguments[0], "configuration"))
    configuration = js.string(value, "options.configuration");
  if (js.failed())
    return nullptr;
  fl_composer_options options = FL_COMPOSER_OPTIONS_INIT;
  options.base = view(base);
  options.configuration = view(configuration);
  fl_composer *composer = nullptr;
  if (fl_status status = fl_composer_open(&composer, &options)) {
    throw_status(js, status, last_error());
    return nullptr;
  }
  auto box = std::make_unique<ComposerBox>(ComposerBox{ComposerPointer(composer, fl_composer_close)});
  auto destroy = [](napi_env, void *data, void *) { delete static_cast<ComposerBox *>(data); };
  if (js.ok(napi_wrap(env, call.self, box.get(), destroy, nullptr, nullptr)))
    (void)box.release();
  return call.self;
}

// --------------------------------------------------------------------------------------------------------- module --

int32_t strategy_of(Js &js, napi_value value) {
  std::string strategy = js.string(value, "options.strategy");
  if (strategy == "inline")
    return FL_STRATEGY_INLINE;
  if (strategy == "reference")
    return FL_STRATEGY_REFERENCE;
  if (strategy != "auto")
    js.throw_type_error("options.strategy must be 'auto', 'inline' or 'reference', not '" + strategy + "'");
  return FL_STRATEGY_AUTO;
}

HostPointer open_host(Js &js, napi_value given) {
  js.expect_object(given, "options");
  std::string root, runtime_module, compose;
  std::vector<std::string> aliases;
  fl_host_options options = FL_HOST_OPTIONS_INIT;
  if (!js.failed())
    root = js.string(js.property(given, "root"), "options.root");
  if (napi_value value = js.property(given, "lift"))
    options.lift = js.boolean(value, "options.lift");
  if (napi_value value = js.property(given, "askFirst"))
    options.ask_first = js.boolean(value, "options.askFirst");
  if (napi_value value = js.property(given, "auto"))
    options.auto_lift = js.boolean(value, "options.auto");
  if (napi_value value = js.property(given, "dedupe"))
    options.dedupe = js.boolean(value, "options.dedupe");
  if (napi_value value = js.property(given, "speculative"))
    options.speculative = js.boolean(value, "options.speculative");
  if (napi_value value = js.property(given, "prefetch"))
    options.prefetch = js.boolean(value, "options.prefetch");
  if (napi_value value = js.property(given, "strategy"))
    options.strategy = strategy_of(js, value);
  if (napi_value value = js.property(given, "runtimeModule"))
    runtime_module = js.string(value, "options.runtimeModule");
  if (napi_value value = js.property(given, "runtimeAliases"))
    aliases = js.strings(value, "options.runtimeAliases");
  if (napi_value value = js.property(given, "mode")) {
    std::string mode = js.string(value, "options.mode");
    if (mode == "serve")
      options.mode = FL_MODE_SERVE;
    else if (mode != "build")
      js.throw_type_error("options.mode must be 'build' or 'serve', not '" + mode + "'");
  }
  if (napi_value value = js.property(given, "compose"))
    compose = js.string(value, "options.compose");
  std::vector<std::string> plugin_texts; // a path and its options, in turn
  if (napi_value value = js.property(given, "plugins"))
    plugin_texts = js.strings(value, "options.plugins");
  if (plugin_texts.size() % 2)
    js.throw_type_error("options.plugins must be paths and options in turn");
  if (js.failed())
    return nullptr;

  std::vector<fl_plugin_source> plugins;
  for (size_t at = 0; at < plugin_texts.size(); at += 2) {
    fl_plugin_source source = FL_PLUGIN_SOURCE_INIT;
    source.path = view(plugin_texts[at]);
    source.options = view(plugin_texts[at + 1]);
    plugins.push_back(source);
  }
  options.plugins = plugins.data();
  options.plugin_count = plugins.size();
  std::vector<fl_str> alias_views = view_all(aliases);
  options.root = view(root);
  options.compose = view(compose);
  options.runtime_module = view(runtime_module);
  options.runtime_aliases = alias_views.data();
  options.runtime_alias_count = alias_views.size();
  fl_host *host = nullptr;
  fl_status status = fl_host_open(&host, &options);
  if (status != FL_OK)
    throw_status(js, status, last_error());
  return HostPointer(host, fl_host_close);
}

/// The constructor of the class that createHost() makes an instance of.
napi_value construct_host(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  napi_value target = nullptr;
  if (js.ok(napi_get_new_target(env, raw, &target)) && !target)
    js.throw_type_error("Host must be called with new");
  HostPointer host = open_host(js, call.arguments[0]);
  if (js.failed())
    return nullptr;
  auto box = std::make_unique<HostBox>(HostBox{std::move(host)});
  auto destroy = [](napi_env, void *data, void *) { delete static_cast<HostBox *>(data); };
  if (js.ok(napi_wrap(env, call.self, box.get(), destroy, nullptr, nullptr)))
    (void)box.release();
  return call.self;
}

napi_value create_host(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  void *data = nullptr;
  napi_value host_class = nullptr, host = nullptr, options = call.arguments[0] ? call.arguments[0] : js.undefined();
  if (!js.failed() && js.ok(napi_get_instance_data(env, &data)) &&
      js.ok(napi_get_reference_value(env, static_cast<Instance *>(data)->host_class, &host_class)))
    js.ok(napi_new_instance(env, host_class, 1, &options, &host));
  return host;
}

napi_value create_composer(napi_env env, napi_callback_info raw) {
  Js js(env);
  CallbackInfo call = read_call(js, raw);
  void *data = nullptr;
  napi_value composer_class = nullptr, composer = nullptr;
  napi_value options = call.arguments[0] ? call.arguments[0] : js.undefined();
  if (!js.failed() && js.ok(napi_get_instance_data(env, &data)) &&
      js.ok(napi_get_reference_value(env, static_cast<Instance *>(data)->composer_class, &composer_class)))
    js.ok(napi_new_instance(env, composer_class, 1, &options, &composer));
  return composer;
}

napi_property_descriptor method(const char *name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

napi_value initialize(napi_env env, napi_value exports) {
  Js js(env);
  auto instance = std::make_unique<Instance>();
  const napi_property_descriptor methods[] = {
      method("transform", transform),
      method("addResolution", add_resolution),
      method("build", build),
      method("explain", explain),
      method("waterfall", waterfall),
      method("invalidate", invalidate),
      method("close", close),
      method("resolveId", resolve_id),
      method("load", load),
      method("wants", wants),
      method("watchChange", watch_change),
      method("statistics", statistics),
      method("bunExternal", bun_external),
  };
  const napi_property_descriptor composer_methods[] = {
      method("compose", compose),
      method("warmUp", warm_up),
      method("statistics", composer_statistics),
      method("close", close_composer),
  };
  napi_value host_class = nullptr, global = nullptr, json = nullptr, parse = nullptr, create = nullptr;
  napi_value composer_class = nullptr, create_second = nullptr, script = nullptr, unchanged = nullptr;
  // A literal's object costs a tenth of one that is put together from here.
  fl_str unchanged_result = fl_str_of("(() => ({ code: null, map: null, companion: null, files: [], dependencies: [],"
                                      " unresolved: [], diagnostics: [] }))");
  if (js.ok(napi_define_class(env, "Host", NAPI_AUTO_LENGTH, construct_host, nullptr, std::size(methods), methods,
                              &host_class)) &&
      js.ok(napi_create_reference(env, host_class, 1, &instance->host_class)) &&
      js.ok(napi_define_class(env, "Composer", NAPI_AUTO_LENGTH, construct_composer, nullptr,
                              std::size(composer_methods), composer_methods, &composer_class)) &&
      js.ok(napi_create_reference(env, composer_class, 1, &instance->composer_class)) &&
      js.ok(napi_create_function(env, "createComposer", NAPI_AUTO_LENGTH, create_composer, nullptr, &create_second)) &&
      js.ok(napi_get_global(env, &global)) &&
      js.ok(napi_get_named_property(env, global, "JSON", &json)) &&
      js.ok(napi_get_named_property(env, json, "parse", &parse)) &&
      js.ok(napi_create_reference(env, parse, 1, &instance->parse_json)) &&
      (script = js.text(unchanged_result)) && js.ok(napi_run_script(env, script, &unchanged)) &&
      js.ok(napi_create_reference(env, unchanged, 1, &instance->unchanged_result)) &&
      js.ok(napi_create_function(env, "createHost", NAPI_AUTO_LENGTH, create_host, nullptr, &create))) {
    js.set(exports, "createHost", create);
    js.set(exports, "createComposer", create_second);
    js.set(exports, "version", js.text(fl_version_string()));
  }
  auto destroy = [](napi_env dying, void *data, void *) {
    std::unique_ptr<Instance> dead(static_cast<Instance *>(data));
    napi_delete_reference(dying, dead->host_class);
    napi_delete_reference(dying, dead->composer_class);
    napi_delete_reference(dying, dead->parse_json);
    napi_delete_reference(dying, dead->unchanged_result);
  };
  if (!js.failed() && js.ok(napi_set_instance_data(env, instance.get(), destroy, nullptr)))
    (void)instance.release();
  return exports;
}

} // namespace

} // namespace foreload::node

NAPI_MODULE_INIT() { return foreload::node::initialize(env, exports); }
