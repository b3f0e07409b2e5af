#include "host/build_session.h"

#include "engine/diagnostic_codec.h"
#include "engine/file_finder.h"
#include "engine/replace_file.h"
#include "host/build_cache.h"
#include "plan/loader_key.h"
#include "source/real_file_system.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/Support/Path.h>

#include <algorithm>
#include <sys/resource.h>

namespace foreload {

const char *phase_name(BuildPhase phase) {
  static constexpr const char *names[build_phase_count] = {"find", "read", "link", "emit", "write"};
  return names[static_cast<size_t>(phase)];
}

/// The time that a thread is busy with a phase, for the statistics and the timeline.
class BuildSession::Stretch {
public:
  Stretch(BuildSession &build, BuildPhase phase) : build_(build), phase_(phase) {}
  ~Stretch() {
    Timeline::Clock::time_point end = Timeline::Clock::now();
    build_.work_[static_cast<size_t>(phase_)] += std::chrono::nanoseconds(end - start_).count();
    build_.state_.timeline.add(phase_name(phase_), "phase", "", start_, end);
  }
  Stretch(const Stretch &) = delete;
  Stretch &operator=(const Stretch &) = delete;

private:
  BuildSession &build_;
  const BuildPhase phase_;
  const Timeline::Clock::time_point start_ = Timeline::Clock::now();
};

static std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  return path;
}

static uint64_t peak_memory() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

BuildSession::BuildSession(Host::State &state, BuildOptions options, Then then)
    : state_(state), options_(std::move(options)), then_(then), directory_(without_slash(options_.directory)),
      streams_(state.pipeline.leaves_outputs()), writer_(options_.out, /*keeps_account=*/is_kept()) {}

void BuildSession::reset() {
  session_ = std::make_shared<HookSession>(state_.pipeline.make_session());
  session_->directory = directory_;
  session_->is_kept = then_ != Then::Nothing;
  paths_.clear();
  items_.clear();
  turn_ = 0;
  pack_.reset();
  if (!options_.packed.empty())
    pack_.emplace(options_.packed);
  start_counting();
}

void BuildSession::start_counting() {
  writer_.start_counting();
  bytes_read_ = 0;
  for (std::atomic<int64_t> &nanoseconds : work_)
    nanoseconds = 0;
  result_ = {};
  progress_ = {};
}

BuildResult BuildSession::build() {
  Timeline::Clock::time_point start = Timeline::Clock::now();
  reset();
  if (is_out_in_the_way())
    return std::move(result_);
  state_.begin_build(session_);
  name_thread(0);
  HookOutput output;
  state_.pipeline.build_start(*session_, output);
  find();
  remove_outputs_of_missing_inputs();
  shape_ = run_shape(options_.run, paths_.size());
  BatchRunner runner(shape_.jobs);
  read(runner);
  link(output);
  std::vector<Item *> items;
  for (Item &item : items_)
    items.push_back(&item);
  claim_out();
  emit(runner, items);
  finish(runner, output);
  remove_abandoned_outputs();
  state_.end_build(session_);
  count(runner.workers(), start);
  return std::move(result_);
}

BuildResult BuildSession::update(const FileChanges &changes) {
  tell_plugins(changes);
  if (are_texts(changes)) {
    std::vector<std::string> paths;
    for (const FileChange &change : changes.files)
      paths.push_back(change.path);
    if (std::optional<BuildResult> result = update_texts(paths))
      return std::move(*result);
  }
  invalidate(changes);
  return build();
}

/// Whether files that were there before have other texts, and nothing else is of account. A plugin of somebody else may
/// make anything of a change, and a pack is written as a whole.
bool BuildSession::are_texts(const FileChanges &changes) {
  if (!streams_ || state_.options.compose || pack_ || has_failed_ || has_links_ || changes.is_all)
    return false;
  return std::all_of(changes.files.begin(), changes.files.end(), [&](const FileChange &change) {
    llvm::ErrorOr<llvm::vfs::Status> status = state_.file_system->status(change.path);
    bool is_configuration = llvm::sys::path::extension(change.path) == ".json";
    return status && status->isRegularFile() && !is_configuration && !is_new_input(change.path) &&
           (change.is_written || state_.modules.remembered(change.path));
  });
}

