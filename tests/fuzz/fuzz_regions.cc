// The region finder on any bytes: the regions tile the text in order, and the fences are fences.
#include "parse/astro_regions.h"

#include <cstddef>
#include <cstdlib>

using namespace foreload;

#define REQUIRE(condition) ((condition) ? void() : std::abort())

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  AstroRegions regions = find_astro_regions(text);
  REQUIRE(regions.markup.begin <= regions.markup.end && regions.markup.end == size);
  if (!regions.frontmatter)
    return 0;
  const Frontmatter &found = *regions.frontmatter;
  REQUIRE(text.substr(found.open_fence.begin, found.open_fence.size()) == "---");
  REQUIRE(text.substr(found.close_fence.begin, found.close_fence.size()) == "---");
  REQUIRE(found.open_fence.end == found.code.begin && found.code.begin <= found.code.end);
  REQUIRE(found.code.end == found.close_fence.begin && found.close_fence.end == regions.markup.begin);
  // What comes before the closing fence decides where it is, and nothing after it.
  AstroRegions cut = find_astro_regions(text.take_front(regions.markup.begin));
  REQUIRE(cut.frontmatter && cut.frontmatter->code == found.code);
  return 0;
}
