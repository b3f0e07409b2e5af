// The whole way on any bytes: a page, a component and a second component, cut at lines of `=====`. What comes out is
// what went in with insertions, the same on every run, and nothing is changed in a file that could not be read.
#include "host/host.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/MemoryBuffer.h>

#include <cstddef>
#include <cstdlib>

using namespace foreload;

#define REQUIRE(condition) ((condition) ? void() : std::abort())

static bool is_subsequence(llvm::StringRef part, llvm::StringRef whole) {
  for (char byte : whole)
    if (!part.empty() && part[0] == byte)
      part = part.drop_front();
  return part.empty();
}

static uint32_t lines(llvm::StringRef text) { return static_cast<uint32_t>(text.count('\n')); }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef input(reinterpret_cast<const char *>(data), size);
  llvm::SmallVector<llvm::StringRef, 3> texts;
  input.split(texts, "=====\n", 2);
  const char *const paths[] = {"/site/src/pages/index.astro", "/site/src/A.astro", "/site/src/B.astro"};

  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  disk->addFile("/site/src/api.ts", 0, llvm::MemoryBuffer::getMemBuffer("export const get = async (a) => a;\n"));
  for (size_t i = 0; i < texts.size(); ++i)
    disk->addFile(paths[i], 0, llvm::MemoryBuffer::getMemBufferCopy(texts[i]));
  HostOptions options;
  options.root = "/site";
  Host host(options, disk), again(options, disk);

  for (size_t i = 0; i < texts.size(); ++i) {
    TransformResult result = host.transform(paths[i], texts[i]);
    bool is_unreadable = false;
    for (const Diagnostic &diagnostic : result.diagnostics) {
      REQUIRE(diagnostic.start.offset <= diagnostic.end.offset && !diagnostic.message.empty());
      is_unreadable |= diagnostic.file == paths[i] && diagnostic.code / 1000 == 1;
    }
    REQUIRE(!is_unreadable || (!result.changed && !result.has_companion));
    REQUIRE(result.changed || !result.has_companion);
    if (!result.changed) {
      REQUIRE(result.code.code == texts[i]);
    } else {
      REQUIRE(is_subsequence(texts[i], result.code.code) && lines(texts[i]) == lines(result.code.code));
      REQUIRE(llvm::StringRef(result.code.map).take_front(13) == "{\"version\":3,");
    }
    TransformResult second = again.transform(paths[i], texts[i]);
    REQUIRE(second.code.code == result.code.code && second.code.map == result.code.map);
    REQUIRE(second.companion.code == result.companion.code && second.companion.map == result.companion.map);
    REQUIRE(second.diagnostics.size() == result.diagnostics.size());
    REQUIRE(host.explain(paths[i]).json == again.explain(paths[i]).json);
  }
  return 0;
}
