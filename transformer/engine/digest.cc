#include "engine/digest.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/SHA256.h>

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>

namespace foreload {

Digest digest_of(llvm::ArrayRef<llvm::StringRef> parts) {
  llvm::SHA256 sum;
  for (llvm::StringRef part : parts)
    sum.update(part);
  auto result = sum.final(); // an array, or with older LLVM a text
  Digest digest;
  static_assert(sizeof digest == 32);
  std::memcpy(digest.data(), result.data(), digest.size());
  return digest;
}

std::string hex(const Digest &digest) {
  return llvm::toHex(llvm::StringRef(reinterpret_cast<const char *>(digest.data()), digest.size()), /*LowerCase=*/true);
}

namespace {

/// The build id that the linker has put into a loaded object, if there is one.
std::string build_id(const dl_phdr_info &object) {
  for (int at = 0; at < object.dlpi_phnum; ++at) {
    const ElfW(Phdr) &header = object.dlpi_phdr[at];
    if (header.p_type != PT_NOTE)
      continue;
    llvm::StringRef notes(reinterpret_cast<const char *>(object.dlpi_addr + header.p_vaddr), header.p_memsz);
    while (notes.size() >= sizeof(ElfW(Nhdr))) {
      ElfW(Nhdr) note;
      std::memcpy(&note, notes.data(), sizeof note);
      size_t name_size = (size_t(note.n_namesz) + 3) & ~size_t(3), size = (size_t(note.n_descsz) + 3) & ~size_t(3);
      llvm::StringRef name = notes.substr(sizeof note, note.n_namesz), content = notes.substr(sizeof note + name_size);
      if (note.n_type == NT_GNU_BUILD_ID && name == llvm::StringRef("GNU", 4))
        return llvm::toHex(content.take_front(note.n_descsz), /*LowerCase=*/true);
      notes = content.drop_front(std::min(size, content.size()));
    }
  }
  return {};
}

bool holds(const dl_phdr_info &object, uintptr_t address) {
  for (int at = 0; at < object.dlpi_phnum; ++at) {
    const ElfW(Phdr) &header = object.dlpi_phdr[at];
    if (header.p_type == PT_LOAD && address - (object.dlpi_addr + header.p_vaddr) < header.p_memsz)
      return true;
  }
  return false;
}

} // namespace

std::string program_identity() {
  struct Search {
    uintptr_t address = reinterpret_cast<uintptr_t>(&program_identity);
    std::string id;
  } search;
  dl_iterate_phdr(
      [](dl_phdr_info *object, size_t, void *data) {
        auto *wanted = static_cast<Search *>(data);
        if (!holds(*object, wanted->address))
          return 0;
        wanted->id = build_id(*object);
        return 1;
      },
      &search);
  return "foreload " FORELOAD_VERSION " " + search.id;
}

} // namespace foreload
