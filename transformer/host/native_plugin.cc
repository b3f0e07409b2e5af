// Nothing that a plugin hands over is used before it was checked, and nothing of it is kept: strings are copied, and
// then the plugin's `free` is called.
#include "host/native_plugin.h"

#include "emit/decoded_map.h"
#include "engine/file_finder.h"

#include <llvm/ADT/Twine.h>
#include <llvm/Support/JSON.h>

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <deque>

namespace foreload {

namespace {

llvm::Error refuse(llvm::StringRef where, const llvm::Twine &why) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "plugin '" + where + "' " + why);
}

fl_str view(llvm::StringRef text) { return {text.data(), text.size()}; }
llvm::StringRef text_of(fl_str text) { return {text.data, text.size}; }
Position position_of(fl_position at) { return {at.line, at.column, at.offset}; }

/// Why a string cannot be one, or nothing.
const char *fault_of(fl_str text) {
  if (!text.data)
    return text.size ? "has a size and no data" : nullptr;
  if (text.size >= UINT32_MAX)
    return "has an impossible size";
  return find_invalid_utf8(text_of(text)) == llvm::StringRef::npos ? nullptr : "is not valid UTF-8";
}

/// A struct as this version knows it: of a shorter one, the rest is zero.
template <typename Struct> bool read_struct(Struct &out, const Struct *given) {
  out = {};
  if (!given || given->size < sizeof(size_t))
    return false;
  std::memcpy(&out, given, std::min(given->size, sizeof(Struct)));
  return true;
}

/// Calls the `free` of an out struct when everything of it was copied.
template <typename Out> class Owned {
public:
  Owned() { value.size = sizeof(Out); }
  ~Owned() {
    if (value.free)
      value.free(value.owner);
  }
  Owned(const Owned &) = delete;
  Owned &operator=(const Owned &) = delete;

  Out value = {};
};

/// One call of a hook; fl_context::call points to it.
struct Call {
  HookContext &context;
  llvm::StringRef plugin;
  std::string id; ///< the module, or the project's root if it is for none
  bool has_reported = false;
  std::deque<std::string> kept; ///< what the host's functions gave
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> files;

  void say(uint16_t code, Severity severity, std::string message, std::string hint = {}) {
    has_reported |= severity == Severity::Error;
    Diagnostic diagnostic = file_error(id, code, "plugin '" + plugin.str() + "': " + message);
    diagnostic.severity = severity;
    diagnostic.hint = std::move(hint);
    context.report(std::move(diagnostic));
  }

  void refuse(const std::string &what) {
    say(6002, Severity::Error, what, "what the plugin gave is left out; tell its author");
  }

  /// Whether a string is one, and says so if not.
  bool check(fl_str text, const char *name) {
    const char *fault = fault_of(text);
    if (fault)
      refuse(std::string(name) + " " + fault);
    return !fault;
  }

  /// The map of the file at \p path, or nothing if it cannot be one. A source without a name is the file.
  std::optional<std::string> check_map(fl_str map, llvm::StringRef path) {
    if (!check(map, "map"))
      return std::nullopt;
    if (!map.size)
      return std::string();
    llvm::Expected<DecodedMap> decoded = decode_map(text_of(map));
    if (!decoded) {
      say(6003, Severity::Error, "its source map cannot be read: " + llvm::toString(decoded.takeError()),
          "what the plugin gave is left out; tell its author");
      return std::nullopt;
    }
    auto unnamed = std::find(decoded->sources.begin(), decoded->sources.end(), "");
    if (unnamed == decoded->sources.end())
      return text_of(map).str();
    *unnamed = path.rsplit('/').second.str();
    return decoded->to_json();
  }
};

Call &call_of(const fl_context *context) { return *static_cast<Call *>(context->call); }

// ------------------------------------------------------------------------------- what a plugin can ask its host --

