#include "compose/composer.h"
#include "compose/component_graph.h"
#include "compose/machine.h"
#include "source/real_file_system.h"

#include <llvm/Support/SHA256.h>

#include <algorithm>
#include <atomic>

namespace foreload {

namespace {

using Clock = std::chrono::steady_clock;
using Context = std::map<std::string, std::string>;

constexpr unsigned most_workers = 32;
/// Less text than this is put together faster than a thread is woken.
constexpr uint64_t worth_sharing = uint64_t(1) << 20;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::atomic<uint64_t> last_number = 0; ///< of a composed component

std::string digest_of(llvm::StringRef text) {
  std::array<uint8_t, 32> digest = llvm::SHA256::hash(llvm::ArrayRef(text.bytes_begin(), text.bytes_end()));
  return std::string(digest.begin(), digest.end());
}

/// Equal for equal contexts only: with the sizes, no text can be taken for the end of another one.
std::string digest_of(const Context &context) {
  std::string text;
  for (const auto &[name, value] : context)
    text += std::to_string(name.size()) + ' ' + name + std::to_string(value.size()) + ' ' + value;
  return digest_of(text);
}

/// What was learned is a help and no more: problems with it are warnings.
std::optional<Diagnostic> usage_diagnostic(const std::string &file, llvm::Error error) {
  if (!error)
    return std::nullopt;
  return diagnose(SourceFile(file, ""), {}, 7011, Severity::Warning, llvm::toString(std::move(error)),
                  "what was learned of components that go together is not used, or not kept");
}

/// One request on its way through the phases behind reading.
class Composition {
public:
  Composition(std::vector<LoadedComponent> components, const Context &context, const ComposeLimits &limits,
              ComponentCache &cache, const ComponentReader &reader)
      : components_(std::move(components)), context_(context), context_digest_(digest_of(context)), limits_(limits),
        cache_(cache), reader_(reader), made_(components_.size()) {}

  void compose(ThreadPool &pool, unsigned workers) {
    order();
    for (size_t phase = 0; phase < order_.phases.size(); ++phase) {
      std::vector<uint32_t> to_render;
      uint64_t bytes = 0;
      for (uint32_t number : order_.phases[phase])
        if (prepare(number, phase)) {
          to_render.push_back(number);
          bytes += made_[number].size;
        }
      render_all(to_render, bytes >= worth_sharing ? workers : 1, pool);
      for (uint32_t number : order_.phases[phase])
        measure_chain(number);
    }
  }

  void describe(ComposeResult &result) {
    diagnose_failures();
    for (const Made &made : made_)
      if (made.composed)
        add(made.composed->diagnostics);
    for (const LoadedComponent &loaded : components_)
      if (loaded.component)
        add(loaded.component->diagnostics);
    sort_diagnostics(diagnostics_);
    result.diagnostics = std::move(diagnostics_);

    for (const std::vector<uint32_t> &phase : order_.phases) {
      std::vector<std::string> &paths = result.phases.emplace_back();
      for (uint32_t number : phase)
        if (made_[number].composed)
          paths.push_back(components_[number].path);
      std::sort(paths.begin(), paths.end());
      if (paths.empty())
        result.phases.pop_back();
    }
    ComposeStatistics &statistics = result.statistics;
    for (uint32_t i = 0; i < components_.size(); ++i) {
      ComponentResult &component = result.components.emplace_back(result_of(i));
      const LoadedComponent &loaded = components_[i];
      statistics.work_seconds += component.seconds;
      statistics.longest_chain_seconds = std::max(statistics.longest_chain_seconds, made_[i].chain_seconds);
      ++(component.composed ? statistics.loaded : statistics.failed);
      if (loaded.component && !loaded.unchanged) {
        ++statistics.files_read;
        statistics.bytes_read += loaded.component->source->text().size();
      }
      statistics.retries += loaded.retries;
      statistics.cache_hits += component.from_cache;
    }
    // The order of the walk has what requested components include between them.
    std::stable_partition(result.components.begin(), result.components.end(),
                          [](const ComponentResult &component) { return component.requested; });
  }

private:
  struct Made {
    std::string key;
    std::shared_ptr<const ComposedComponent> composed;
    uint64_t size = 0;
    bool from_cache = false;
    double seconds = 0; ///< of composing
    double chain_seconds = 0;
  };

