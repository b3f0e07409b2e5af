// The native side of bench/scan. Its first argument is a file with a path in each line. Answers each line of its input, a
// task and a number of passes, with the nanoseconds of the processor that one pass over all those files took.
#include "host/host.h"
#include "parse/module_scan.h"
#include "parse/syntax_tree.h"

#include <llvm/Support/VirtualFileSystem.h>

#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

using namespace foreload;

namespace {

struct File {
  std::string path, text;
  ModuleLanguage language;
};

std::vector<File> read_files(const char *list) {
  std::vector<File> files;
  std::ifstream paths(list);
  for (std::string path; std::getline(paths, path);) {
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    files.push_back({path, std::move(text), module_language(path).value_or(ModuleLanguage::JavaScript)});
  }
  return files;
}

uint64_t processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

/// Something of each result, so that no work can be left out.
size_t run(const std::string &task, const std::vector<File> &files) {
  size_t sum = 0;
  static ModuleScan scan;
  if (task == "scan") {
    for (const File &file : files) {
      read_module(file.text, file.language, scan);
      sum += scan.imports.size() + scan.exports.size();
    }
  } else if (task == "imports") {
    for (const File &file : files) {
      read_module(file.text, file.language, scan, ScanFor::Imports);
      sum += scan.imports.size() + 1;
    }
  } else if (task == "transform") {
    // A host that has not seen the files: it keeps what it knows of one.
    HostOptions options;
    options.root = "/project";
    Host host(std::move(options), llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>());
    for (const File &file : files) {
      TransformResult result = host.transform("/project/src" + file.path, file.text);
      sum += result.code.code.size() + result.code.map.size() + result.companion.code.size();
    }
  }
  return sum;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  std::vector<File> files = read_files(argv[1]);
  size_t sum = 0;
  std::string task;
  for (unsigned passes; std::cin >> task >> passes;) {
    uint64_t begin = processor_time();
    for (unsigned i = 0; i < passes; ++i)
      sum += run(task, files);
    std::cout << (processor_time() - begin) / passes << std::endl;
  }
  return sum == 0;
}
