// How the threads of the engine talk to each other.
//
// Who owns data alone needs no lock for it. So threads share nothing but channels: work goes one way, results the other,
// many at a time, because a lock and a wake-up cost as much as reading a small file. Who has nothing to do sleeps until
// there is something.
#pragma once
#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace foreload {

/// A queue with any number of senders and receivers, first in, first out. Safe for concurrent use by multiple threads;
/// nobody may be in a call of it when it is destroyed.
template <typename T> class Channel {
public:
  static constexpr size_t unbounded = std::numeric_limits<size_t>::max();

  /// With \p capacity items on their way, senders wait: what is produced faster than it is consumed does not pile up.
  explicit Channel(size_t capacity = unbounded) : capacity_(capacity) { assert(capacity > 0); }
  Channel(const Channel &) = delete;
  Channel &operator=(const Channel &) = delete;

  /// False: the channel is closed, and \p item is lost.
  bool send(T item) {
    std::unique_lock lock(mutex_);
    if (!wait_for_room(lock))
      return false;
    items_.push_back(std::move(item));
    lock.unlock();
    filled_.notify_one();
    return true;
  }

  /// Sends all of \p items, which it leaves empty. They may arrive at several receivers, and with other senders' items
  /// among them. False: the channel is closed, and some of them are lost.
  bool send_all(std::vector<T> &items) {
    bool is_sent = true;
    for (size_t at = 0; at < items.size() && is_sent;) {
      std::unique_lock lock(mutex_);
      is_sent = wait_for_room(lock);
      size_t count = is_sent ? std::min(items.size() - at, capacity_ - items_.size()) : 0;
      auto begin = std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(at));
      items_.insert(items_.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
      at += count;
      lock.unlock();
      count == 1 ? filled_.notify_one() : filled_.notify_all();
    }
    items.clear();
    return is_sent;
  }

  /// Waits for an item. Nothing: the channel is closed, and all that was sent has been received.
  std::optional<T> receive() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return is_closed_ || !items_.empty(); });
    return take(lock);
  }

  /// An item, if there is one.
  std::optional<T> try_receive() {
    std::unique_lock lock(mutex_);
    return take(lock);
  }

  /// Waits for an item, and adds all that are there to \p items, \p limit of them at most. False: the channel is closed,
  /// and all that was sent has been received.
  bool receive_all(std::vector<T> &items, size_t limit = unbounded) {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return is_closed_ || !items_.empty(); });
    return take_all(lock, items, limit);
  }

  /// Adds all that are there to \p items, \p limit of them at most. False: there are none.
  bool try_receive_all(std::vector<T> &items, size_t limit = unbounded) {
    std::unique_lock lock(mutex_);
    return take_all(lock, items, limit);
  }

  /// No item is taken any more; those that are there can still be received. Wakes everybody who waits.
  void close() {
    {
      std::lock_guard lock(mutex_);
      is_closed_ = true;
    }
    filled_.notify_all();
    emptied_.notify_all();
  }

private:
  bool wait_for_room(std::unique_lock<std::mutex> &lock) {
    emptied_.wait(lock, [this] { return is_closed_ || items_.size() < capacity_; });
    return !is_closed_;
  }

  std::optional<T> take(std::unique_lock<std::mutex> &lock) {
    if (items_.empty())
      return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    lock.unlock();
    emptied_.notify_one();
    return item;
  }

  bool take_all(std::unique_lock<std::mutex> &lock, std::vector<T> &items, size_t limit) {
    if (items_.empty())
      return false;
    auto count = static_cast<std::ptrdiff_t>(std::min(limit, items_.size()));
    auto begin = std::make_move_iterator(items_.begin());
    items.insert(items.end(), begin, begin + count);
    items_.erase(items_.begin(), items_.begin() + count);
    lock.unlock();
    emptied_.notify_all();
    return true;
  }

  std::mutex mutex_; ///< guards what follows
  std::condition_variable filled_;
  std::condition_variable emptied_;
  std::deque<T> items_;
  bool is_closed_ = false;
  const size_t capacity_;
};

} // namespace foreload
