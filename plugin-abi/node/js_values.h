// JavaScript values to C and back, through Node-API.
#pragma once
#include "foreload/foreload.h"

#include <node_api.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace foreload::node {

/// What belongs to one environment: a main thread, a worker or a vm context's loader.
struct Instance {
  napi_ref host_class = nullptr;
  napi_ref composer_class = nullptr;
  napi_ref parse_json = nullptr;       ///< JSON.parse as it was when the addon was loaded
  napi_ref unchanged_result = nullptr; ///< makes what `transform` resolves to if there is nothing to do
};

/// Makes and reads JavaScript values in one callback from Node. Failures stick: once a step failed, whether a check of
/// ours or a call into Node, the later ones do nothing, so that only the end of a callback has to look.
/// Of one thread, like the napi_env that it stands for.
class Js {
public:
  explicit Js(napi_env environment) : env(environment) {}

  bool failed() const { return failed_; }
  /// Notes what a call into Node returned. True if all is well so far.
  bool ok(napi_status status);
  /// Throws into JavaScript. \p code becomes the error's `code` property.
  void throw_error(const char *code, const std::string &message);
  void throw_type_error(const std::string &message);

  // Reading. `what` names the value in the TypeError that a wrong one gives.
  napi_valuetype type_of(napi_value value);
  std::string string(napi_value value, const std::string &what);
  bool boolean(napi_value value, const std::string &what);
  std::vector<std::string> strings(napi_value value, const std::string &what);
  std::vector<int32_t> integers(napi_value value, const std::string &what);
  void expect_object(napi_value value, const std::string &what);
  /// A property, or null if it is undefined.
  napi_value property(napi_value object, const char *name);

  // Making.
  napi_value null();
  napi_value undefined();
  napi_value text(fl_str text);
  napi_value text(const char *text) { return this->text(fl_str_of(text)); }
  napi_value number(double number);
  napi_value boolean(bool value);
  napi_value object();
  napi_value array(size_t size);
  void set(napi_value object, const char *name, napi_value value);
  void set_element(napi_value array, size_t at, napi_value value);
  /// Calls a function that the environment has.
  napi_value call(napi_ref Instance::*function, std::initializer_list<napi_value> arguments = {});

  const napi_env env;

private:
  bool failed_ = false;
};

/// What `transform` resolves to; null: the file stays as it is, and there is nothing to say.
napi_value transform_result_of(Js &js, const fl_result *result);
/// What `load` resolves to is that too; what `resolveId` does:
napi_value resolve_id_result_of(Js &js, const fl_result *result);
/// What `watchChange` resolves to.
napi_value diagnostics_of(Js &js, const fl_result *result);
/// What `build` resolves to, but for the manifest.
napi_value build_result_of(Js &js, const fl_result *result);

} // namespace foreload::node