/// A build may know a file that came when the folders were listed already: somebody imports it. It is not built yet.
bool BuildSession::is_new_input(llvm::StringRef path) {
  llvm::StringRef below = path;
  return (is_component_path(path) || is_markdown_path(path)) && below.consume_front(directory_) &&
         (directory_ == "/" || below.consume_front("/")) && !item_of(path);
}

BuildSession::Item *BuildSession::item_of(llvm::StringRef path) {
  auto search = [&](size_t begin, size_t end) -> Item * {
    auto first = items_.begin() + static_cast<std::ptrdiff_t>(begin),
         last = items_.begin() + static_cast<std::ptrdiff_t>(end);
    auto at = std::lower_bound(first, last, path, [](const Item &item, llvm::StringRef wanted) {
      return llvm::StringRef(item.path) < wanted;
    });
    return at != last && at->path == path ? &*at : nullptr;
  };
  Item *component = search(0, component_count_);
  return component ? component : search(component_count_, items_.size());
}

std::optional<BuildResult> BuildSession::update_texts(llvm::ArrayRef<std::string> paths) {
  Timeline::Clock::time_point start = Timeline::Clock::now();
  start_counting();
  BuildChange change;
  change.files.insert(paths.begin(), paths.end());
  uint64_t version = state_.modules.loader_imports_version();
  state_.modules.forget_texts(paths);
  {
    Stretch stretch(*this, BuildPhase::Read);
    change.is_wide = state_.modules.loader_imports_version() != version;
    for (const std::string &path : paths) {
      Item *item = item_of(path);
      std::string error;
      std::shared_ptr<const ModuleFacts> facts = item ? state_.modules.facts(path, error) : nullptr;
      if (!item)
        continue;
      if (!facts || (facts->kind == ModuleKind::Markdown && facts->sites.empty() == item->is_document))
        return std::nullopt;
      bytes_read_ += facts->source->text().size();
      for (auto *known : {&session_->components, &session_->documents})
        std::replace(known->begin(), known->end(), item->facts, facts);
      item->facts = std::move(facts);
    }
  }
  HookOutput output;
  session_->change = &change;
  link(output);
  session_->change = nullptr;
  if (change.is_wide && session_->facts_before)
    return std::nullopt;
  std::vector<Item *> items;
  for (Item &item : items_)
    if (change.is_wide)
      items.push_back(&item);
  if (!change.is_wide)
    for (const std::string &path : change.again)
      if (Item *item = item_of(path)) {
        if (!item->facts) // it is as it was
          item->facts = session_->facts_before(path);
        if (!item->facts)
          return std::nullopt;
        items.push_back(item);
      }
  shape_ = run_shape(options_.run, items.size());
  BatchRunner runner(shape_.jobs);
  emit(runner, items);
  finish(runner, output);
  count(runner.workers(), start);
  return std::move(result_);
}

void BuildSession::tell_plugins(const FileChanges &changes) {
  HookOutput nobody_reads_it;
  for (const FileChange &change : changes.files) {
    FileEvent event = !state_.file_system->exists(change.path) ? FileEvent::Delete
                      : change.is_written                      ? FileEvent::Update
                                                               : FileEvent::Create;
    state_.pipeline.watch_change(*session_, nobody_reads_it, change.path, event);
  }
}

void BuildSession::invalidate(const FileChanges &changes) {
  std::vector<std::string> paths;
  bool is_all = changes.is_all;
  for (const FileChange &change : changes.files) {
    paths.push_back(change.path);
    llvm::ErrorOr<llvm::vfs::Status> status = state_.file_system->status(change.path);
    // What was in a folder that is gone, nobody says.
    is_all |= !change.is_written && !(status && status->isRegularFile());
  }
  if (is_all) {
    state_.forget_preparations();
    state_.modules.invalidate_all();
    return;
  }
  std::vector<std::string> prepared = state_.prepared_from(paths);
  paths.insert(paths.end(), prepared.begin(), prepared.end());
  state_.forget_preparations(paths);
  state_.modules.invalidate(paths);
}

/// Before others are made: where a file was, there may be a folder now.
void BuildSession::remove_outputs_of_missing_inputs() {
  for (auto at = outputs_.begin(); at != outputs_.end();) {
    if (at->first.empty() || std::binary_search(paths_.begin(), paths_.end(), at->first)) {
      ++at;
      continue;
    }
    for (const std::string &file : at->second)
      writer_.remove(file);
    at = outputs_.erase(at);
  }
}