int32_t host_resolve(const fl_context *context, fl_str specifier, fl_str importer, fl_resolved *out) {
  Call &call = call_of(context);
  if (!call.check(specifier, "specifier") || !call.check(importer, "importer"))
    return FL_HOOK_FAILED;
  ResolveResult result = call.context.resolve(text_of(specifier), text_of(importer));
  if (result.resolution == Resolution::NotFound)
    return FL_HOOK_NONE;
  bool is_external = result.resolution == Resolution::External;
  fl_resolved answer = {};
  answer.size = std::min(out->size, sizeof answer);
  answer.id = view(call.kept.emplace_back(is_external ? text_of(specifier).str() : std::move(result.path)));
  answer.external = is_external;
  std::memcpy(out, &answer, answer.size);
  return FL_HOOK_DONE;
}

int32_t host_read_file(const fl_context *context, fl_str path, fl_str *out) {
  Call &call = call_of(context);
  if (!call.check(path, "path"))
    return FL_HOOK_FAILED;
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> file = call.context.read_file(text_of(path));
  if (!file)
    return FL_HOOK_NONE;
  *out = view(call.files.emplace_back(std::move(*file))->getBuffer());
  return FL_HOOK_DONE;
}

void host_add_dependency(const fl_context *context, fl_str path) {
  Call &call = call_of(context);
  if (call.check(path, "dependency"))
    call.context.add_dependency(text_of(path).str());
}

void host_report(const fl_context *context, const fl_report *given) {
  Call &call = call_of(context);
  fl_report report;
  if (!read_struct(report, given))
    return call.refuse("a report is NULL or has no size");
  if (report.severity < FL_SEVERITY_ERROR || report.severity > FL_SEVERITY_INFO)
    return call.refuse("a report's severity is " + std::to_string(report.severity) + ", which is no fl_severity");
  if (!call.check(report.file, "a report's file") || !call.check(report.message, "a report's message") ||
      !call.check(report.hint, "a report's hint"))
    return;
  Diagnostic diagnostic;
  diagnostic.code = 6001;
  diagnostic.severity = static_cast<Severity>(report.severity);
  diagnostic.file = report.file.size ? text_of(report.file).str() : call.id;
  if (report.start.line) {
    diagnostic.start = position_of(report.start);
    diagnostic.end = report.end.line ? position_of(report.end) : diagnostic.start;
  }
  diagnostic.message = "plugin '" + call.plugin.str() + "': " + text_of(report.message).str();
  diagnostic.hint = text_of(report.hint).str();
  call.has_reported |= diagnostic.severity == Severity::Error;
  call.context.report(std::move(diagnostic));
}

void host_log(const fl_context *context, int32_t severity, fl_str message) {
  fl_report report = {};
  report.size = sizeof report;
  report.severity = severity;
  report.message = message;
  host_report(context, &report);
}

void host_emit_file(const fl_context *context, const fl_file *given) {
  Call &call = call_of(context);
  fl_file file;
  if (!read_struct(file, given))
    return call.refuse("an emitted file is NULL or has no size");
  if (!call.check(file.path, "an emitted file's path") || !call.check(file.code, "an emitted file's code"))
    return;
  llvm::StringRef path = text_of(file.path);
  std::optional<std::string> map = call.check_map(file.map, path);
  if (!map)
    return;
  const std::string &directory = call.context.directory();
  bool is_inside = directory.empty() || directory == "/" || path.take_front(directory.size() + 1) == directory + "/";
  if (path.take_front(1) != "/" || !is_inside || (path + "/").str().find("/../") != std::string::npos)
    return call.say(6005, Severity::Error, "it emitted the file '" + path.str() + "'",
                    "the path of a file has to be absolute" +
                        (directory.empty() ? std::string() : ", and below " + directory));
  call.context.emit_file({path.str(), text_of(file.code).str(), std::move(*map)});
}

int32_t host_is_cancelled(const fl_context *context) { return call_of(context).context.is_cancelled(); }

constexpr fl_host_functions host_functions = {
    sizeof(fl_host_functions), FL_PLUGIN_ABI_VERSION, 0,        host_resolve,   host_read_file,
    host_add_dependency,       host_report,           host_log, host_emit_file, host_is_cancelled};

// ------------------------------------------------------------------------------------------------------ a plugin --

std::optional<Order> order_of(int32_t order) {
  switch (order) {
  case FL_ORDER_NORMAL:
    return Order::Normal;
  case FL_ORDER_PRE:
    return Order::Pre;
  case FL_ORDER_POST:
    return Order::Post;
  }
  return std::nullopt;
}

