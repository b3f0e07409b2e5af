// Protocol buffers' wire format is a list of tagged varints and strings. A library for it would be larger than foreload.
#include "engine/action_result.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/LEB128.h>

namespace foreload {

namespace {

enum Wire : uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

// The fields' numbers in remote_execution.proto.
enum InActionResult { OutputFiles = 2, ExitCode = 4 };
enum InOutputFile { Path = 1, DigestOfFile = 2 };
enum InDigest { Hash = 1, SizeBytes = 2 };

void put_number(std::string &to, uint64_t value) {
  uint8_t bytes[10];
  to.append(reinterpret_cast<const char *>(bytes), llvm::encodeULEB128(value, bytes));
}

void put(std::string &to, unsigned field, uint64_t value) {
  put_number(to, field << 3 | Varint);
  put_number(to, value);
}

void put(std::string &to, unsigned field, llvm::StringRef value) {
  put_number(to, field << 3 | Bytes);
  put_number(to, value.size());
  to += value;
}

/// Goes through the fields of a message.
class Message {
public:
  explicit Message(llvm::StringRef bytes) : rest_(bytes) {}

  bool next() {
    if (rest_.empty())
      return false;
    uint64_t tag = number();
    field = tag >> 3;
    value = 0;
    text = {};
    switch (tag & 7) {
    case Varint:
      value = number();
      break;
    case Fixed64:
      take(8);
      break;
    case Fixed32:
      take(4);
      break;
    case Bytes:
      text = take(number());
      break;
    default:
      fail();
    }
    return !failed_;
  }
  bool failed() const { return failed_; }

  uint64_t field = 0;
  uint64_t value = 0;
  llvm::StringRef text;

private:
  void fail() {
    failed_ = true;
    rest_ = {};
  }
  uint64_t number() {
    unsigned size = 0;
    const char *error = nullptr;
    uint64_t result = llvm::decodeULEB128(rest_.bytes_begin(), &size, rest_.bytes_end(), &error);
    if (error)
      fail();
    else
      rest_ = rest_.drop_front(size);
    return result;
  }
  llvm::StringRef take(uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    llvm::StringRef result = rest_.take_front(size);
    rest_ = rest_.drop_front(size);
    return result;
  }

  llvm::StringRef rest_;
  bool failed_ = false;
};

bool is_hash(llvm::StringRef text) {
  return text.size() == 64 && llvm::all_of(text, [](char c) { return llvm::isDigit(c) || (c >= 'a' && c <= 'f'); });
}

/// Whether \p bytes are an OutputFile.
bool read_output(llvm::StringRef bytes, OutputBlob &output) {
  Message file(bytes);
  while (file.next()) {
    if (file.field == Path) {
      output.name = file.text.str();
    } else if (file.field == DigestOfFile) {
      Message digest(file.text);
      while (digest.next()) {
        if (digest.field == Hash)
          output.hash = digest.text.str();
        else if (digest.field == SizeBytes)
          output.size = digest.value;
      }
      if (digest.failed())
        return false;
    }
  }
  return !file.failed() && is_hash(output.hash);
}

} // namespace

std::string encode_action_result(llvm::ArrayRef<OutputBlob> outputs) {
  std::string result;
  for (const OutputBlob &output : outputs) {
    std::string digest, file;
    put(digest, Hash, output.hash);
    put(digest, SizeBytes, output.size);
    put(file, Path, output.name);
    put(file, DigestOfFile, digest);
    put(result, OutputFiles, file);
  }
  return result;
}

std::optional<std::vector<OutputBlob>> decode_action_result(llvm::StringRef bytes) {
  std::vector<OutputBlob> outputs;
  Message result(bytes);
  while (result.next()) {
    if (result.field == OutputFiles && !read_output(result.text, outputs.emplace_back()))
      return std::nullopt;
    if (result.field == ExitCode && result.value != 0)
      return std::nullopt;
  }
  if (result.failed())
    return std::nullopt;
  return outputs;
}

} // namespace foreload
