// foreload-dump-resolve ROOT [CONDITIONS MAIN_FIELDS]: reads `importer TAB specifier` lines, writes what the resolver
// makes of each: a path, `external` or `missing`. For tests that compare it with other resolvers. Lists have commas.
#include "link/resolver.h"
#include "source/real_file_system.h"

#include <iostream>
#include <string>

static std::vector<std::string> words_of(llvm::StringRef list) {
  llvm::SmallVector<llvm::StringRef, 8> words;
  list.split(words, ',');
  return {words.begin(), words.end()};
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 4) {
    std::cerr << "usage: foreload-dump-resolve ROOT [CONDITIONS MAIN_FIELDS] < LINES\n";
    return 2;
  }
  foreload::ResolverOptions options;
  options.root = argv[1];
  if (argc == 4) {
    options.conditions = words_of(argv[2]);
    options.main_fields = words_of(argv[3]);
  }
  foreload::Resolver resolver(foreload::real_file_system(), options);
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    size_t tab = line.find('\t');
    foreload::ResolveResult result = resolver.resolve(line.substr(tab + 1), line.substr(0, tab));
    switch (result.resolution) {
    case foreload::Resolution::Found:
      std::cout << result.path << '\n';
      break;
    case foreload::Resolution::External:
      std::cout << "external\n";
      break;
    case foreload::Resolution::NotFound:
      std::cout << "missing\n";
      break;
    }
  }
}