class NativePlugin final : public Plugin {
public:
  NativePlugin(PluginTraits plugin_traits, const fl_plugin &table, std::string root, std::string options)
      : Plugin(std::move(plugin_traits)), table_(table), root_(std::move(root)), options_(std::move(options)) {}
  ~NativePlugin() override {
    if (is_created_ && table_.destroy)
      table_.destroy(instance_);
  }

  llvm::Error create(llvm::StringRef where) {
    if (!table_.create)
      return llvm::Error::success();
    fl_str refusal = {nullptr, 0};
    int32_t status = table_.create(&instance_, view(root_), view(options_), &refusal);
    is_created_ = status == FL_HOOK_NONE || status == FL_HOOK_DONE;
    if (is_created_)
      return llvm::Error::success();
    if (status != FL_HOOK_FAILED)
      return refuse(where, "returned " + llvm::Twine(status) + " from create, which is no fl_hook_status");
    bool has_reason = refusal.size && !fault_of(refusal);
    return refuse(where, "does not want to start" + (has_reason ? ": " + text_of(refusal).str() : std::string()));
  }

  void build_start(HookContext &context) override {
    run(context, "", [&](const fl_context *c) { return table_.build_start(instance_, c); });
  }

  std::optional<ResolveResult> resolve_id(HookContext &context, llvm::StringRef specifier,
                                          llvm::StringRef importer) override {
    Owned<fl_resolved> out;
    std::optional<ResolveResult> result;
    auto take = [&](Call &call) {
      if (!call.check(out.value.id, "the resolved id"))
        return;
      if (!out.value.id.size)
        return call.refuse("the resolved id is empty");
      result = ResolveResult{out.value.external ? Resolution::External : Resolution::Found,
                             out.value.external ? std::string() : text_of(out.value.id).str()};
    };
    run(
        context, importer,
        [&](const fl_context *c) {
          return table_.resolve_id(instance_, c, view(specifier), view(importer), &out.value);
        },
        take);
    return result;
  }

  std::optional<ModuleText> load(HookContext &context, llvm::StringRef id) override {
    return run_for_text(context, id, [&](const fl_context *c, fl_module_text *out) {
      return table_.load(instance_, c, view(id), out);
    });
  }

  std::optional<ModuleText> transform(HookContext &context, llvm::StringRef id, llvm::StringRef code) override {
    return run_for_text(context, id, [&](const fl_context *c, fl_module_text *out) {
      return table_.transform(instance_, c, view(id), view(code), out);
    });
  }

  void module_parsed(HookContext &context, const ModuleFacts &facts) override {
    std::vector<fl_str> imports, exports;
    for (const ImportFact &import : facts.imports)
      imports.push_back(view(import.specifier));
    for (const ExportFact &exported : facts.exports)
      exports.push_back(view(exported.exported));
    fl_module_info info = {};
    info.size = sizeof info;
    info.id = view(facts.source->path());
    info.code = view(facts.source->text());
    info.imports = imports.data();
    info.import_count = imports.size();
    info.exports = exports.data();
    info.export_count = exports.size();
    info.is_component = facts.kind == ModuleKind::Astro;
    info.has_loader = facts.loader.has_value();
    info.is_usable = facts.usable;
    run(context, facts.source->path(), [&](const fl_context *c) { return table_.module_parsed(instance_, c, &info); });
  }

  void watch_change(HookContext &context, llvm::StringRef path, FileEvent event) override {
    int32_t number = event == FileEvent::Create   ? FL_FILE_CREATED
                     : event == FileEvent::Update ? FL_FILE_UPDATED
                                                  : FL_FILE_DELETED;
    run(context, path, [&](const fl_context *c) { return table_.watch_change(instance_, c, view(path), number); });
  }

  void build_end(HookContext &context) override {
    run(context, "", [&](const fl_context *c) { return table_.build_end(instance_, c); });
  }

