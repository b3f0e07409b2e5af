// A host that reads ahead, used by many threads: what it says is what one says that does not. Run with ThreadSanitizer,
// too.
#include "host/host.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

#include <atomic>
#include <map>
#include <thread>

using namespace foreload;

namespace {

constexpr int component_count = 40;

std::string path_of(int component) { return "/site/src/C" + std::to_string(component) + ".astro"; }

/// Components in a tree; the last ones render the first again.
std::map<std::string, std::string> make_site() {
  std::map<std::string, std::string> files;
  for (int i = 0; i < component_count; ++i) {
    std::string imports, markup;
    for (int child : {2 * i + 1, 2 * i + 2}) {
      std::string name = "C" + std::to_string(child % component_count);
      imports += "import " + name + " from './" + name + ".astro';\n";
      markup += "{Astro.props.x && <" + name + " />}\n";
    }
    files[path_of(i)] = "---\nimport { getLoaderData } from 'foreload/runtime';\n" + imports +
                        "export const loader = async () => " + std::to_string(i) +
                        ";\nconst data = await getLoaderData<typeof loader>();\n---\n{data}\n" + markup;
  }
  return files;
}

std::string say(const TransformResult &result) {
  std::string text = result.code.code + result.code.map + result.companion.code + result.companion.map;
  for (const std::string &dependency : result.dependencies)
    text += dependency + "\n";
  return text + std::to_string(result.unresolved.size()) + std::to_string(result.diagnostics.size());
}

} // namespace

TEST_CASE("transforms say the same when others read ahead, forget files and transform at the same time") {
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> disk = new llvm::vfs::InMemoryFileSystem();
  const std::map<std::string, std::string> files = make_site();
  for (const auto &[path, text] : files)
    disk->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  HostOptions options;
  options.root = "/site";
  std::map<std::string, std::string> expected;
  {
    Host plain(options, disk);
    for (const auto &[path, text] : files)
      expected[path] = say(plain.transform(path, text));
  }
  options.prefetch = true;
  std::atomic<int> wrong = 0;
  for (int round = 0; round < 5; ++round) {
    Host host(options, disk);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&, thread] {
        for (int i = 0; i < component_count; ++i) {
          std::string path = path_of((i * (2 * thread + 1)) % component_count);
          wrong += say(host.transform(path, files.at(path))) != expected.at(path);
          if (i % 8 == thread)
            host.invalidate({path});
          if (i == 20 + thread)
            host.invalidate_all();
          if (i % 16 == 0)
            host.statistics();
        }
      });
    for (std::thread &thread : threads)
      thread.join();
  } // the last prefetch is under way when the host goes
  CHECK(wrong == 0);
}
