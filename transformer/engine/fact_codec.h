// The facts of a file as bytes, for caches that outlive the process.
//
// The bytes have neither the file's text nor its path: whoever reads them has both. They have no version either. They are
// kept under a key that names the program that wrote them, down to its build.
#pragma once
#include "analyze/module_facts.h"

namespace foreload {

std::string encode_facts(const ModuleFacts &facts);

/// The facts of \p source, or null if \p bytes are not what encode_facts() makes.
std::shared_ptr<const ModuleFacts> decode_facts(llvm::StringRef bytes, std::shared_ptr<const SourceFile> source);

} // namespace foreload
