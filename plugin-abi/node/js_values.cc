#include "js_values.h"

#include <algorithm>
#include <cstring>

namespace foreload::node {

bool Js::ok(napi_status status) {
  if (status == napi_ok || failed_)
    return !failed_;
  failed_ = true;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending || status == napi_cannot_run_js || status == napi_closing)
    return false; // JavaScript threw, or is going away: there is nobody to tell
  const napi_extended_error_info *info = nullptr;
  napi_get_last_error_info(env, &info);
  napi_throw_error(env, nullptr, info && info->error_message ? info->error_message : "Node-API call failed");
  return false;
}

void Js::throw_error(const char *code, const std::string &message) {
  if (!failed_)
    napi_throw_error(env, code, message.c_str());
  failed_ = true;
}

void Js::throw_type_error(const std::string &message) {
  if (!failed_)
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message.c_str());
  failed_ = true;
}

napi_valuetype Js::type_of(napi_value value) {
  napi_valuetype type = napi_undefined;
  if (!failed_ && value)
    ok(napi_typeof(env, value, &type));
  return type;
}

/// Writes a unit, or a pair of them, as UTF-8. A surrogate without the other half becomes U+FFFD.
static char *write_point(const char16_t *&units, const char16_t *end, char *out) {
  uint32_t point = *units++;
  if (point >= 0xD800 && point < 0xE000) {
    bool is_pair = point < 0xDC00 && units < end && *units >= 0xDC00 && *units < 0xE000;
    point = is_pair ? 0x10000 + ((point - 0xD800) << 10) + (*units++ - 0xDC00u) : 0xFFFD;
  }
  auto put = [&](uint32_t byte) { *out++ = static_cast<char>(byte); };
  auto put_rest = [&](unsigned shift) { put(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6), put_rest(0);
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12), put_rest(6), put_rest(0);
  } else {
    put(0xF0 | point >> 18), put_rest(12), put_rest(6), put_rest(0);
  }
  return out;
}

/// Copies so many units if all of them are ASCII: a multiple of four, which the compiler knows.
template <size_t count> static bool copy_ascii(const char16_t *&units, char *&out) {
  uint64_t all = 0;
  for (size_t i = 0; i < count; i += 4) {
    uint64_t four = 0;
    std::memcpy(&four, units + i, sizeof(four));
    all |= four;
  }
  if (all & 0xFF80FF80FF80FF80)
    return false;
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<char>(units[i]);
  units += count;
  out += count;
  return true;
}

/// Writes UTF-8, three bytes a unit at most, and gives its end.
static char *write_utf8(const char16_t *units, size_t count, char *out) {
  constexpr std::ptrdiff_t block = 32, part = 8; // one that has a letter of another kind is mostly ASCII, too
  const char16_t *end = units + count;
  while (units < end) {
    if (end - units >= block && copy_ascii<block>(units, out))
      continue;
    for (const char16_t *stop = units + std::min(block, end - units); units < stop;)
      if (stop - units < part || !copy_ascii<part>(units, out))
        out = write_point(units, end, out);
  }
  return out;
}

/// UTF-16 is what V8 gives fastest of any text; its own UTF-8 takes twelve times as long where one letter is not ASCII.
std::string Js::string(napi_value value, const std::string &what) {
  if (type_of(value) != napi_string)
    throw_type_error(what + " must be a string");
  size_t count = 0;
  if (failed_ || !ok(napi_get_value_string_utf16(env, value, nullptr, 0, &count)))
    return {};
  constexpr size_t kept = 1 << 18; // units: that of nearly all files
  thread_local std::vector<char16_t> units;
  thread_local std::vector<char> bytes;
  units.resize(std::max(units.size(), count + 1));
  bytes.resize(std::max(bytes.size(), 3 * count));
  std::string text;
  if (ok(napi_get_value_string_utf16(env, value, units.data(), count + 1, &count)))
    text.assign(bytes.data(), write_utf8(units.data(), count, bytes.data()));
  if (count > kept) {
    units = {};
    bytes = {};
  }
  return text;
}

bool Js::boolean(napi_value value, const std::string &what) {
  if (type_of(value) != napi_boolean)
    throw_type_error(what + " must be a boolean");
  bool truth = false;
  if (!failed_)
    ok(napi_get_value_bool(env, value, &truth));
  return truth;
}

