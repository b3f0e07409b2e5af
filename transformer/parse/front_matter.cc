#include "parse/front_matter.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/Casting.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/YAMLParser.h>

namespace foreload {

std::optional<FrontMatter> find_front_matter(llvm::StringRef text) {
  constexpr llvm::StringLiteral fence = "---";
  constexpr llvm::StringLiteral byte_order_mark = "\xef\xbb\xbf";
  llvm::StringRef rest = text;
  if (!rest.consume_front(byte_order_mark)) {
    size_t start = rest.find_first_not_of(" \t\r\n\f\v");
    if (start == llvm::StringRef::npos || (start > 0 && rest[start - 1] != '\n'))
      return std::nullopt;
    rest = rest.drop_front(start);
  }
  if (!rest.consume_front(fence))
    return std::nullopt;
  size_t end = rest.find("\n---");
  if (end == llvm::StringRef::npos)
    return std::nullopt;
  auto begin = static_cast<uint32_t>(rest.data() - text.data());
  auto yaml_end = begin + static_cast<uint32_t>(end) + 1;
  return FrontMatter{{begin, yaml_end}, yaml_end + static_cast<uint32_t>(fence.size())};
}

std::optional<YamlString> find_yaml_string(llvm::StringRef text, Span yaml, llvm::StringRef key) {
  llvm::SourceMgr errors;
  errors.setDiagHandler([](const llvm::SMDiagnostic &, void *) {}); // Astro has better ones
  llvm::yaml::Stream stream(text.substr(yaml.begin, yaml.size()), errors, false);
  llvm::yaml::document_iterator document = stream.begin();
  if (document == stream.end())
    return std::nullopt;
  auto *mapping = llvm::dyn_cast_or_null<llvm::yaml::MappingNode>(document->getRoot());
  if (!mapping)
    return std::nullopt;
  for (llvm::yaml::KeyValueNode &entry : *mapping) {
    auto *name = llvm::dyn_cast_or_null<llvm::yaml::ScalarNode>(entry.getKey());
    llvm::SmallString<32> name_storage;
    if (!name || name->getValue(name_storage) != key)
      continue;
    llvm::yaml::Node *value = entry.getValue();
    YamlString found;
    llvm::SmallString<64> storage;
    if (auto *scalar = llvm::dyn_cast_or_null<llvm::yaml::ScalarNode>(value))
      found.value = scalar->getValue(storage).str();
    else if (auto *block = llvm::dyn_cast_or_null<llvm::yaml::BlockScalarNode>(value)) // `|`, `>`
      found.value = block->getValue().trim().str();
    else
      return std::nullopt;
    llvm::SMRange range = value->getSourceRange();
    auto begin = static_cast<uint32_t>(range.Start.getPointer() - text.data());
    auto end = static_cast<uint32_t>(range.End.getPointer() - text.data());
    found.span = {begin, begin + static_cast<uint32_t>(text.slice(begin, end).rtrim().size())};
    return found;
  }
  return std::nullopt;
}

} // namespace foreload
