// Any bytes as facts from a cache: they are refused, or they are facts that are written as they were read.
#include "engine/fact_codec.h"

#include <cstddef>
#include <cstdlib>

using namespace foreload;

#define REQUIRE(condition) ((condition) ? void() : std::abort())

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto source = std::make_shared<SourceFile>("/site/Card.astro", std::string(1000, ' '));
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  if (std::shared_ptr<const ModuleFacts> facts = decode_facts(bytes, source)) {
    std::string again = encode_facts(*facts);
    std::shared_ptr<const ModuleFacts> twice = decode_facts(again, source);
    REQUIRE(twice && encode_facts(*twice) == again);
  }
  return 0;
}