  void generate(HookContext &context, llvm::ArrayRef<EmittedText> outputs) override {
    std::vector<fl_file> files;
    files.reserve(outputs.size());
    for (const EmittedText &output : outputs)
      files.push_back({sizeof(fl_file), view(output.path), view(output.code), view(output.map)});
    run(context, "", [&](const fl_context *c) { return table_.generate(instance_, c, files.data(), files.size()); });
  }

private:
  /// Calls a hook; \p take gets at what it has put out.
  void run(HookContext &context, llvm::StringRef id, llvm::function_ref<int32_t(const fl_context *)> hook,
           llvm::function_ref<void(Call &)> take = nullptr) {
    Call call{context, traits().name, id.empty() ? root_ : id.str(), false, {}, {}};
    fl_context given = {};
    given.size = sizeof given;
    given.host = &host_functions;
    given.call = &call;
    given.root = view(root_);
    given.directory = view(context.directory());
    given.options = view(options_);
    given.mode = context.mode() == HostMode::Build ? FL_MODE_BUILD : FL_MODE_SERVE;
    int32_t status = hook(&given);
    if (status == FL_HOOK_DONE) {
      if (take)
        take(call);
    } else if (status == FL_HOOK_FAILED) {
      if (!call.has_reported)
        call.say(6004, Severity::Error, "a hook failed, and does not say why");
    } else if (status != FL_HOOK_NONE) {
      call.refuse("a hook returned " + std::to_string(status) + ", which is no fl_hook_status");
    }
  }

  std::optional<ModuleText> run_for_text(HookContext &context, llvm::StringRef id,
                                         llvm::function_ref<int32_t(const fl_context *, fl_module_text *)> hook) {
    Owned<fl_module_text> out;
    std::optional<ModuleText> result;
    auto take = [&](Call &call) {
      if (!out.value.code.data)
        return call.refuse("code is NULL");
      if (!call.check(out.value.code, "code"))
        return;
      if (std::optional<std::string> map = call.check_map(out.value.map, id))
        result = ModuleText{text_of(out.value.code).str(), std::move(*map)};
    };
    run(
        context, id, [&](const fl_context *c) { return hook(c, &out.value); }, take);
    return result;
  }

  fl_plugin table_;
  std::string root_, options_;
  void *instance_ = nullptr;
  bool is_created_ = true; ///< without create() there is nothing that could fail
};

/// Reads a plugin's table into traits, checking all of it.
class TraitsReader {
public:
  TraitsReader(llvm::StringRef where) : where_(where) {}

  llvm::Error read(const fl_plugin &table) {
    if (const char *fault = fault_of(table.name))
      return refuse(where_, llvm::Twine("has a name that ") + fault);
    if (!table.name.size)
      return refuse(where_, "has no name");
    traits.name = text_of(table.name).str();
    std::optional<Order> enforce = order_of(table.enforce);
    if (!enforce)
      return refuse(where_, "has `enforce` " + llvm::Twine(table.enforce) + ", which is no fl_order");
    traits.enforce = *enforce;
    if (table.apply == FL_APPLY_SERVE)
      traits.mode = HostMode::Serve;
    else if (table.apply == FL_APPLY_BUILD)
      traits.mode = HostMode::Build;
    else if (table.apply != FL_APPLY_ALWAYS)
      return refuse(where_, "has `apply` " + llvm::Twine(table.apply) + ", which is no fl_apply");
    add(Hook::BuildStart, table.build_start != nullptr, table.build_start_use);
    add(Hook::ResolveId, table.resolve_id != nullptr, table.resolve_id_use);
    add(Hook::Load, table.load != nullptr, table.load_use);
    add(Hook::Transform, table.transform != nullptr, table.transform_use);
    add(Hook::ModuleParsed, table.module_parsed != nullptr, table.module_parsed_use);
    add(Hook::WatchChange, table.watch_change != nullptr, table.watch_change_use);
    add(Hook::BuildEnd, table.build_end != nullptr, table.build_end_use);
    add(Hook::Generate, table.generate != nullptr, table.generate_use);
    if (!fault_.empty())
      return refuse(where_, fault_);
    return llvm::Error::success();
  }