  /// Each of what \p component includes, once.
  static std::vector<uint32_t> targets_of(const LoadedComponent &component) {
    std::vector<uint32_t> targets;
    for (const std::vector<uint32_t> *list : {&component.includes, &component.references})
      for (uint32_t target : *list)
        if (std::find(targets.begin(), targets.end(), target) == targets.end())
          targets.push_back(target);
    return targets;
  }

  void order() {
    edges_.reserve(components_.size());
    for (const LoadedComponent &component : components_)
      edges_.push_back(targets_of(component));
    order_ = order_components(edges_);
    for (const std::vector<uint32_t> &cycle : order_.cycles)
      diagnose_cycle(cycle);
    for (uint32_t i = 0; i < components_.size(); ++i)
      if (order_.is_on_cycle[i])
        components_[i].error = "includes itself";
  }

  static Span place_of(const LoadedComponent &component, uint32_t target) {
    for (size_t i = 0; i < component.references.size(); ++i)
      if (component.references[i] == target)
        return component.component->references[i].span;
    for (size_t i = 0; i < component.includes.size(); ++i)
      if (component.includes[i] == target)
        return component.component->includes[i].span;
    return {};
  }

  void diagnose_cycle(const std::vector<uint32_t> &cycle) {
    std::string chain;
    for (uint32_t number : cycle)
      chain += components_[number].path + " → ";
    chain += components_[cycle[0]].path;
    auto next = [&](size_t i) { return cycle[(i + 1) % cycle.size()]; };
    const LoadedComponent &first = components_[cycle[0]];
    Diagnostic diagnostic = diagnose(*first.component->source, place_of(first, next(0)), 7004, Severity::Error,
                                     "components include each other: " + chain,
                                     "move what they both need into a component of its own");
    for (size_t i = 1; i < cycle.size(); ++i) {
      const LoadedComponent &component = components_[cycle[i]];
      const SourceFile &source = *component.component->source;
      Span span = place_of(component, next(i));
      diagnostic.related.push_back({source.path().str(), source.position(span.begin), source.position(span.end),
                                    component.path + " includes " + components_[next(i)].path});
    }
    diagnostics_.push_back(std::move(diagnostic));
  }

  /// Decides whether a component has to be rendered: it is not if it is in the cache, or fails.
  bool prepare(uint32_t number, size_t phase) {
    LoadedComponent &loaded = components_[number];
    Made &made = made_[number];
    if (!loaded.component)
      return false;
    if (phase >= limits_.depth) {
      loaded.error = "begins a chain of more than " + std::to_string(limits_.depth) + " components";
      report_bound(7005, loaded, "include less in each other, or raise the limit");
      return false;
    }
    made.key = key_of(loaded);
    made.composed = cache_.find(made.key);
    made.from_cache = made.composed != nullptr;
    made.size = made.composed ? made.composed->content.size() : size_of(loaded);
    const char *which = made.size > limits_.content_bytes          ? "comes to"
                        : made.size > limits_.total_bytes - total_ ? "comes, with what was composed before, to"
                                                                   : nullptr;
    if (which) {
      uint64_t limit = made.size > limits_.content_bytes ? limits_.content_bytes : limits_.total_bytes;
      loaded.error = std::string(which) + " more than " + std::to_string(limit) + " bytes";
      report_bound(7006, loaded, "include less, or raise the limit");
      made.composed = nullptr;
      made.from_cache = false;
      return false;
    }
    total_ += made.size;
    return !made.composed;
  }

  void report_bound(uint16_t code, const LoadedComponent &loaded, std::string hint) {
    diagnostics_.push_back(
        diagnose(*loaded.component->source, {}, code, Severity::Error, "the component " + loaded.error, std::move(hint)));
  }

