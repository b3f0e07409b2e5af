#include "host/plugin_pipeline.h"

#include "emit/decoded_map.h"

#include <llvm/ADT/STLExtras.h>

#include <algorithm>
#include <cassert>

namespace foreload {

const char *hook_name(Hook hook) {
  static constexpr const char *names[hook_count] = {"buildStart",   "resolveId",   "load",     "transform",
                                                    "moduleParsed", "watchChange", "buildEnd", "generate"};
  return names[static_cast<size_t>(hook)];
}

void HookOutput::append(HookOutput other) {
  auto move_all = [](auto &to, auto &from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  move_all(dependencies, other.dependencies);
  move_all(unresolved, other.unresolved);
  move_all(files, other.files);
  move_all(diagnostics, other.diagnostics);
  for (const auto &[counter, more] : other.counters)
    counters[counter] += more;
}

std::optional<ResolveResult> Plugin::resolve_id(HookContext &, llvm::StringRef, llvm::StringRef) {
  return std::nullopt;
}
std::optional<ModuleText> Plugin::load(HookContext &, llvm::StringRef) { return std::nullopt; }
std::optional<ModuleText> Plugin::transform(HookContext &, llvm::StringRef, llvm::StringRef) { return std::nullopt; }

const std::string &HookContext::root() const { return pipeline_.root(); }
HostMode HookContext::mode() const { return pipeline_.mode(); }
const std::string &HookContext::directory() const { return session_.directory; }
llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> HookContext::components() const { return session_.components; }
llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> HookContext::documents() const { return session_.documents; }
BuildChange *HookContext::change() { return session_.change; }
bool HookContext::is_kept() const { return session_.is_kept; }
bool HookContext::is_restored() const { return session_.facts_before != nullptr; }
std::shared_ptr<const ModuleFacts> HookContext::facts_before(llvm::StringRef path) {
  return session_.facts_before(path);
}
std::shared_ptr<void> &HookContext::state() { return session_.states[plugin_]; }
bool HookContext::is_cancelled() const { return pipeline_.is_cancelled(); }
ModuleSource &HookContext::modules() { return pipeline_.modules(); }

std::shared_ptr<const ModuleFacts> HookContext::facts_of_text(llvm::StringRef id, llvm::StringRef code) {
  return pipeline_.modules().facts_of_text(id, code);
}

void HookContext::read_ahead(const ModuleFacts &component) { pipeline_.modules().read_ahead(component); }

ResolveResult HookContext::resolve(llvm::StringRef specifier, llvm::StringRef importer) {
  ResolveResult result = pipeline_.resolve_id(session_, output_, specifier, importer, plugin_);
  if (result.resolution == Resolution::NotFound)
    result = pipeline_.modules().resolve(specifier, importer);
  if (result.resolution == Resolution::NotFound)
    ask({specifier.str(), importer.str(), /*is_value=*/true});
  return result;
}

llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> HookContext::read_file(llvm::StringRef path) {
  return pipeline_.file_system().getBufferForFile(path);
}

void HookContext::emit_file(EmittedText file) {
  assert((session_.directory.empty() ||
          llvm::StringRef(file.path).take_front(session_.directory.size()) == session_.directory) &&
         "a build writes what is below its directory");
  output_.files.push_back(std::move(file));
}

PluginPipeline::PluginPipeline(std::vector<std::shared_ptr<Plugin>> plugins, HostMode mode, std::string root,
                               ModuleStore &modules, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system,
                               Timeline &timeline)
    : plugins_(std::move(plugins)), mode_(mode), root_(std::move(root)), modules_(modules),
      file_system_(std::move(file_system)), timeline_(timeline) {
  auto is_for_another_mode = [&](const std::shared_ptr<Plugin> &plugin) {
    return plugin->traits().mode && *plugin->traits().mode != mode_;
  };
  plugins_.erase(std::remove_if(plugins_.begin(), plugins_.end(), is_for_another_mode), plugins_.end());
  std::stable_sort(plugins_.begin(), plugins_.end(),
                   [](const auto &a, const auto &b) { return a->traits().enforce < b->traits().enforce; });
  meters_ = std::make_unique<Meter[]>(plugins_.size() * hook_count);
  for (size_t hook = 0; hook < hook_count; ++hook) {
    for (size_t plugin = 0; plugin < plugins_.size(); ++plugin)
      if (plugins_[plugin]->traits().hooks[hook])
        stages_[hook].push_back(plugin);
    std::stable_sort(stages_[hook].begin(), stages_[hook].end(), [&](size_t a, size_t b) {
      return plugins_[a]->traits().hooks[hook]->order < plugins_[b]->traits().hooks[hook]->order;
    });
  }
  llvm::ArrayRef<size_t> transforms = stage(Hook::Transform);
  auto reader = llvm::find_if(transforms, [&](size_t plugin) { return plugins_[plugin]->traits().reads_modules; });
  if (reader != transforms.end())
    preparation_size_ = reader - transforms.begin();
}

bool PluginPipeline::accepts(const HookUse &use, llvm::StringRef id, const llvm::StringRef *code) const {
  return accepts_id(use.filter, root_, id) && (!code || accepts_code(use.filter, *code));
}

bool PluginPipeline::is_wanted(Hook hook, llvm::StringRef id, llvm::StringRef code) const {
  return llvm::any_of(stage(hook), [&](size_t plugin) {
    const PluginTraits &traits = plugins_[plugin]->traits();
    return accepts(*traits[hook], id, hook == Hook::Transform ? &code : nullptr);
  });
}

bool PluginPipeline::leaves_outputs() const {
  return llvm::all_of(plugins_, [](const auto &plugin) { return plugin->traits().leaves_outputs; });
}

HookSession PluginPipeline::make_session() const {
  HookSession session;
  session.states.resize(plugins_.size());
  return session;
}

void PluginPipeline::run(Hook hook, llvm::ArrayRef<size_t> stage, HookSession &session, HookOutput &output,
                         llvm::StringRef id, const llvm::StringRef *code,
                         llvm::function_ref<bool(Plugin &, HookContext &)> call, size_t asking) {
  for (size_t at : stage) {
    if (at == asking)
      continue;
    Plugin &plugin = *plugins_[at];
    Meter &measured = meter(at, hook);
    if (!accepts(*plugin.traits()[hook], id, code)) {
      measured.filtered.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    HookContext context(*this, session, at, output);
    Clock::time_point start = Clock::now();
    bool is_enough = call(plugin, context);
    Clock::time_point end = Clock::now();
    uint64_t duration = std::chrono::nanoseconds(end - start).count();
    measured.calls.fetch_add(1, std::memory_order_relaxed);
    measured.nanoseconds.fetch_add(duration, std::memory_order_relaxed);
    uint64_t longest = measured.longest.load(std::memory_order_relaxed);
    while (longest < duration && !measured.longest.compare_exchange_weak(longest, duration, std::memory_order_relaxed))
      ;
    if (timeline_.records())
      timeline_.add(plugin_name(at) + " " + hook_name(hook), hook_name(hook), id, start, end);
    if (is_enough)
      return;
  }
}

void PluginPipeline::build_start(HookSession &session, HookOutput &output) {
  run(Hook::BuildStart, stage(Hook::BuildStart), session, output, "", nullptr,
      [](Plugin &plugin, HookContext &context) {
        plugin.build_start(context);
        return false;
      });
}

void PluginPipeline::link(HookSession &session, HookOutput &output) {
  for (size_t at = 0; at < plugins_.size(); ++at) {
    HookContext context(*this, session, at, output);
    plugins_[at]->link(context);
  }
}

void PluginPipeline::save(HookSession &session, ArchiveWriter &archive) {
  HookOutput nobody_reads_it;
  for (size_t at = 0; at < plugins_.size(); ++at) {
    HookContext context(*this, session, at, nobody_reads_it);
    plugins_[at]->save(context, archive);
  }
}

bool PluginPipeline::restore(HookSession &session, ArchiveReader &archive) {
  HookOutput nobody_reads_it;
  for (size_t at = 0; at < plugins_.size(); ++at) {
    HookContext context(*this, session, at, nobody_reads_it);
    if (!plugins_[at]->restore(context, archive))
      return false;
  }
  return true;
}

ResolveResult PluginPipeline::resolve_id(HookSession &session, HookOutput &output, llvm::StringRef specifier,
                                         llvm::StringRef importer, size_t asking) {
  ResolveResult result;
  auto call = [&](Plugin &plugin, HookContext &context) {
    if (std::optional<ResolveResult> answer = plugin.resolve_id(context, specifier, importer))
      result = std::move(*answer);
    return result.resolution != Resolution::NotFound;
  };
  run(Hook::ResolveId, stage(Hook::ResolveId), session, output, specifier, nullptr, call, asking);
  return result;
}

std::optional<ModuleText> PluginPipeline::load(HookSession &session, HookOutput &output, llvm::StringRef id) {
  std::optional<ModuleText> result;
  run(Hook::Load, stage(Hook::Load), session, output, id, nullptr, [&](Plugin &plugin, HookContext &context) {
    result = plugin.load(context, id);
    return result.has_value();
  });
  return result;
}

/// One map for a chain of them, the first of which was made first. All have been checked.
static std::string compose_all(llvm::ArrayRef<std::string> maps, llvm::StringRef id) {
  std::optional<DecodedMap> composed;
  for (const std::string &json : maps) {
    llvm::Expected<DecodedMap> map = decode_map(json);
    if (!map) { // only a plugin that is compiled in could do this
      llvm::consumeError(map.takeError());
      assert(false && "a plugin of the host gave a map that cannot be read");
      return {};
    }
    if (!composed)
      composed = std::move(*map);
    else
      composed = compose(*map, [&](uint32_t source) {
        bool is_module = map->sources.size() == 1 || source_path(id, map->sources[source]) == id;
        return is_module ? &*composed : nullptr;
      });
  }
  return composed->to_json();
}

/// Puts what a plugin has reported of the text that it was given, which was made of \p original with \p maps, where it
/// comes from; a line and a column are enough to report a place.
static void locate_reports(llvm::MutableArrayRef<Diagnostic> diagnostics, llvm::StringRef id, llvm::StringRef original,
                           llvm::ArrayRef<std::string> maps) {
  constexpr uint16_t reported_by_plugin = 6001;
  for (Diagnostic &diagnostic : diagnostics) {
    bool has_place = diagnostic.start.line > 1 || diagnostic.start.column > 1 || diagnostic.end.offset > 0;
    bool is_complete = maps.empty() && diagnostic.end.offset > 0;
    if (diagnostic.code != reported_by_plugin || diagnostic.file != id || !has_place || is_complete)
      continue;
    std::optional<DecodedMap> map;
    if (!maps.empty())
      map = llvm::cantFail(decode_map(compose_all(maps, id)));
    SourceFile file(id.str(), original.str());
    auto locate = [&](const Position &given) {
      uint32_t line = given.line, column = given.column;
      if (map) {
        const DecodedMap::Segment *segment = map->find(line - 1, column - 1);
        if (!segment || segment->source == DecodedMap::none || source_path(id, map->sources[segment->source]) != id)
          return Position();
        column = segment->source_column + column - segment->column;
        line = segment->line + 1;
      }
      return file.position_at(line, column);
    };
    diagnostic.start = locate(diagnostic.start);
    diagnostic.end = std::max(diagnostic.start, locate(diagnostic.end),
                              [](const Position &a, const Position &b) { return a.offset < b.offset; });
  }
}

PipelineText PluginPipeline::transform(HookSession &session, HookOutput &output, llvm::StringRef id,
                                       llvm::StringRef code) {
  return transform_by(stage(Hook::Transform), session, output, id, code);
}

PipelineText PluginPipeline::prepare(HookSession &session, HookOutput &output, llvm::StringRef id,
                                     llvm::StringRef code) {
  return transform_by(stage(Hook::Transform).take_front(preparation_size_), session, output, id, code);
}

PipelineText PluginPipeline::transform_prepared(HookSession &session, HookOutput &output, llvm::StringRef id,
                                                llvm::StringRef code) {
  return transform_by(stage(Hook::Transform).drop_front(preparation_size_), session, output, id, code);
}

PipelineText PluginPipeline::transform_by(llvm::ArrayRef<size_t> stage, HookSession &session, HookOutput &output,
                                          llvm::StringRef id, llvm::StringRef code) {
  PipelineText result;
  std::vector<std::string> maps;
  const llvm::StringRef original = code;
  auto call = [&](Plugin &plugin, HookContext &context) {
    if (plugin.traits().reads_modules && !maps.empty())
      result.prepared_map = compose_all(maps, id);
    size_t reported = output.diagnostics.size();
    std::optional<ModuleText> text = plugin.transform(context, id, code);
    locate_reports(llvm::MutableArrayRef<Diagnostic>(output.diagnostics).drop_front(reported), id, original, maps);
    if (!text)
      return false;
    result.changed = true;
    result.code = std::move(text->code);
    code = result.code;
    if (!text->map.empty())
      maps.push_back(std::move(text->map));
    return false;
  };
  run(Hook::Transform, stage, session, output, id, &code, call);
  if (maps.size() == 1)
    result.map = std::move(maps.front());
  else if (!maps.empty())
    result.map = compose_all(maps, id);
  return result;
}

void PluginPipeline::module_parsed(HookSession &session, HookOutput &output, const ModuleFacts &facts) {
  llvm::StringRef code = facts.source->text();
  run(Hook::ModuleParsed, stage(Hook::ModuleParsed), session, output, facts.source->path(), &code,
      [&](Plugin &plugin, HookContext &context) {
        plugin.module_parsed(context, facts);
        return false;
      });
}

void PluginPipeline::watch_change(HookSession &session, HookOutput &output, llvm::StringRef path, FileEvent event) {
  run(Hook::WatchChange, stage(Hook::WatchChange), session, output, path, nullptr,
      [&](Plugin &plugin, HookContext &context) {
        plugin.watch_change(context, path, event);
        return false;
      });
}

void PluginPipeline::build_end(HookSession &session, HookOutput &output) {
  run(Hook::BuildEnd, stage(Hook::BuildEnd), session, output, "", nullptr, [](Plugin &plugin, HookContext &context) {
    plugin.build_end(context);
    return false;
  });
}

void PluginPipeline::generate(HookSession &session, HookOutput &output, llvm::ArrayRef<EmittedText> outputs) {
  run(Hook::Generate, stage(Hook::Generate), session, output, "", nullptr, [&](Plugin &plugin, HookContext &context) {
    plugin.generate(context, outputs);
    return false;
  });
}

std::vector<PluginTiming> PluginPipeline::timings() const {
  std::vector<PluginTiming> result;
  for (size_t at = 0; at < plugins_.size(); ++at) {
    PluginTiming &timing = result.emplace_back();
    timing.plugin = plugins_[at]->traits().name;
    for (size_t hook = 0; hook < hook_count; ++hook) {
      const Meter &meter = meters_[at * hook_count + hook];
      timing.hooks[hook] = {meter.calls, meter.filtered, meter.nanoseconds, meter.longest};
    }
  }
  return result;
}

} // namespace foreload
