// The native side of bench/resolve. Its arguments are the project's root and a file whose lines are an importer, a tab
// and a specifier. Answers each line of its input, a task and a number of passes, with the nanoseconds of the processor
// that one pass over all those imports took.
#include "link/module_lookup.h"
#include "source/real_file_system.h"

#include <ctime>
#include <fstream>
#include <iostream>
#include <string>

using namespace foreload;

namespace {

struct Import {
  std::string importer, specifier;
};

std::vector<Import> read_imports(const char *list) {
  std::vector<Import> imports;
  std::ifstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    size_t tab = line.find('\t');
    imports.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return imports;
}

uint64_t processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

/// As plugins and transforms ask: from paths to paths.
size_t resolve_paths(Resolver &resolver, const std::vector<Import> &imports) {
  size_t found = 0;
  for (const Import &import : imports)
    found += resolver.resolve(import.specifier, import.importer).resolution == Resolution::Found;
  return found;
}

/// As a crawl asks: from a listing, which it has at hand, to a listing.
size_t resolve_files(ModuleLookup &lookup, const std::vector<Import> &imports,
                     const std::vector<const Folder *> &folders) {
  size_t found = 0;
  for (size_t i = 0; i < imports.size(); ++i)
    found += lookup.resolve(imports[i].specifier, *folders[i], name_of(imports[i].importer)).resolution ==
             Resolution::Found;
  return found;
}

std::vector<const Folder *> folders_of(ModuleLookup &lookup, const std::vector<Import> &imports) {
  std::vector<const Folder *> folders;
  for (const Import &import : imports)
    folders.push_back(lookup.files().folder(folder_of(import.importer)));
  return folders;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  ResolverOptions options;
  options.root = argv[1];
  std::vector<Import> imports = read_imports(argv[2]);
  Resolver resolver(real_file_system(), options);
  ModuleLookup lookup(real_file_system(), options);
  std::vector<const Folder *> folders = folders_of(lookup, imports);
  size_t found = 0;
  std::string task;
  for (unsigned passes; std::cin >> task >> passes;) {
    uint64_t begin = processor_time();
    for (unsigned i = 0; i < passes; ++i) {
      if (task == "cold") {
        Resolver fresh(real_file_system(), options);
        found += resolve_paths(fresh, imports);
      } else if (task == "warm") {
        found += resolve_paths(resolver, imports);
      } else if (task == "crawl") {
        found += resolve_files(lookup, imports, folders);
      }
    }
    std::cout << (processor_time() - begin) / passes << std::endl;
  }
  return found ? 0 : 1;
}