  /// Has all that the content depends on. Of what is included, the number: hashing it would take longer than all the rest of
  /// a request that finds everything in the cache.
  std::string key_of(const LoadedComponent &loaded) const {
    std::string key = loaded.component->digest + context_digest_;
    for (uint32_t target : loaded.references) {
      uint64_t number = made_[target].composed ? made_[target].composed->number : 0;
      key.append(reinterpret_cast<const char *>(&number), sizeof number);
    }
    return key + loaded.path;
  }

  llvm::StringRef included(uint32_t number) const {
    const ComposedComponent &composed = *made_[number].composed;
    return llvm::StringRef(composed.content).substr(composed.body.begin, composed.body.size());
  }

  /// What a slot becomes; nothing if it stays as it is written.
  std::optional<llvm::StringRef> value_of(const LoadedComponent &loaded, const ComponentSlot &slot) const {
    if (slot.kind == ComponentSlot::Component) {
      uint32_t target = loaded.references[slot.name];
      if (!made_[target].composed)
        return std::nullopt;
      return included(target);
    }
    auto at = context_.find(loaded.component->variables[slot.name]);
    if (at == context_.end())
      return std::nullopt;
    return llvm::StringRef(at->second);
  }

  uint64_t size_of(const LoadedComponent &loaded) const {
    uint64_t size = loaded.component->source->text().size();
    for (const ComponentSlot &slot : loaded.component->slots)
      if (std::optional<llvm::StringRef> value = value_of(loaded, slot))
        size = size - slot.span.size() + value->size();
    return size;
  }

  void render(uint32_t number) {
    Clock::time_point start = Clock::now();
    const LoadedComponent &loaded = components_[number];
    const MarkdownComponent &component = *loaded.component;
    llvm::StringRef text = component.source->text();
    auto composed = std::make_shared<ComposedComponent>();
    composed->number = ++last_number;
    std::string &content = composed->content;
    content.reserve(made_[number].size);
    uint32_t done = 0;
    bool is_in_body = false;
    auto append_until = [&](uint32_t end) {
      if (!is_in_body && end >= component.body_begin) {
        is_in_body = true;
        composed->body.begin = static_cast<uint32_t>(content.size()) + component.body_begin - done;
      }
      llvm::StringRef piece = text.slice(done, end);
      content.append(piece.data(), piece.size());
    };
    for (const ComponentSlot &slot : component.slots) {
      append_until(slot.span.begin);
      if (std::optional<llvm::StringRef> value = value_of(loaded, slot)) {
        content.append(value->data(), value->size());
      } else {
        llvm::StringRef written = text.slice(slot.span.begin, slot.span.end);
        content.append(written.data(), written.size());
        if (slot.kind == ComponentSlot::Variable && slot.span.begin >= component.body_begin)
          diagnose_variable(*composed, component, slot);
      }
      done = slot.span.end;
    }
    append_until(component.source->size());
    // The text around a reference has line ends of its own.
    size_t end = llvm::StringRef(content).substr(composed->body.begin).rtrim("\r\n").size() + composed->body.begin;
    composed->body.end = static_cast<uint32_t>(end);
    made_[number].composed = std::move(composed);
    made_[number].seconds = seconds_since(start);
  }

  static void diagnose_variable(ComposedComponent &composed, const MarkdownComponent &component,
                                const ComponentSlot &slot) {
    const std::string &name = component.variables[slot.name];
    if (is_variable_name(name))
      composed.diagnostics.push_back(diagnose(*component.source, slot.span, 7008, Severity::Warning,
                                              "the context has no '" + name + "'",
                                              "give it a value, or write \\{" + name + "} if it is text"));
  }