/// What builds that were killed have left beside what this one has written.
void BuildSession::remove_abandoned_outputs() const {
  std::set<std::string> folders;
  if (!options_.packed.empty())
    folders.insert(llvm::sys::path::parent_path(options_.packed).str());
  for (const auto &[input, files] : outputs_)
    for (const std::string &file : files)
      folders.insert(llvm::sys::path::parent_path(writer_.path(file)).str());
  for (const std::string &folder : folders)
    remove_abandoned_files(folder);
}

void BuildSession::count(unsigned jobs, Timeline::Clock::time_point start) {
  BuildStatistics &statistics = result_.statistics;
  statistics.seconds = std::chrono::duration<double>(Timeline::Clock::now() - start).count();
  for (size_t phase = 0; phase < build_phase_count; ++phase)
    statistics.work[phase] = static_cast<double>(work_[phase]) / 1e9;
  statistics.jobs = jobs;
  statistics.batch = shape_.batch;
  statistics.written = writer_.written();
  statistics.unchanged = writer_.unchanged();
  statistics.bytes_read = bytes_read_;
  statistics.bytes_written = writer_.bytes();
  statistics.peak_memory = peak_memory();
}

bool BuildSession::is_out_in_the_way() {
  if (options_.out.empty())
    return false;
  std::string manifest = options_.out + "/manifest.json";
  llvm::ErrorOr<llvm::vfs::Status> before = real_file_system()->status(manifest);
  if (before && before->isRegularFile() && !is_build_manifest(*real_file_system(), manifest)) {
    report(file_error(manifest, 9003, "no build has written this file, and the output's would take its place"));
    return true;
  }
  llvm::ErrorOr<llvm::vfs::Status> in = state_.file_system->status(directory_);
  llvm::ErrorOr<llvm::vfs::Status> out = state_.file_system->status(options_.out);
  if (directory_ != options_.out && !(in && out && in->equivalent(*out)) && !has_components_in_out())
    return false;
  report(file_error(options_.out, 9003, "the output would be written over the components"));
  return true;
}

/// What a build leaves that is killed must not be taken for sources: the manifest, which tells that, is there from the
/// beginning. What cannot be written will be said when it is complete.
void BuildSession::claim_out() const {
  std::string manifest = options_.out + "/manifest.json";
  if (!options_.out.empty() && !real_file_system()->exists(manifest))
    (void)replace_file(manifest, "{\n  \"version\": 1,\n  \"generator\": \"foreload " FORELOAD_VERSION "\",\n  \"components\": {}\n}\n");
}

/// Whether there are components of the project in the output's folder, which no build has written there: they would be
/// taken for outputs from now on. Of a build that was killed there is no manifest.json, but what it has written is
/// named after a component that is elsewhere.
bool BuildSession::has_components_in_out() const {
  auto find = [](llvm::StringRef directory, llvm::StringRef out) {
    std::vector<Diagnostic> nobody_reads_them;
    return FileFinder(*real_file_system(), out, nobody_reads_them, is_component_path).find(directory);
  };
  if (find(options_.out, "").empty())
    return false;
  std::vector<std::string> all = find(directory_, ""), inputs = find(directory_, options_.out), left_out;
  std::set_difference(all.begin(), all.end(), inputs.begin(), inputs.end(), std::back_inserter(left_out));
  return std::any_of(left_out.begin(), left_out.end(), [&](llvm::StringRef path) {
    return !path.consume_front(options_.out) ||
           !std::binary_search(inputs.begin(), inputs.end(), directory_ + path.str());
  });
}

void BuildSession::find() {
  Stretch stretch(*this, BuildPhase::Find);
  show(BuildPhase::Find, 0, 0);
  auto is_wanted = [](llvm::StringRef file) { return is_component_path(file) || is_markdown_path(file); };
  paths_ = FileFinder(*state_.file_system, options_.out, result_.diagnostics, is_wanted).find(directory_);
  has_links_ = is_kept() && std::any_of(paths_.begin(), paths_.end(), [&](const std::string &path) {
                 llvm::SmallString<128> real;
                 return !state_.file_system->getRealPath(path, real) && real != path;
               });
}

