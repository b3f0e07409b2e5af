// foreload-dump-map FILE: reads lines of edits, `OFFSET TEXT`, in the order of their offsets, puts the texts into
// FILE's text and writes `{ "code", "map" }`. A text that starts with `=NAME ` stands for NAME, which it replaces. For
// tests that read the map with other tools.
#include "emit/source_map.h"

#include <llvm/Support/MemoryBuffer.h>
#include <nlohmann/json.hpp>

#include <iostream>
#include <string>

int main(int argc, char **argv) {
  if (argc != 2) {
    std::cerr << "usage: foreload-dump-map FILE < EDITS\n";
    return 2;
  }
  auto buffer = llvm::MemoryBuffer::getFile(argv[1]);
  if (!buffer) {
    std::cerr << argv[1] << ": " << buffer.getError().message() << '\n';
    return 1;
  }
  foreload::SourceFile source(argv[1], (*buffer)->getBuffer().str());
  foreload::TextEmitter emitter;
  uint32_t copied = 0;
  for (std::string line; std::getline(std::cin, line);) {
    auto [offset_text, text] = llvm::StringRef(line).split(' ');
    uint32_t offset = 0;
    if (offset_text.getAsInteger(10, offset) || offset < copied || offset > source.size()) {
      std::cerr << "not an edit: " << line << '\n';
      return 2;
    }
    emitter.copy(source, {copied, offset});
    copied = offset;
    if (text.consume_front("=")) {
      auto [name, replacement] = text.split(' ');
      emitter.generate_mapped(replacement, source, offset, name);
      copied += static_cast<uint32_t>(name.size());
    } else {
      emitter.generate(text);
    }
  }
  emitter.copy(source, {copied, source.size()});
  nlohmann::json result;
  result["code"] = emitter.code();
  result["map"] = nlohmann::json::parse(emitter.map(std::string(argv[1]) + ".out"));
  std::cout << result.dump() << '\n';
}