  void render_all(const std::vector<uint32_t> &numbers, unsigned workers, ThreadPool &pool) {
    std::atomic<size_t> next = 0;
    auto work = [&] {
      for (size_t i = next++; i < numbers.size(); i = next++)
        render(numbers[i]);
    };
    std::vector<std::shared_future<void>> helpers;
    for (unsigned i = 1; i < std::min<size_t>(workers, numbers.size()); ++i)
      helpers.push_back(pool.async(work));
    work();
    for (std::shared_future<void> &helper : helpers)
      helper.wait();
    for (uint32_t number : numbers)
      cache_.insert(made_[number].key, made_[number].composed, components_[number].component,
                    components_[number].status ? &*components_[number].status : nullptr);
  }

  void measure_chain(uint32_t number) {
    double longest = 0;
    for (uint32_t target : edges_[number])
      longest = std::max(longest, made_[target].chain_seconds);
    made_[number].chain_seconds = longest + components_[number].seconds + made_[number].seconds;
  }

  /// What could not be read is said where it is named, or of the file if it was asked for.
  void diagnose_failures() {
    auto hint = [](uint16_t code) {
      return code == 7003 ? "paths are relative to the base directory, and stay in it" : "";
    };
    for (const LoadedComponent &loaded : components_) {
      if (loaded.requested && loaded.code) {
        Diagnostic diagnostic;
        diagnostic.code = loaded.code;
        diagnostic.file = loaded.code == 7003 ? loaded.path : reader_.file(loaded.path);
        diagnostic.message = "the component " + loaded.error;
        diagnostic.hint = hint(loaded.code);
        diagnostics_.push_back(std::move(diagnostic));
      }
      if (!loaded.component)
        continue;
      for (uint32_t target : edges_[static_cast<size_t>(&loaded - components_.data())])
        if (const LoadedComponent &other = components_[target]; other.code)
          diagnostics_.push_back(diagnose(*loaded.component->source, place_of(loaded, target), other.code,
                                          Severity::Error, "'" + other.path + "' " + other.error,
                                          hint(other.code)));
    }
  }

  void add(const std::vector<Diagnostic> &diagnostics) {
    diagnostics_.insert(diagnostics_.end(), diagnostics.begin(), diagnostics.end());
  }

  ComponentResult result_of(uint32_t number) {
    LoadedComponent &loaded = components_[number];
    ComponentResult result;
    result.path = loaded.path;
    result.requested = loaded.requested;
    result.composed = made_[number].composed;
    result.error = loaded.error;
    result.from_cache = made_[number].from_cache;
    result.retries = loaded.retries;
    result.seconds = loaded.seconds + made_[number].seconds;
    for (uint32_t target : edges_[number]) {
      result.dependencies.push_back(components_[target].path);
      if (!made_[target].composed)
        result.missing.push_back(components_[target].path);
    }
    return result;
  }