std::vector<std::string> Js::strings(napi_value value, const std::string &what) {
  bool is_array = false;
  uint32_t size = 0;
  if (failed_ || !value || !ok(napi_is_array(env, value, &is_array)) || !is_array)
    throw_type_error(what + " must be an array of strings");
  if (failed_ || !ok(napi_get_array_length(env, value, &size)))
    return {};
  std::vector<std::string> strings;
  for (uint32_t at = 0; at < size && !failed_; ++at) {
    napi_value element = nullptr;
    if (ok(napi_get_element(env, value, at, &element)))
      strings.push_back(string(element, what + "[" + std::to_string(at) + "]"));
  }
  return strings;
}

std::vector<int32_t> Js::integers(napi_value value, const std::string &what) {
  bool is_array = false;
  uint32_t size = 0;
  if (failed_ || !value || !ok(napi_is_array(env, value, &is_array)) || !is_array)
    throw_type_error(what + " must be an array of numbers");
  if (failed_ || !ok(napi_get_array_length(env, value, &size)))
    return {};
  std::vector<int32_t> integers;
  for (uint32_t at = 0; at < size && !failed_; ++at) {
    napi_value element = nullptr;
    int32_t integer = 0;
    if (!ok(napi_get_element(env, value, at, &element)))
      break;
    if (type_of(element) != napi_number)
      throw_type_error(what + "[" + std::to_string(at) + "] must be a number");
    if (!failed_ && ok(napi_get_value_int32(env, element, &integer)))
      integers.push_back(integer);
  }
  return integers;
}

void Js::expect_object(napi_value value, const std::string &what) {
  if (type_of(value) != napi_object)
    throw_type_error(what + " must be an object");
}

napi_value Js::property(napi_value object, const char *name) {
  napi_value value = nullptr;
  if (failed_ || !ok(napi_get_named_property(env, object, name, &value)))
    return nullptr;
  return type_of(value) == napi_undefined ? nullptr : value;
}

napi_value Js::null() {
  napi_value value = nullptr;
  if (!failed_)
    ok(napi_get_null(env, &value));
  return value;
}

napi_value Js::undefined() {
  napi_value value = nullptr;
  if (!failed_)
    ok(napi_get_undefined(env, &value));
  return value;
}

napi_value Js::text(fl_str text) {
  napi_value value = nullptr;
  unsigned char all = 0;
  for (size_t at = 0; at < text.size; ++at)
    all = static_cast<unsigned char>(all | static_cast<unsigned char>(text.data[at]));
  auto create = all < 0x80 ? napi_create_string_latin1 : napi_create_string_utf8; // a copy, if it is ASCII
  if (!failed_)
    ok(create(env, text.data ? text.data : "", text.size, &value));
  return value;
}

napi_value Js::number(double number) {
  napi_value value = nullptr;
  if (!failed_)
    ok(napi_create_double(env, number, &value));
  return value;
}

napi_value Js::boolean(bool value) {
  napi_value made = nullptr;
  if (!failed_)
    ok(napi_get_boolean(env, value, &made));
  return made;
}

napi_value Js::object() {
  napi_value value = nullptr;
  if (!failed_)
    ok(napi_create_object(env, &value));
  return value;
}

napi_value Js::array(size_t size) {
  napi_value value = nullptr;
  if (!failed_)
    ok(napi_create_array_with_length(env, size, &value));
  return value;
}

void Js::set(napi_value object, const char *name, napi_value value) {
  if (!failed_)
    ok(napi_set_named_property(env, object, name, value));
}

void Js::set_element(napi_value array, size_t at, napi_value value) {
  if (!failed_)
    ok(napi_set_element(env, array, static_cast<uint32_t>(at), value));
}

napi_value Js::call(napi_ref Instance::*function, std::initializer_list<napi_value> arguments) {
  void *instance = nullptr;
  napi_value callee = nullptr, value = nullptr, receiver = undefined();
  if (!failed_ && ok(napi_get_instance_data(env, &instance)) &&
      ok(napi_get_reference_value(env, static_cast<Instance *>(instance)->*function, &callee)))
    ok(napi_call_function(env, receiver, callee, arguments.size(), arguments.begin(), &value));
  return value;
}

static napi_value position_of(Js &js, const fl_position &position) {
  napi_value value = js.object();
  js.set(value, "line", js.number(position.line));
  js.set(value, "column", js.number(position.column));
  js.set(value, "offset", js.number(position.offset));
  return value;
}

static napi_value range_of(Js &js, const fl_position &start, const fl_position &end) {
  napi_value value = js.object();
  js.set(value, "start", position_of(js, start));
  js.set(value, "end", position_of(js, end));
  return value;
}

static const char *severity_text(int32_t severity) {
  switch (severity) {
  case FL_SEVERITY_WARNING:
    return "warning";
  case FL_SEVERITY_INFO:
    return "info";
  default:
    return "error";
  }
}

