// Values as bytes and back. Each struct has one function `fields(archive, value)` that names its members; it serves for
// writing and for reading, so the two cannot come apart.
//
// A reader trusts nothing: it never reads past the end, refuses numbers that do not fit and enumerators that do not exist,
// and takes no more memory than the bytes account for. Who reads asks is_complete() at the end.
#pragma once
#include "source/span.h"

#include <llvm/ADT/StringRef.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace foreload {

/// For fields(): a value of type \p Type to be written (const) or to be read.
template <class Value, class Type>
concept ValueOf = std::same_as<std::remove_const_t<Value>, Type>;

template <class T>
concept Number = std::unsigned_integral<T> && !std::same_as<T, bool>;

template <class T>
concept Enumeration = std::is_enum_v<T>; // with an overload of last_of() that gives its last enumerator

class ArchiveWriter {
public:
  template <class... Values> void operator()(const Values &...values) { (write(values), ...); }

  const std::string &bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

private:
  /// Seven bits to a byte, the lowest first. Most numbers are small.
  void number(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  void write(bool value) { bytes_ += static_cast<char>(value); }
  /// One more than it is: the largest, which stands for "none", is a byte then.
  template <Number T> void write(T value) { number(static_cast<T>(value + 1)); }
  template <Enumeration T> void write(T value) {
    assert(value <= last_of(value));
    bytes_ += static_cast<char>(value);
  }
  void write(Span span) { number(span.begin), number(span.end); }
  void write(llvm::StringRef text) { number(text.size()), bytes_.append(text.data(), text.size()); }
  void write(const std::string &text) { write(llvm::StringRef(text)); }
  template <size_t size> void write(const std::array<uint8_t, size> &raw) {
    bytes_.append(reinterpret_cast<const char *>(raw.data()), size);
  }
  template <class T> void write(const std::vector<T> &values) {
    number(values.size());
    for (const T &value : values)
      write(value);
  }
  template <class T> void write(const std::optional<T> &value) {
    write(value.has_value());
    if (value)
      write(*value);
  }
  template <class T> void write(const std::set<T> &values) {
    number(values.size());
    for (const T &value : values)
      write(value);
  }
  template <class... T> void write(const std::tuple<T...> &value) {
    std::apply([&](const T &...parts) { (write(parts), ...); }, value);
  }
  template <class A, class B> void write(const std::pair<A, B> &value) { write(value.first), write(value.second); }
  template <class T>
    requires std::is_class_v<T>
  void write(const T &value) {
    fields(*this, value);
  }

  std::string bytes_;
};

class ArchiveReader {
public:
  /// Spans end at \p text_size at the latest. \p bytes have to outlive the reader.
  explicit ArchiveReader(llvm::StringRef bytes, uint32_t text_size = UINT32_MAX)
      : bytes_(bytes), text_size_(text_size) {}

  template <class... Values> void operator()(Values &...values) { (read(values), ...); }

  /// Whether everything made sense, and there was no more.
  bool is_complete() const { return !failed_ && bytes_.empty(); }
  void fail() {
    failed_ = true;
    bytes_ = {};
  }

private:
  uint64_t number(uint64_t limit) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      auto byte = static_cast<uint8_t>(bytes_.front());
      bytes_ = bytes_.drop_front();
      value |= uint64_t(byte & 0x7F) << shift;
      if (byte < 0x80) {
        if (value <= limit)
          return value;
        break;
      }
    }
    fail();
    return 0;
  }

  /// How many values follow, each of which takes a byte at least.
  size_t count() { return number(bytes_.size()); }

  llvm::StringRef raw(size_t size) {
    if (size > bytes_.size()) {
      fail();
      return {};
    }
    llvm::StringRef result = bytes_.take_front(size);
    bytes_ = bytes_.drop_front(size);
    return result;
  }

  void read(bool &value) { value = number(1) != 0; }
  template <Number T> void read(T &value) { value = static_cast<T>(number(std::numeric_limits<T>::max()) - 1); }
  template <Enumeration T> void read(T &value) {
    value = static_cast<T>(number(static_cast<uint64_t>(last_of(T()))));
  }
  void read(Span &span) {
    span.end = static_cast<uint32_t>((span.begin = static_cast<uint32_t>(number(text_size_)), number(text_size_)));
    if (span.begin > span.end)
      fail();
  }
  /// Lasts as long as the bytes that are read.
  void read(llvm::StringRef &text) { text = raw(count()); }
  void read(std::string &text) { text = raw(count()).str(); }
  template <size_t size> void read(std::array<uint8_t, size> &bytes) {
    llvm::StringRef from = raw(size);
    std::copy(from.begin(), from.end(), bytes.begin());
  }
  template <class T> void read(std::vector<T> &values) {
    size_t size = count();
    values.reserve(std::min(size, bytes_.size() / 4)); // what is larger than it looks grows as it is read
    for (size_t at = 0; at < size && !failed_; ++at)
      read(values.emplace_back());
  }
  template <class T> void read(std::optional<T> &value) {
    bool has_value = false;
    read(has_value);
    if (has_value)
      read(value.emplace());
  }
  template <class T> void read(std::set<T> &values) {
    size_t size = count();
    for (size_t at = 0; at < size && !failed_; ++at) {
      T value{};
      read(value);
      values.insert(values.end(), std::move(value));
    }
  }
  template <class... T> void read(std::tuple<T...> &value) {
    std::apply([&](T &...parts) { (read(parts), ...); }, value);
  }
  template <class A, class B> void read(std::pair<A, B> &value) { read(value.first), read(value.second); }
  template <class T>
    requires std::is_class_v<T>
  void read(T &value) {
    fields(*this, value);
  }

  llvm::StringRef bytes_;
  uint32_t text_size_;
  bool failed_ = false;
};

} // namespace foreload