void BuildSession::read(BatchRunner &runner) {
  std::vector<std::shared_ptr<const ModuleFacts>> facts(paths_.size());
  runner.run(paths_.size(), shape_.batch, [&](unsigned worker, size_t begin, size_t end) {
    name_thread(worker);
    Stretch stretch(*this, BuildPhase::Read);
    // Who imports whose loader takes a look at the whole project. One thread begins with it, else linking would wait.
    if (begin == 0 && runner.workers() > 1)
      state_.modules.is_loader_imported(paths_[0]);
    for (size_t at = begin; at < end && !state_.pipeline.is_cancelled(); ++at) {
      std::string error;
      facts[at] = state_.modules.facts(paths_[at], error);
      if (facts[at])
        bytes_read_ += facts[at]->source->text().size();
      else
        report(file_error(paths_[at], 9001, "the file could not be read: " + error));
    }
    show(BuildPhase::Read, end - begin, paths_.size());
  });

  std::vector<Item> documents;
  for (std::shared_ptr<const ModuleFacts> &it : facts) {
    if (!it)
      continue;
    bool is_document = it->kind == ModuleKind::Markdown;
    if (!is_document)
      session_->components.push_back(it);
    else if (!it->sites.empty())
      session_->documents.push_back(it);
    std::string path = it->source->path().str();
    bool has_sites = !it->sites.empty();
    (is_document ? documents : items_).push_back({std::move(path), is_document && has_sites, std::move(it)});
  }
  component_count_ = items_.size();
  std::move(documents.begin(), documents.end(), std::back_inserter(items_));
}

void BuildSession::link(HookOutput &output) {
  Stretch stretch(*this, BuildPhase::Link);
  show(BuildPhase::Link, 0, 0);
  state_.pipeline.link(*session_, output);
}

void BuildSession::emit(BatchRunner &runner, llvm::ArrayRef<Item *> items) {
  runner.run(items.size(), shape_.batch, [&](unsigned worker, size_t begin, size_t end) {
    name_thread(worker);
    {
      Stretch stretch(*this, BuildPhase::Emit);
      for (size_t at = begin; at < end && !state_.pipeline.is_cancelled(); ++at)
        emit_item(*items[at]);
    }
    if (streams_)
      write_batch(begin / shape_.batch, items.slice(begin, end - begin));
    show(BuildPhase::Emit, end - begin, items.size());
  });
  if (streams_)
    turn_ = (items.size() + shape_.batch - 1) / shape_.batch;
}

void BuildSession::emit_item(Item &item) {
  const SourceFile &source = *item.facts->source;
  item.output = {};
  PipelineText text = state_.transform(*session_, item.output, *item.facts);
  bool is_component = item.facts->kind != ModuleKind::Markdown;
  item.is_changed = is_component && text.changed;
  if (is_component || text.changed)
    item.text = {source.path().str(), text.changed ? std::move(text.code) : source.text().str(), std::move(text.map)};
}

void BuildSession::write_batch(size_t turn, llvm::ArrayRef<Item *> items) {
  Stretch stretch(*this, BuildPhase::Write);
  std::string lines;
  for (Item *item : items) {
    Written written;
    if (!item->text.path.empty())
      write(item->text, /*is_source=*/true, written);
    for (EmittedText &file : item->output.files)
      write(file, /*is_source=*/false, written);
    item->text = {};
    item->output.files.clear();
    lines += written.lines;
    note_outputs(item->path, std::move(written.files));
  }
  if (pack_)
    pack_->write(turn, lines);
}

void BuildSession::note_outputs(const std::string &input, std::vector<std::string> files) {
  std::sort(files.begin(), files.end());
  std::vector<std::string> before;
  {
    std::lock_guard lock(mutex_);
    if (session_->facts_before)
      for (const std::string &file : files)
        made_.insert(writer_.path(file));
    before = std::exchange(outputs_[input], files);
  }
  if (!is_kept())
    return;
  for (const std::string &file : before)
    if (!std::binary_search(files.begin(), files.end(), file))
      writer_.remove(file);
}

/// Of several files with the same path the last one counts, in the place of the first.
static std::vector<EmittedText> without_doubles(std::vector<EmittedText> files) {
  llvm::StringMap<size_t> places;
  std::vector<EmittedText> kept;
  for (EmittedText &file : files) {
    auto [at, is_new] = places.try_emplace(file.path, kept.size());
    if (is_new)
      kept.push_back(std::move(file));
    else
      kept[at->second] = std::move(file);
  }
  return kept;
}