napi_value diagnostics_of(Js &js, const fl_result *result) {
  size_t count = fl_result_diagnostic_count(result);
  napi_value values = js.array(count);
  for (size_t at = 0; at < count; ++at) {
    const fl_diagnostic *diagnostic = fl_result_diagnostic(result, at);
    napi_value value = js.object();
    js.set(value, "code", js.text(("FL" + std::to_string(diagnostic->code)).c_str()));
    js.set(value, "severity", js.text(severity_text(diagnostic->severity)));
    js.set(value, "file", js.text(diagnostic->file));
    js.set(value, "range", range_of(js, diagnostic->start, diagnostic->end));
    js.set(value, "message", js.text(diagnostic->message));
    js.set(value, "hint", js.text(diagnostic->hint));
    napi_value places = js.array(diagnostic->related_count);
    for (size_t place_at = 0; place_at < diagnostic->related_count; ++place_at) {
      const fl_related *related = fl_result_related(result, at, place_at);
      napi_value place = js.object();
      js.set(place, "file", js.text(related->file));
      js.set(place, "range", range_of(js, related->start, related->end));
      js.set(place, "message", js.text(related->message));
      js.set_element(places, place_at, place);
    }
    js.set(value, "related", places);
    js.set_element(values, at, value);
  }
  return values;
}

/// Text that may be absent: null rather than an empty string.
static napi_value text_or_null(Js &js, fl_str text) { return text.size ? js.text(text) : js.null(); }

static napi_value unresolved_of(Js &js, const fl_result *result) {
  napi_value unresolved = js.array(fl_result_unresolved_count(result));
  for (size_t at = 0; at < fl_result_unresolved_count(result); ++at) {
    const fl_unresolved *import = fl_result_unresolved(result, at);
    napi_value entry = js.object();
    js.set(entry, "specifier", js.text(import->specifier));
    js.set(entry, "importer", js.text(import->importer));
    js.set_element(unresolved, at, entry);
  }
  return unresolved;
}

napi_value transform_result_of(Js &js, const fl_result *result) {
  napi_value value = js.call(&Instance::unchanged_result);
  if (!result)
    return value;
  if (fl_result_changed(result))
    js.set(value, "code", js.text(fl_result_code(result)));
  if (fl_str map = fl_result_map(result); map.size)
    js.set(value, "map", js.text(map));

  if (fl_str path = fl_result_companion_path(result); path.size) {
    napi_value companion = js.object();
    js.set(companion, "path", js.text(path));
    js.set(companion, "code", js.text(fl_result_companion_code(result)));
    js.set(companion, "map", js.text(fl_result_companion_map(result)));
    js.set(value, "companion", companion);
  }

  if (size_t count = fl_result_file_count(result)) {
    napi_value files = js.array(count);
    for (size_t at = 0; at < count; ++at) {
      const fl_file *file = fl_result_file(result, at);
      napi_value entry = js.object();
      js.set(entry, "path", js.text(file->path));
      js.set(entry, "code", js.text(file->code));
      js.set(entry, "map", text_or_null(js, file->map));
      js.set_element(files, at, entry);
    }
    js.set(value, "files", files);
  }

  if (size_t count = fl_result_dependency_count(result)) {
    napi_value dependencies = js.array(count);
    for (size_t at = 0; at < count; ++at)
      js.set_element(dependencies, at, js.text(fl_result_dependency(result, at)));
    js.set(value, "dependencies", dependencies);
  }

  if (fl_result_unresolved_count(result))
    js.set(value, "unresolved", unresolved_of(js, result));
  if (fl_result_diagnostic_count(result))
    js.set(value, "diagnostics", diagnostics_of(js, result));
  return value;
}

napi_value resolve_id_result_of(Js &js, const fl_result *result) {
  napi_value value = js.object();
  js.set(value, "id", text_or_null(js, fl_result_resolved_id(result)));
  js.set(value, "external", js.boolean(fl_result_resolved_external(result)));
  js.set(value, "unresolved", unresolved_of(js, result));
  js.set(value, "diagnostics", diagnostics_of(js, result));
  return value;
}

napi_value build_result_of(Js &js, const fl_result *result) {
  napi_value value = js.object();
  if (const fl_counters *counters = fl_result_counters(result)) {
    js.set(value, "components", js.number(static_cast<double>(counters->components)));
    js.set(value, "changed", js.number(static_cast<double>(counters->changed)));
    js.set(value, "loaders", js.number(static_cast<double>(counters->loaders)));
    js.set(value, "lifted", js.number(static_cast<double>(counters->lifted)));
  }
  js.set(value, "diagnostics", diagnostics_of(js, result));
  return value;
}

} // namespace foreload::node
