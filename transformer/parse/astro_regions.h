// Where the frontmatter of an .astro file is.
#pragma once
#include "source/span.h"

#include <llvm/ADT/StringRef.h>

#include <optional>

namespace foreload {

struct Frontmatter {
  Span open_fence;  ///< the opening `---`
  Span code;        ///< everything between the fences; code may stand on the fence lines
  Span close_fence; ///< the closing `---`
};

/// The two regions of an .astro file, as Astro 7's own compiler sees them.
struct AstroRegions {
  std::optional<Frontmatter> frontmatter;
  Span markup; ///< the template: all that follows the closing fence, or all after the byte order mark
};

/// Finds the fences. `---` inside strings, comments, regular expressions and templates of the frontmatter is not a
/// fence; text before the opening fence is allowed, markup is not; without a closing fence there is no frontmatter.
AstroRegions find_astro_regions(llvm::StringRef text);

} // namespace foreload
