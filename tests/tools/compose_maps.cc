// foreload-compose-maps OUTER INNER: the map that leads from what OUTER describes to the sources of INNER, which is the map
// of all of OUTER's sources. For a test that compares it with what build tools use.
#include "emit/decoded_map.h"

#include <llvm/Support/MemoryBuffer.h>

#include <cstdio>

int main(int argc, char **argv) {
  std::vector<foreload::DecodedMap> maps;
  for (int at = 1; at < argc; ++at) {
    auto buffer = llvm::MemoryBuffer::getFile(argv[at]);
    llvm::Expected<foreload::DecodedMap> map = foreload::decode_map(buffer ? (*buffer)->getBuffer() : "");
    if (!map) {
      std::fprintf(stderr, "%s: %s\n", argv[at], llvm::toString(map.takeError()).c_str());
      return 1;
    }
    maps.push_back(std::move(*map));
  }
  if (maps.size() != 2)
    return 2;
  std::puts(foreload::compose(maps[0], [&](uint32_t) { return &maps[1]; }).to_json().c_str());
}