/// What is left when all transforms are done.
void BuildSession::finish(BatchRunner &runner, HookOutput &output) {
  std::vector<EmittedText> outputs;
  for (Item &item : items_)
    if (!item.text.path.empty())
      outputs.push_back(std::move(item.text));
  size_t source_count = outputs.size();
  for (Item &item : items_) {
    result_.changed += item.is_changed;
    output.append(then_ == Then::Nothing ? std::move(item.output) : item.output);
  }
  auto take_files = [&] {
    std::move(output.files.begin(), output.files.end(), std::back_inserter(outputs));
    output.files.clear();
    outputs = without_doubles(std::move(outputs));
  };
  state_.pipeline.build_end(*session_, output);
  take_files();
  state_.pipeline.generate(*session_, output, outputs);
  take_files();
  state_.add_preparations(output);

  for (const EmittedText &file : outputs)
    if (file.path == directory_ + "/manifest.json")
      result_.manifest = file.code;
  std::vector<std::string> files;
  runner.run(outputs.size(), shape_.batch, [&](unsigned worker, size_t begin, size_t end) {
    name_thread(worker);
    Stretch stretch(*this, BuildPhase::Write);
    Written written;
    for (size_t at = begin; at < end; ++at)
      write(outputs[at], at < source_count, written);
    if (pack_)
      pack_->write(turn_ + begin / shape_.batch, written.lines);
    std::lock_guard lock(mutex_);
    std::move(written.files.begin(), written.files.end(), std::back_inserter(files));
  });
  show(BuildPhase::Write, outputs.size(), outputs.size());
  if (!outputs.empty() || !streams_)
    note_outputs("", std::move(files));
  if (std::error_code error = pack_ ? pack_->finish() : std::error_code())
    report(file_error(options_.packed, 9002, "the file could not be written: " + error.message()));
  result_.components = component_count_;
  result_.loaders = output.counters["loaders"];
  result_.lifted = output.counters["lifted"];
  std::move(output.diagnostics.begin(), output.diagnostics.end(), std::back_inserter(result_.diagnostics));
  sort_diagnostics(result_.diagnostics);
  has_failed_ = std::any_of(result_.diagnostics.begin(), result_.diagnostics.end(),
                            [](const Diagnostic &diagnostic) { return diagnostic.code >= 9000; });
}

void BuildSession::write(EmittedText &text, bool is_source, Written &written) {
  if (options_.out.empty() && !pack_)
    return;
  std::string below = text.path.substr(directory_.size() + 1);
  if (!text.map.empty()) {
    write_file(below + ".map", text.map, written);
    // What compiles a component or Markdown looks for no such comment, and would take it for markup.
    if (!is_source)
      text.code += "//# sourceMappingURL=" + url_path(llvm::sys::path::filename(below).str() + ".map") + "\n";
  }
  write_file(below, text.code, written);
}

void BuildSession::write_file(llvm::StringRef below, llvm::StringRef text, Written &written) {
  if (pack_)
    written.lines += PackWriter::line(below, text);
  if (options_.out.empty())
    return;
  std::string path = writer_.path(below);
  if (std::binary_search(paths_.begin(), paths_.end(), path)) { // `build a/b --out a` with a folder a/b/b
    report(file_error(path, 9003, "the output would be written over the component"));
    return;
  }
  written.files.push_back(below.str());
  if (std::error_code error = writer_.write(below, text))
    report(file_error(path, 9002, "the file could not be written: " + error.message()));
}

void BuildSession::name_thread(unsigned worker) {
  if (state_.timeline.records())
    state_.timeline.name_thread(worker == 0 ? "main" : "worker " + std::to_string(worker));
}

void BuildSession::report(Diagnostic diagnostic) {
  std::lock_guard lock(mutex_);
  result_.diagnostics.push_back(std::move(diagnostic));
}

void BuildSession::show(BuildPhase phase, size_t more, size_t total) {
  if (!options_.on_progress)
    return;
  std::lock_guard lock(mutex_);
  progress_ = {phase, progress_.phase == phase ? progress_.done + more : more, total};
  options_.on_progress(progress_);
}

