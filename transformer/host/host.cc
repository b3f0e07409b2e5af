#include "host/host_state.h"

#include "host/compose_plugin.h"
#include "host/lift_plugin.h"
#include "source/real_file_system.h"

#include <llvm/ADT/STLExtras.h>

#include <algorithm>
#include <utility>

namespace foreload {

AnalyzeOptions Host::State::analyze_options() const {
  AnalyzeOptions result;
  result.runtime_modules = options.runtime_aliases;
  result.runtime_modules.push_back(options.runtime_module);
  result.auto_lift = options.auto_lift;
  return result;
}

ResolverOptions Host::State::resolver_options() const {
  ResolverOptions result;
  result.root = options.root;
  return result;
}

Host::State::State(HostOptions host_options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> fs)
    : options(std::move(host_options)),
      fact_cache(options.cache ? std::make_unique<DiskCache>(options.cache->folder, options.cache->max_bytes) : nullptr),
      observed_files(options.cache || options.is_watched
                         ? llvm::makeIntrusiveRefCnt<ObservedFileSystem>(real_file_system())
                         : nullptr),
      file_system(observed_files ? observed_files : fs ? std::move(fs) : real_file_system()),
      timeline(options.trace), modules(file_system, resolver_options(), analyze_options(), options.ask_first),
      pipeline(all_plugins(), options.mode, options.root, modules, file_system, timeline),
      prefetch(options.prefetch ? std::make_unique<ModulePrefetch>(modules) : nullptr) {
  // A project without plugins of its own is read without a detour.
  if (pipeline.has(Hook::ResolveId) || pipeline.has(Hook::Load) || pipeline.has(Hook::ModuleParsed) ||
      pipeline.has_preparation())
    modules.set_hooks(this);
  if (fact_cache)
    modules.set_cache(fact_cache.get());
  modules.set_prefetch(prefetch.get());
}

Host::State::~State() {
  prefetch.reset();
  modules.set_prefetch(nullptr);
  if (open_session_) {
    HookOutput nobody_reads_it;
    pipeline.build_end(*open_session_, nobody_reads_it);
  }
  if (fact_cache)
    fact_cache->save();
}

std::vector<std::shared_ptr<Plugin>> Host::State::all_plugins() const {
  std::vector<std::shared_ptr<Plugin>> plugins;
  if (options.compose)
    plugins.push_back(make_compose_plugin(*options.compose, file_system));
  plugins.push_back(make_lift_plugin(plan_options(), emit_options()));
  plugins.insert(plugins.end(), options.plugins.begin(), options.plugins.end());
  return plugins;
}

std::string display_path(llvm::StringRef root, llvm::StringRef path) {
  llvm::StringRef below = path;
  return below.consume_front(root) && below.consume_front("/") ? below.str() : path.str();
}

std::shared_ptr<HookSession> Host::State::open_session(HookOutput &output) {
  std::lock_guard lock(session_mutex_);
  if (!open_session_) {
    open_session_ = std::make_shared<HookSession>(pipeline.make_session());
    pipeline.build_start(*open_session_, output);
  }
  return open_session_;
}

std::shared_ptr<HookSession> Host::State::reading_session(HookOutput &output) {
  std::lock_guard lock(session_mutex_);
  return builds_.empty() ? open_session(output) : builds_.back();
}

void Host::State::begin_build(std::shared_ptr<HookSession> session) {
  std::lock_guard lock(session_mutex_);
  builds_.push_back(std::move(session));
}

void Host::State::end_build(const std::shared_ptr<HookSession> &session) {
  std::lock_guard lock(session_mutex_);
  builds_.erase(std::find(builds_.begin(), builds_.end(), session));
}

PipelineText Host::State::transform(HookSession &session, HookOutput &output, llvm::StringRef id,
                                    llvm::StringRef code) {
  size_t file_count = output.files.size();
  PipelineText text = pipeline.transform(session, output, id, code);
  if (pipeline.has_preparation() || pipeline.has(Hook::Load)) {
    Preparation own;
    note_map(own, text.prepared_map);
    map_files(output, file_count, id, own.map ? &*own.map : nullptr);
  }
  return text;
}

PipelineText Host::State::transform(HookSession &session, HookOutput &output, const ModuleFacts &component) {
  size_t file_count = output.files.size();
  const SourceFile &source = *component.source;
  PipelineText text = pipeline.transform_prepared(session, output, source.path(), source.text());
  std::shared_ptr<const Preparation> prepared = preparation_of(source.path());
  if (!prepared) {
    map_files(output, file_count, source.path(), nullptr);
    return text;
  }
  const Preparation &own = *prepared;
  output.append(own.output);
  map_files(output, file_count, source.path(), own.map ? &*own.map : nullptr);
  if (own.map) {
    llvm::Expected<DecodedMap> map = decode_map(text.map);
    if (map) {
      text.map = compose(*map, [&](uint32_t at) {
                   bool is_own =
                       map->sources.size() == 1 || source_path(source.path(), map->sources[at]) == source.path();
                   return is_own ? &*own.map : nullptr;
                 }).to_json();
    } else { // there is none: places stayed
      llvm::consumeError(map.takeError());
      text.map = own.map->to_json();
    }
  }
  if (own.changed && !text.changed) {
    text.changed = true;
    text.code = source.text().str();
  }
  return text;
}

std::shared_ptr<const Host::State::Preparation> Host::State::preparation_of(llvm::StringRef path) {
  std::lock_guard lock(mutex_);
  auto found = preparations_.find(path.str());
  return found == preparations_.end() ? nullptr : found->second;
}

void Host::State::map_files(HookOutput &output, size_t first, llvm::StringRef id, const DecodedMap *own) {
  if (!pipeline.has_preparation() && !pipeline.has(Hook::Load) && !own)
    return;
  for (size_t at = first; at < output.files.size(); ++at) {
    EmittedText &file = output.files[at];
    llvm::Expected<DecodedMap> map = decode_map(file.map);
    if (!map) { // it has none
      llvm::consumeError(map.takeError());
      continue;
    }
    std::vector<std::shared_ptr<const Preparation>> used; // for as long as their maps are
    auto map_of = [&](uint32_t source) -> const DecodedMap * {
      std::string path = source_path(file.path, map->sources[source]);
      if (path == id)
        return own;
      std::shared_ptr<const Preparation> prepared = preparation_of(path);
      if (!prepared || !prepared->map)
        return nullptr;
      used.push_back(std::move(prepared));
      return &*used.back()->map;
    };
    file.map = compose(*map, map_of).to_json();
  }
}

void Host::State::add_preparations(HookOutput &output) {
  {
    std::lock_guard lock(mutex_);
    output.append(std::exchange(stray_, {}));
  }
  for (size_t at = 0, count = output.dependencies.size(); at < count; ++at)
    if (std::shared_ptr<const Preparation> prepared = preparation_of(output.dependencies[at]))
      output.append(prepared->output);
}

std::vector<std::string> Host::State::prepared_from(llvm::ArrayRef<std::string> paths) {
  std::vector<std::string> result;
  std::lock_guard lock(mutex_);
  for (const auto &[path, prepared] : preparations_)
    for (const std::string &dependency : prepared->output.dependencies)
      if (llvm::is_contained(paths, dependency))
        result.push_back(path);
  return result;
}

ResolveResult Host::State::resolve(llvm::StringRef specifier, llvm::StringRef importer) {
  if (!pipeline.has(Hook::ResolveId))
    return {};
  HookOutput output;
  ResolveResult result = pipeline.resolve_id(*reading_session(output), output, specifier, importer);
  output.unresolved.clear(); // the import itself is reported, if nobody resolves it
  std::lock_guard lock(mutex_);
  stray_.append(std::move(output));
  return result;
}

std::optional<std::string> Host::State::load(llvm::StringRef path) {
  if (!pipeline.has(Hook::Load))
    return std::nullopt;
  auto preparation = std::make_shared<Preparation>();
  std::optional<ModuleText> text = pipeline.load(*reading_session(preparation->output), preparation->output, path);
  std::lock_guard lock(mutex_);
  if (!text) {
    loads_.erase(path.str());
    return std::nullopt;
  }
  preparation->changed = true;
  note_map(*preparation, text->map);
  loads_[path.str()] = preparation;
  preparations_[path.str()] = std::move(preparation);
  return std::move(text->code);
}

std::optional<std::string> Host::State::prepare(llvm::StringRef path, llvm::StringRef code) {
  if (!pipeline.has_preparation())
    return std::nullopt;
  auto preparation = std::make_shared<Preparation>();
  PipelineText text = pipeline.prepare(*reading_session(preparation->output), preparation->output, path, code);
  preparation->changed = text.changed;
  note_map(*preparation, text.map);
  std::lock_guard lock(mutex_);
  // What was loaded stays as it is: another thread may be preparing the same module.
  if (auto loaded = loads_.find(path.str()); loaded != loads_.end()) {
    const Preparation &before = *loaded->second;
    if (before.map && preparation->map)
      preparation->map = compose(*preparation->map, [&](uint32_t) { return &*before.map; });
    else if (before.map)
      preparation->map = before.map;
    preparation->changed |= before.changed;
    preparation->output.append(before.output);
  }
  preparations_[path.str()] = std::move(preparation);
  return text.changed ? std::optional(std::move(text.code)) : std::nullopt;
}

void Host::State::note_map(Preparation &preparation, llvm::StringRef json) {
  if (json.empty())
    return;
  llvm::Expected<DecodedMap> map = decode_map(json);
  if (map)
    preparation.map = std::move(*map);
  else
    llvm::consumeError(map.takeError());
}

void Host::State::parsed(const ModuleFacts &facts) {
  if (!pipeline.has(Hook::ModuleParsed))
    return;
  HookOutput output;
  pipeline.module_parsed(*reading_session(output), output, facts);
  std::lock_guard lock(mutex_);
  stray_.append(std::move(output));
}

void Host::State::forget_preparations() {
  std::lock_guard lock(mutex_);
  loads_.clear();
  preparations_.clear();
}

void Host::State::forget_preparations(llvm::ArrayRef<std::string> paths) {
  std::lock_guard lock(mutex_);
  for (const std::string &path : paths) {
    loads_.erase(path);
    preparations_.erase(path);
  }
}

Host::Host(HostOptions options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system) {
  while (options.root.size() > 1 && options.root.back() == '/')
    options.root.pop_back();
  state_ = std::make_unique<State>(std::move(options), std::move(file_system));
}
Host::~Host() = default;

static void sort_unique(std::vector<std::string> &texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

TransformResult Host::transform(llvm::StringRef id, llvm::StringRef code) {
  TransformResult result;
  HookOutput output;
  std::shared_ptr<HookSession> session = state_->open_session(output);
  PipelineText text = state_->transform(*session, output, id, code);
  state_->add_preparations(output);
  result.changed = text.changed;
  result.code = {id.str(), text.changed ? std::move(text.code) : code.str(), std::move(text.map)};
  std::string companion = companion_path(id);
  for (EmittedText &file : output.files) {
    if (file.path == companion) {
      result.has_companion = true;
      result.companion = std::move(file);
    } else {
      result.files.push_back(std::move(file));
    }
  }
  result.dependencies = std::move(output.dependencies);
  sort_unique(result.dependencies);
  result.unresolved = std::move(output.unresolved);
  result.diagnostics = std::move(output.diagnostics);
  sort_diagnostics(result.diagnostics);
  return result;
}

ResolveIdResult Host::resolve_id(llvm::StringRef specifier, llvm::StringRef importer) {
  ResolveIdResult result;
  HookOutput output;
  std::shared_ptr<HookSession> session = state_->open_session(output);
  result.resolved = state_->pipeline.resolve_id(*session, output, specifier, importer);
  result.unresolved = std::move(output.unresolved);
  result.diagnostics = std::move(output.diagnostics);
  return result;
}

LoadResult Host::load(llvm::StringRef id) {
  LoadResult result;
  HookOutput output;
  std::shared_ptr<HookSession> session = state_->open_session(output);
  result.text = state_->pipeline.load(*session, output, id);
  result.dependencies = std::move(output.dependencies);
  sort_unique(result.dependencies);
  result.files = std::move(output.files);
  result.unresolved = std::move(output.unresolved);
  result.diagnostics = std::move(output.diagnostics);
  return result;
}

bool Host::is_wanted(Hook hook, llvm::StringRef id, llvm::StringRef code) const {
  return state_->pipeline.is_wanted(hook, id, code);
}

std::vector<Diagnostic> Host::watch_change(llvm::StringRef path, FileEvent event) {
  HookOutput output;
  std::shared_ptr<HookSession> session = state_->open_session(output);
  state_->pipeline.watch_change(*session, output, path, event);
  invalidate(path.str());
  return std::move(output.diagnostics);
}

void Host::cancel() { state_->pipeline.cancel(); }
bool Host::is_cancelled() const { return state_->pipeline.is_cancelled(); }

void Host::add_resolution(llvm::StringRef specifier, llvm::StringRef importer, llvm::StringRef path) {
  state_->modules.add_resolution(specifier, importer, path);
}

void Host::invalidate(llvm::ArrayRef<std::string> paths) {
  std::vector<std::string> all = state_->prepared_from(paths);
  all.insert(all.end(), paths.begin(), paths.end());
  state_->forget_preparations(all);
  state_->modules.invalidate(all);
}

void Host::invalidate_all() {
  state_->forget_preparations();
  state_->modules.invalidate_all();
}

} // namespace foreload
