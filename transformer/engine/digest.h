// Names for contents: SHA-256, which is also what remote caches know blobs by.
#pragma once
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

#include <array>
#include <string>

namespace foreload {

using Digest = std::array<uint8_t, 32>;

/// Of the parts one after the other.
Digest digest_of(llvm::ArrayRef<llvm::StringRef> parts);
inline Digest digest_of(llvm::StringRef bytes) { return digest_of(llvm::ArrayRef<llvm::StringRef>(bytes)); }

/// 64 lower-case digits.
std::string hex(const Digest &digest);

/// Names the program that runs, down to its build: what one version has computed, another one may compute differently,
/// and so may two builds of the same version while somebody works on it.
std::string program_identity();

} // namespace foreload