  PluginTraits traits;

private:
  void add(Hook hook, bool is_there, const fl_hook_use *given) {
    if (!is_there)
      return;
    HookUse &use = traits[hook].emplace();
    if (!given)
      return;
    std::string name = std::string("of ") + hook_name(hook);
    fl_hook_use read;
    if (!read_struct(read, given)) {
      fault_ = "has a use " + name + " without a size";
      return;
    }
    if (std::optional<Order> order = order_of(read.order))
      use.order = *order;
    else
      fault_ = "has the order " + std::to_string(read.order) + " " + name + ", which is no fl_order";
    if (!read.filter)
      return;
    fl_filter filter;
    if (!read_struct(filter, read.filter)) {
      fault_ = "has a filter " + name + " without a size";
      return;
    }
    add_texts(use.filter.include, filter.include, filter.include_count, name);
    add_texts(use.filter.suffixes, filter.suffixes, filter.suffix_count, name);
    add_texts(use.filter.exclude, filter.exclude, filter.exclude_count, name);
    add_texts(use.filter.code, filter.code, filter.code_count, name);
  }

  void add_texts(std::vector<std::string> &to, const fl_str *texts, size_t count, const std::string &name) {
    if (count && !texts) {
      fault_ = "has a filter " + name + " with a count and no texts";
      return;
    }
    for (size_t at = 0; at < count; ++at)
      if (const char *fault = fault_of(texts[at]))
        fault_ = "has a filter " + name + " with a text that " + fault;
      else
        to.push_back(text_of(texts[at]).str());
  }

  llvm::StringRef where_;
  std::string fault_;
};

} // namespace

llvm::Expected<std::shared_ptr<Plugin>> make_native_plugin(fl_plugin_entry entry, llvm::StringRef where,
                                                           llvm::StringRef options, llvm::StringRef root) {
  if (!options.empty()) {
    llvm::Expected<llvm::json::Value> json = llvm::json::parse(options);
    if (!json) {
      llvm::consumeError(json.takeError());
      return refuse(where, "has options that are no JSON");
    }
  }
  fl_str refusal = {nullptr, 0};
  const fl_plugin *given = entry(FL_PLUGIN_ABI_VERSION, &refusal);
  if (!given) {
    bool has_reason = refusal.size && !fault_of(refusal);
    return refuse(where, "refuses version " + llvm::Twine(FL_PLUGIN_ABI_VERSION) + " of the interface" +
                             (has_reason ? ": " + text_of(refusal).str() : std::string()));
  }
  if (given->size < offsetof(fl_plugin, name) + sizeof(fl_str))
    return refuse(where, "has a table of " + llvm::Twine(given->size) + " bytes, which is too small");
  fl_plugin table;
  read_struct(table, given);
  if (table.abi_version > FL_PLUGIN_ABI_VERSION)
    return refuse(where, "wants version " + llvm::Twine(table.abi_version) + " of the interface, and foreload has " +
                             llvm::Twine(FL_PLUGIN_ABI_VERSION) + ": update foreload");
  if (table.abi_version < FL_PLUGIN_ABI_OLDEST)
    return refuse(where, "was made for version " + llvm::Twine(table.abi_version) +
                             " of the interface, and foreload wants at least " + llvm::Twine(FL_PLUGIN_ABI_OLDEST) +
                             ": build it with a newer foreload_plugin.h");
  TraitsReader reader(where);
  if (llvm::Error error = reader.read(table))
    return error;
  auto plugin = std::make_shared<NativePlugin>(std::move(reader.traits), table, root.str(), options.str());
  if (llvm::Error error = plugin->create(where))
    return error;
  return plugin;
}

llvm::Expected<std::shared_ptr<Plugin>> load_native_plugin(llvm::StringRef path, llvm::StringRef options,
                                                           llvm::StringRef root) {
  // Never closed: threads, and data that libraries keep, may still need its code.
  void *library = dlopen(path.str().c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    const char *reason = dlerror();
    return refuse(path, llvm::Twine("cannot be loaded: ") + (reason ? reason : "no reason is given"));
  }
  void *symbol = dlsym(library, "foreload_plugin");
  if (!symbol)
    return refuse(path, "has no function foreload_plugin");
  return make_native_plugin(reinterpret_cast<fl_plugin_entry>(symbol), path, options, root);
}

} // namespace foreload
