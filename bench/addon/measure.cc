// The native side of bench/addon, in the same process: what a transform costs without JavaScript, and a thread's clock.
#include "foreload/foreload.h"

#include <node_api.h>

#include <ctime>
#include <string>

namespace {

double now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

napi_value number(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

std::string text(napi_env env, napi_value value) {
  size_t size = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &size);
  std::string result(size, '\0');
  napi_get_value_string_utf8(env, value, result.data(), size + 1, &size);
  return result;
}

napi_value thread_time(napi_env env, napi_callback_info) { return number(env, now(CLOCK_THREAD_CPUTIME_ID)); }

napi_value process_time(napi_env env, napi_callback_info) { return number(env, now(CLOCK_PROCESS_CPUTIME_ID)); }

/// (root, id, code, count): the processor's nanoseconds of one of so many transforms of one host.
napi_value transform(napi_env env, napi_callback_info info) {
  napi_value arguments[4] = {};
  size_t argument_count = 4;
  napi_get_cb_info(env, info, &argument_count, arguments, nullptr, nullptr);
  std::string root = text(env, arguments[0]), id = text(env, arguments[1]), code = text(env, arguments[2]);
  int32_t count = 0;
  napi_get_value_int32(env, arguments[3], &count);

  fl_host_options options = FL_HOST_OPTIONS_INIT;
  options.root = {root.data(), root.size()};
  fl_host *host = nullptr;
  if (count < 1 || fl_host_open(&host, &options) != FL_OK) {
    napi_throw_error(env, nullptr, "no host, or nothing to do");
    return nullptr;
  }
  double begin = 0;
  for (int32_t i = -1; i < count; ++i) { // the first opens what a host opens once
    if (i == 0)
      begin = now(CLOCK_THREAD_CPUTIME_ID);
    fl_result *result = nullptr;
    fl_host_transform(&result, host, {id.data(), id.size()}, {code.data(), code.size()});
    fl_result_free(result);
  }
  double time = (now(CLOCK_THREAD_CPUTIME_ID) - begin) / count;
  fl_host_close(host);
  return number(env, time);
}

} // namespace

NAPI_MODULE_INIT() {
  auto set = [&](const char *name, napi_callback callback) {
    napi_value function = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  };
  set("threadTime", thread_time);
  set("processTime", process_time);
  set("transform", transform);
  return exports;
}