  std::vector<LoadedComponent> components_;
  const Context &context_;
  const std::string context_digest_;
  const ComposeLimits &limits_;
  ComponentCache &cache_;
  const ComponentReader &reader_;
  std::vector<Made> made_; ///< by component
  ComponentEdges edges_;
  ComponentOrder order_;
  uint64_t total_ = 0;
  std::vector<Diagnostic> diagnostics_;
};

} // namespace

Composer::Composer(ComposerOptions options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system)
    : options_(std::move(options)),
      reader_(file_system ? std::move(file_system) : real_file_system(), options_.base,
              options_.limits.component_bytes, options_.leave_code_fences),
      cache_(options_.cache), usage_(options_.prediction), pool_(llvm::hardware_concurrency(most_workers)) {
  if (!options_.usage_file.empty())
    usage_problem_ = usage_diagnostic(options_.usage_file, usage_.load(options_.usage_file));
}

Composer::~Composer() {
  shut_down();
  (void)save_usage(); // who wants to know of problems has called it before
}

std::optional<Diagnostic> Composer::save_usage() {
  if (options_.usage_file.empty())
    return std::nullopt;
  return usage_diagnostic(options_.usage_file, usage_.save(options_.usage_file));
}

unsigned Composer::workers() const {
  unsigned workers = options_.workers ? options_.workers : recommended_workers(read_machine_state());
  return std::min(workers, most_workers);
}

ComposeResult Composer::compose(const ComposeRequest &request) {
  ComposeResult result = run(request, workers());
  {
    std::lock_guard lock(mutex_);
    const ComposeStatistics &statistics = result.statistics;
    ++totals_.requests;
    totals_.loaded += statistics.loaded;
    totals_.failed += statistics.failed;
    totals_.retries += statistics.retries;
    totals_.bytes_read += statistics.bytes_read;
    totals_.seconds += statistics.seconds;
    totals_.work_seconds += statistics.work_seconds;
    totals_.peak_reads = std::max(totals_.peak_reads, statistics.peak_reads);
    if (usage_problem_)
      result.diagnostics.push_back(*std::exchange(usage_problem_, std::nullopt));
  }
  if (options_.predict) {
    std::vector<std::string> requested;
    for (const ComponentResult &component : result.components)
      if (component.requested && component.composed)
        requested.push_back(component.path);
    if (std::vector<std::string> predicted = usage_.record(requested); !predicted.empty())
      preload(std::move(predicted), request.context);
  }
  return result;
}

ComposeResult Composer::run(const ComposeRequest &request, unsigned workers) {
  Clock::time_point start = Clock::now();
  ComposeResult result;
  LoadSession::Progress progress;
  if (request.on_progress)
    progress = [&](const LoadedComponent &component, size_t done, size_t known) {
      request.on_progress({component.path, component.component == nullptr, done, known});
    };
  auto session = std::make_shared<LoadSession>(
      reader_, cache_, request.texts, LoadOptions{workers, options_.limits.components, options_.retry}, std::move(progress));
  {
    std::lock_guard lock(mutex_);
    sessions_.insert(session.get());
    if (shut_down_)
      session->cancel();
  }
  Composition composition(session->load(request.components, pool_), request.context, options_.limits, cache_, reader_);
  composition.compose(pool_, workers);
  composition.describe(result);
  result.statistics.workers = workers;
  result.statistics.peak_reads = session->peak_reads();
  result.statistics.seconds = seconds_since(start);
  std::lock_guard lock(mutex_);
  sessions_.erase(session.get());
  quiet_.notify_all();
  return result;
}

size_t Composer::warm_up(llvm::ArrayRef<std::string> components, const Context &context) {
  std::vector<std::string> hot = components.empty() ? usage_.hottest(options_.cache.entries) : components.vec();
  ComposeRequest request;
  for (std::string &path : hot)
    request.components.push_back({std::move(path), 0});
  request.context = context;
  ComposeResult result = run(request, workers());
  return static_cast<size_t>(std::count_if(result.components.begin(), result.components.end(), [](const auto &component) {
    return component.requested && component.composed;
  }));
}

/// On one thread, behind the request that it follows from: no result waits for it.
void Composer::preload(std::vector<std::string> components, Context context) {
  {
    std::lock_guard lock(mutex_);
    if (shut_down_)
      return;
    ++preloads_;
  }
  pool_.async([this, components = std::move(components), context = std::move(context)] {
    ComposeRequest request;
    for (const std::string &path : components)
      request.components.push_back({path, 0});
    request.context = context;
    ComposeResult result = run(request, 1);
    std::lock_guard lock(mutex_);
    totals_.preloaded += result.statistics.loaded;
    --preloads_;
    quiet_.notify_all();
  });
}

void Composer::wait_for_preloads() {
  std::unique_lock lock(mutex_);
  quiet_.wait(lock, [&] { return preloads_ == 0; });
}

void Composer::shut_down() {
  std::unique_lock lock(mutex_);
  shut_down_ = true;
  for (LoadSession *session : sessions_)
    session->cancel();
  quiet_.wait(lock, [&] { return sessions_.empty() && preloads_ == 0; });
}

ComposerStatistics Composer::statistics() const {
  ComposerStatistics statistics;
  {
    std::lock_guard lock(mutex_);
    statistics = totals_;
  }
  statistics.cache = cache_.statistics();
  statistics.prediction = usage_.statistics();
  return statistics;
}

} // namespace foreload
