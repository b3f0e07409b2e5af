// Finds, 64 bytes at a time, the characters at which a lexer of JavaScript has to look: all others it may skip.
#pragma once
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <vector>

namespace foreload {

/// What stands where in 64 bytes of text: a bit for each byte, the lowest for the first.
struct CodeBlock {
  uint64_t events;       ///< quotes, backticks, slashes and, if asked for, `<`; and all of `words`
  uint64_t words;        ///< where the third and the following letters are those of `import` and `export`
  uint64_t opens;        ///< `{`
  uint64_t closes;       ///< `}`
  uint64_t comment_ends; ///< a star that a slash follows
};

/// Overwrites \p blocks with those of \p text. What is beyond its end counts as nothing.
void classify_code(llvm::StringRef text, bool with_angles, std::vector<CodeBlock> &blocks);

/// One way to do it.
struct CodeKernel {
  const char *name; ///< "avx512", "avx2", "sse2", "neon", "portable"
  /// Classifies \p count blocks, and may read 32 bytes behind them.
  void (*classify)(const char *text, size_t count, bool with_angles, CodeBlock *blocks);
};

/// What this processor can do, the fastest first: classify_code() takes that. The last one is without vectors; the others
/// are tested against it.
llvm::ArrayRef<CodeKernel> code_kernels();
void classify_code(const CodeKernel &kernel, llvm::StringRef text, bool with_angles, std::vector<CodeBlock> &blocks);

} // namespace foreload
