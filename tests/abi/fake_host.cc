// A host whose answers are known in full, to test what the C ABI makes of them: linked in place of the real one.
#include "host/host.h"
#include "host/native_plugin.h"

#include <new>
#include <stdexcept>

namespace foreload {

struct Host::State {
  HostOptions options;
  std::string log; ///< what was called, for the test to read back through explain()
  bool is_cancelled = false;
};

Host::Host(HostOptions options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>) : state_(std::make_unique<State>()) {
  if (options.root == "/throw")
    throw std::runtime_error("no such luck");
  state_->options = std::move(options);
}
Host::~Host() = default;

TransformResult Host::transform(llvm::StringRef id, llvm::StringRef code) {
  TransformResult result;
  result.code = {id.str(), code.str(), ""};
  if (code == "bad_alloc")
    throw std::bad_alloc();
  if (code == "exception")
    throw std::runtime_error("no such luck");
  if (code == "int")
    throw 7;
  if (code != "full")
    return result;
  result.changed = true;
  result.code = {id.str(), "changed code", "{\"map\":1}"};
  result.has_companion = true;
  result.companion = {id.str() + ".foreload.ts", "companion code", "{\"map\":2}"};
  result.files = {{"/root/one.js", "one", "{\"map\":4}"}, {"/root/two.js", "two", ""}};
  result.dependencies = {"/root/a.astro", "/root/b.ts"};
  result.unresolved = {{"@/x", "/root/a.astro"}, {std::string("nul\0inside", 10), "/root/b.ts"}};
  Diagnostic error;
  error.code = 2001;
  error.severity = Severity::Error;
  error.file = "/root/a.astro";
  error.start = {3, 5, 42};
  error.end = {4, 6, 57};
  error.message = "first message";
  error.hint = "first hint";
  error.related = {{"/root/b.ts", {7, 8, 90}, {7, 9, 91}, "first place"},
                   {"/root/c.ts", {1, 1, 0}, {1, 2, 1}, "second place"}};
  Diagnostic warning = error;
  warning.severity = Severity::Warning;
  warning.related.clear();
  warning.hint.clear();
  Diagnostic info = warning;
  info.severity = Severity::Info;
  info.code = 65535;
  result.diagnostics = {error, warning, info};
  return result;
}

ResolveIdResult Host::resolve_id(llvm::StringRef specifier, llvm::StringRef importer) {
  ResolveIdResult result;
  if (specifier == "external")
    result.resolved.resolution = Resolution::External;
  else if (specifier != "unknown")
    result.resolved = {Resolution::Found, specifier.str() + " in " + importer.str()};
  result.unresolved = {{"@/x", importer.str()}};
  result.diagnostics.emplace_back().message = "of a resolution";
  return result;
}

LoadResult Host::load(llvm::StringRef id) {
  LoadResult result;
  if (id == "nothing")
    return result;
  result.text = ModuleText{"loaded " + id.str(), "{\"map\":3}"};
  result.dependencies = {"/root/data.json"};
  result.files = {{"/root/extra.js", "extra", ""}};
  result.unresolved = {{"@/y", id.str()}};
  result.diagnostics.emplace_back().message = "of a load";
  return result;
}

bool Host::is_wanted(Hook hook, llvm::StringRef id, llvm::StringRef code) const {
  return id == std::to_string(static_cast<int>(hook)) && code == "wanted";
}

std::vector<Diagnostic> Host::watch_change(llvm::StringRef path, FileEvent event) {
  std::vector<Diagnostic> result(1);
  result[0].message = path.str() + " " + std::to_string(static_cast<int>(event));
  return result;
}

void Host::cancel() { state_->is_cancelled = true; }
bool Host::is_cancelled() const { return state_->is_cancelled; }
std::string Host::statistics() const { return "statistics"; }
std::string Host::trace() const { return "trace"; }

static llvm::Expected<std::shared_ptr<Plugin>> answer(llvm::StringRef where, llvm::StringRef options) {
  if (options == "wrong")
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "no such plugin: " + where);
  PluginTraits traits;
  traits.name = where.str() + " " + options.str();
  return std::make_shared<Plugin>(traits);
}

llvm::Expected<std::shared_ptr<Plugin>> load_native_plugin(llvm::StringRef path, llvm::StringRef options,
                                                           llvm::StringRef) {
  return answer(path, options);
}

llvm::Expected<std::shared_ptr<Plugin>> make_native_plugin(fl_plugin_entry, llvm::StringRef where,
                                                           llvm::StringRef options, llvm::StringRef) {
  return answer("entry of " + where.str(), options);
}

std::optional<ResolveResult> Plugin::resolve_id(HookContext &, llvm::StringRef, llvm::StringRef) { return std::nullopt; }
std::optional<ModuleText> Plugin::load(HookContext &, llvm::StringRef) { return std::nullopt; }
std::optional<ModuleText> Plugin::transform(HookContext &, llvm::StringRef, llvm::StringRef) { return std::nullopt; }

void Host::add_resolution(llvm::StringRef specifier, llvm::StringRef importer, llvm::StringRef path) {
  state_->log += "resolution " + specifier.str() + " " + importer.str() + " '" + path.str() + "';";
}

BuildResult Host::build(const BuildOptions &options) {
  BuildResult result;
  result.manifest = options.directory + ">" + options.out;
  result.components = 5;
  result.changed = 4;
  result.loaders = 3;
  result.lifted = 2;
  result.diagnostics.emplace_back().message = "of a build";
  return result;
}

ExplainResult Host::explain(llvm::StringRef id) {
  const HostOptions &options = state_->options;
  std::string json = id.str() + ";" + options.root + ";" + (options.lift ? "lift" : "keep") + ";" +
                     std::to_string(static_cast<int>(options.strategy)) + ";" + options.runtime_module + ";" +
                     (options.ask_first ? "ask;" : "") + (options.auto_lift ? "auto;" : "") +
                     (options.dedupe ? "dedupe;" : "") + (options.speculative ? "speculative;" : "") +
                     (options.prefetch ? "prefetch;" : "");
  for (const std::string &alias : options.runtime_aliases)
    json += alias + ";";
  if (options.mode == HostMode::Serve)
    json += "serve;";
  if (options.trace)
    json += "trace;";
  if (options.compose)
    json += "compose " + options.compose->options.base + ";";
  for (const std::shared_ptr<Plugin> &plugin : options.plugins)
    json += plugin->traits().name + ";";
  ExplainResult result;
  result.json = json + state_->log;
  result.diagnostics.emplace_back().message = "of an explanation";
  return result;
}

WaterfallResult Host::waterfall(const WaterfallOptions &options) {
  WaterfallResult result;
  result.html = options.trace + ";" + options.source_link + ";" + options.code_link;
  result.diagnostics.emplace_back().message = "of a waterfall";
  return result;
}

void Host::invalidate(llvm::ArrayRef<std::string> paths) {
  for (const std::string &path : paths)
    state_->log += "invalidate " + path + ";";
}

void Host::invalidate_all() { state_->log += "invalidate all;"; }

} // namespace foreload
