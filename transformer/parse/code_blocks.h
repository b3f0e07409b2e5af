// Finds, 64 bytes at a time, the characters at which a lexer of JavaScript has to look: all others it may skip.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <vector>

namespace foreload {

/// What stands where in 64 bytes of text: a bit for each byte, the lowest for the first.
struct CodeBlock {
  uint64_t events; ///< quotes, backticks, slashes and, if asked for, `<`; and all of `words`
  uint64_t words;  ///< where the third and the following letters are those of `import` and `export`
  uint64_t opens;  ///< `{`
  uint64_t closes; ///< `}`
};

/// Overwrites \p blocks with those of \p text. What is beyond its end counts as nothing.
void classify_code(llvm::StringRef text, bool with_angles, std::vector<CodeBlock> &blocks);

/// The way by which classify_code() works on this processor, for tests: "avx2", "sse2", "neon" or "portable".
const char *code_block_kernel();

/// The same without vector instructions: what the others are tested against, and where there are none.
void classify_code_portably(llvm::StringRef text, bool with_angles, std::vector<CodeBlock> &blocks);

} // namespace foreload