std::vector<std::string> BuildSession::output_paths() const {
  std::vector<std::string> paths;
  for (const auto &[input, files] : outputs_)
    for (const std::string &file : files)
      paths.push_back(writer_.path(file));
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

std::string BuildSession::save() {
  ArchiveWriter archive;
  archive(items_.size(), component_count_);
  for (const Item &item : items_)
    archive(item.path, item.is_document, item.is_changed, item.output.diagnostics);
  archive(std::vector<std::pair<std::string, std::vector<std::string>>>(outputs_.begin(), outputs_.end()));
  LoaderImports::Record loader_imports = state_.modules.loader_imports();
  archive(loader_imports.is_read, loader_imports.imported_by);
  state_.pipeline.save(*session_, archive);
  return archive.take();
}

bool BuildSession::restore(llvm::StringRef bytes) {
  ArchiveReader archive(bytes);
  size_t count = 0;
  archive(count, component_count_);
  if (count > bytes.size() || component_count_ > count)
    return false;
  items_.resize(count);
  for (Item &item : items_) {
    archive(item.path, item.is_document, item.is_changed, item.output.diagnostics);
    paths_.push_back(item.path);
  }
  std::sort(paths_.begin(), paths_.end());
  std::vector<std::pair<std::string, std::vector<std::string>>> outputs;
  LoaderImports::Record loader_imports;
  archive(outputs, loader_imports.is_read, loader_imports.imported_by);
  for (auto &[input, files] : outputs)
    outputs_.emplace(input, std::move(files));
  state_.modules.start_from(std::move(loader_imports));
  return state_.pipeline.restore(*session_, archive) && archive.is_complete();
}

std::optional<BuildResult> BuildSession::resume(const LastBuild &last) {
  Timeline::Clock::time_point start = Timeline::Clock::now();
  // Other files than modules may mean anything.
  auto is_module = [](llvm::StringRef path) {
    return is_component_path(path) || is_markdown_path(path) || is_script_path(path);
  };
  if (!std::all_of(last.changed.begin(), last.changed.end(), is_module))
    return std::nullopt;
  reset();
  session_->facts_before = last.facts;
  name_thread(0);
  HookOutput nobody_reads_it;
  state_.pipeline.build_start(*session_, nobody_reads_it);
  bool is_restored;
  {
    Stretch stretch(*this, BuildPhase::Find);
    is_restored = restore(last.session);
  }
  std::optional<BuildResult> result = is_restored ? update_texts(last.changed) : std::nullopt;
  if (!result)
    return std::nullopt;
  if (result->manifest.empty())
    result->manifest = last.manifest;
  result->reuse.is_resumed = true;
  result->reuse.same_components = static_cast<size_t>(
      std::count_if(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(component_count_),
                    [](const Item &item) { return !item.facts; }));
  result->statistics.seconds = std::chrono::duration<double>(Timeline::Clock::now() - start).count();
  return result;
}

BuildResult Host::build(const BuildOptions &options) {
  if (!state_->options.cache)
    return BuildSession(*state_, options).build();
  BuildCache cache(state_->options, options, *state_->observed_files, state_->modules);
  Timeline::Clock::time_point start = Timeline::Clock::now();
  if (std::optional<BuildResult> known = cache.find()) {
    known->statistics.seconds = std::chrono::duration<double>(Timeline::Clock::now() - start).count();
    known->statistics.jobs = 1;
    known->statistics.peak_memory = peak_memory();
    return std::move(*known);
  }
  DiskCache &facts = *state_->fact_cache;
  uint64_t hits = facts.hits(), misses = facts.misses();
  BuildSession::Then then = cache.is_repeatable() ? BuildSession::Then::Save : BuildSession::Then::Nothing;
  std::optional<BuildSession> session(std::in_place, *state_, options, then);
  std::optional<BuildResult> result;
  if (std::optional<LastBuild> last = cache.last()) {
    result = session->resume(*last);
    if (!result) { // it has left traces
      session.emplace(*state_, options, then);
      state_->modules.start_from({});
    }
  }
  bool is_resumed = result.has_value();
  if (!is_resumed)
    result = session->build();
  facts.save();
  result->reuse.known_files = facts.hits() - hits;
  result->reuse.new_files = facts.misses() - misses;
  cache.keep(*result, *session, is_resumed);
  return std::move(*result);
}

} // namespace foreload
