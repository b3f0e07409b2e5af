#include "compose/load_session.h"

namespace foreload {

/// It takes about as long to wake a worker as to look at some ten files. Looking at one that has not changed takes far less
/// than this, unless its disk is far away.
static constexpr double quick_seconds = 100e-6;

/// Of entries that are known already, a second way to them changes the priority only.
uint32_t LoadSession::add(llvm::StringRef written, int priority) {
  std::optional<std::string> path = component_path(written);
  auto [at, is_new] = by_path_.try_emplace(path ? llvm::StringRef(*path) : written, entries_.size());
  uint32_t number = at->second;
  if (!is_new) {
    Entry &known = entries_[number];
    if (known.state != State::Done && priority > known.priority) {
      known.priority = priority;
      if (known.state == State::Ready)
        ready_.push({priority, sequence_++, number});
    }
    return number;
  }
  Entry &entry = entries_.emplace_back();
  entry.path = at->first().str();
  entry.priority = priority;
  if (!path) {
    entry.code = 7003;
    entry.error = "is not in the base directory";
  } else if (entries_.size() > options_.max_components) {
    entry.code = 7006;
    entry.error = "is one of more than " + std::to_string(options_.max_components) + " components";
  } else {
    ++open_;
    entry.is_quick = cache_.knows(reader_.file(entry.path));
    make_ready(number);
    return number;
  }
  entry.state = State::Done;
  return number;
}

void LoadSession::make_ready(uint32_t number) {
  entries_[number].state = State::Ready;
  ready_.push({entries_[number].priority, sequence_++, number});
  ++ready_count_;
  quick_count_ += entries_[number].is_quick;
}

/// Sees to it that as many workers as are of use read what is ready.
void LoadSession::call_helpers(ThreadPool &pool) {
  size_t useful = is_slow_ ? ready_count_ : ready_count_ - quick_count_;
  for (size_t i = 0; i < std::min(useful, idle_); ++i)
    changed_.notify_one();
  for (size_t i = idle_; i < useful && helpers_ + 1 < options_.workers; ++i) {
    ++helpers_;
    pool.async([self = shared_from_this(), &pool] { self->work(pool); });
  }
}

void LoadSession::work(ThreadPool &pool) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (open_ == 0 || (cancelled_ && busy_ == 0)) {
      changed_.notify_all();
      return;
    }
    while (!paused_.empty() && paused_.top().until <= Clock::now()) {
      make_ready(paused_.top().entry);
      paused_.pop();
    }
    while (!ready_.empty() && entries_[ready_.top().entry].state != State::Ready)
      ready_.pop(); // taken already, when its priority was raised
    if (!ready_.empty() && !cancelled_) {
      uint32_t number = ready_.top().entry;
      ready_.pop();
      --ready_count_;
      quick_count_ -= entries_[number].is_quick;
      call_helpers(pool); // for the others
      read(number, lock);
      continue;
    }
    ++idle_;
    if (paused_.empty() || cancelled_)
      changed_.wait(lock);
    else
      changed_.wait_until(lock, Clock::time_point(paused_.top().until));
    --idle_;
  }
}

void LoadSession::read(uint32_t number, std::unique_lock<std::mutex> &lock) {
  Entry &entry = entries_[number];
  entry.state = State::Reading;
  ++busy_;
  peak_ = std::max(peak_, static_cast<unsigned>(++reading_));
  lock.unlock();
  Clock::time_point start = Clock::now();
  auto text = texts_.find(entry.path);
  ReadOutcome outcome = text == texts_.end() ? reader_.read(entry.path, cache_) : reader_.parse(entry.path, text->second);
  double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  lock.lock();
  --reading_;
  entry.seconds += seconds;
  is_slow_ |= entry.is_quick && seconds > quick_seconds;
  if (outcome.transient && entry.retries < options_.retry.retries) {
    entry.state = State::Paused;
    --busy_;
    paused_.push({Clock::now() + retry_delay(options_.retry, entry.retries++), number});
    changed_.notify_one(); // somebody who waits has to know until when
    return;
  }
  entry.state = State::Done;
  entry.component = std::move(outcome.component);
  entry.status = std::move(outcome.status);
  entry.unchanged = outcome.unchanged;
  entry.code = outcome.code;
  entry.error = std::move(outcome.error);
  if (entry.component) {
    for (const ComponentReference &reference : entry.component->includes)
      entry.includes.push_back(add(reference.path, entry.priority));
    for (const ComponentReference &reference : entry.component->references)
      entry.references.push_back(add(reference.path, entry.priority));
  }
  if (progress_) {
    // Outside of the lock, so that whoever listens holds up nobody but this worker and the next one with news.
    size_t known = entries_.size(), done = ++told_;
    lock.unlock();
    {
      std::lock_guard one_at_a_time(progress_mutex_);
      progress_(entry, done, known);
    }
    lock.lock();
  }
  --open_;
  --busy_;
}

std::vector<LoadedComponent> LoadSession::load(llvm::ArrayRef<Wanted> wanted, ThreadPool &pool) {
  {
    std::lock_guard lock(mutex_);
    for (const Wanted &each : wanted)
      entries_[add(each.path, each.priority)].requested = true;
  }
  work(pool);
  std::lock_guard lock(mutex_);
  for (Entry &entry : entries_)
    if (entry.state != State::Done)
      entry.error = "was not read: the composer was shut down";
  return in_order_of_texts(wanted);
}

std::vector<LoadedComponent> LoadSession::in_order_of_texts(llvm::ArrayRef<Wanted> wanted) {
  std::vector<uint32_t> order, place(entries_.size(), UINT32_MAX);
  auto visit = [&](uint32_t number) {
    if (place[number] != UINT32_MAX)
      return;
    place[number] = static_cast<uint32_t>(order.size());
    order.push_back(number);
  };
  for (const Wanted &each : wanted) {
    std::optional<std::string> path = component_path(each.path);
    visit(by_path_.find(path ? *path : each.path)->second);
  }
  for (size_t i = 0; i < order.size(); ++i) { // grows meanwhile
    for (uint32_t number : entries_[order[i]].includes)
      visit(number);
    for (uint32_t number : entries_[order[i]].references)
      visit(number);
  }
  std::vector<LoadedComponent> loaded;
  loaded.reserve(order.size());
  for (uint32_t number : order) {
    LoadedComponent &component = loaded.emplace_back(std::move(static_cast<LoadedComponent &>(entries_[number])));
    for (uint32_t &target : component.includes)
      target = place[target];
    for (uint32_t &target : component.references)
      target = place[target];
  }
  return loaded;
}

void LoadSession::cancel() {
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
}

} // namespace foreload
