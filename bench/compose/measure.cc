// The native side of bench/compose: answers each line of its input with the milliseconds that a load took, and with a
// digest of what it came to.
//
//   foreload-bench-compose FOLDER LATENCY_US WORKERS ENTRY…
//
// `sequential` and `parallel` begin with nothing known, `warm` has the same components in its cache. Reading a file
// takes LATENCY_US longer than it does, as on a disk in a network.
#include "compose/composer.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/SHA256.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

using namespace foreload;

namespace {

using Clock = std::chrono::steady_clock;
using Context = std::map<std::string, std::string>;

const Context context = {{"project_name", "MyProject"}, {"version", "1.2.3"}};

class SlowFileSystem : public llvm::vfs::ProxyFileSystem {
public:
  explicit SlowFileSystem(std::chrono::microseconds latency)
      : ProxyFileSystem(llvm::vfs::getRealFileSystem()), latency_(latency) {}

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &path) override {
    if (latency_.count())
      std::this_thread::sleep_for(latency_);
    return ProxyFileSystem::openFileForRead(path);
  }

private:
  std::chrono::microseconds latency_;
};

/// Warm loads are short, and measured as one of several in a row.
constexpr int warm_repeats = 10;

/// The plain way: what is needed is loaded when it is met, one file after the other, each once.
class SequentialLoader {
public:
  SequentialLoader(llvm::vfs::FileSystem &file_system, std::string folder)
      : file_system_(file_system), folder_(std::move(folder)) {}

  const std::string &load(const std::string &path) {
    auto [at, is_new] = loaded_.try_emplace(path);
    if (!is_new)
      return at->second.content;
    auto buffer = file_system_.getBufferForFile(folder_ + "/" + path);
    if (!buffer) {
      std::fprintf(stderr, "%s: %s\n", path.c_str(), buffer.getError().message().c_str());
      std::exit(1);
    }
    auto component =
        parse_markdown_component(std::make_shared<SourceFile>(path, (*buffer)->getBuffer().str()), false);
    for (const ComponentReference &include : component->includes)
      load(include.path);
    std::string content;
    size_t body = component->body_begin;
    uint32_t done = 0;
    for (const ComponentSlot &slot : component->slots) {
      content += component->source->text({done, slot.span.begin}).str();
      if (done < component->body_begin && slot.span.end <= component->body_begin)
        body -= slot.span.size();
      if (slot.kind == ComponentSlot::Component)
        content += body_of(component->references[slot.name].path);
      else
        content += context.at(component->variables[slot.name]);
      done = slot.span.end;
      if (done <= component->body_begin)
        body += context.at(component->variables[slot.name]).size();
    }
    content += component->source->text({done, component->source->size()}).str();
    Loaded &mine = loaded_[path];
    mine.content = std::move(content);
    mine.body = body;
    return mine.content;
  }

private:
  struct Loaded {
    std::string content;
    size_t body = 0;
  };

  std::string body_of(const std::string &path) {
    load(path);
    const Loaded &included = loaded_[path];
    return llvm::StringRef(included.content).substr(included.body).rtrim("\r\n").str();
  }

  llvm::vfs::FileSystem &file_system_;
  std::string folder_;
  std::map<std::string, Loaded> loaded_;
};

std::string digest(llvm::StringRef text) {
  auto bytes = llvm::SHA256::hash(llvm::ArrayRef(text.bytes_begin(), text.bytes_end()));
  return llvm::toHex(bytes, /*LowerCase=*/true).substr(0, 16);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: %s FOLDER LATENCY_US WORKERS ENTRY...\n", argv[0]);
    return 2;
  }
  auto file_system = llvm::makeIntrusiveRefCnt<SlowFileSystem>(std::chrono::microseconds(std::atoi(argv[2])));
  ComposerOptions options;
  options.base = argv[1];
  options.workers = static_cast<unsigned>(std::atoi(argv[3]));
  ComposeRequest request;
  request.context = context;
  for (int at = 4; at < argc; ++at)
    request.components.push_back({argv[at], 0});

  Composer kept(options, file_system);
  std::string mode;
  while (std::getline(std::cin, mode)) {
    std::string text;
    std::chrono::duration<double, std::milli> taken;
    Clock::time_point start = Clock::now();
    if (mode == "sequential") {
      SequentialLoader loader(*file_system, options.base);
      for (const LoadSession::Wanted &wanted : request.components)
        loader.load(wanted.path);
      taken = Clock::now() - start;
      for (const LoadSession::Wanted &wanted : request.components)
        text += loader.load(wanted.path);
    } else {
      std::optional<Composer> fresh;
      Composer &composer = mode == "warm" ? kept : fresh.emplace(options, file_system);
      int repeats = mode == "warm" ? warm_repeats : 1;
      ComposeResult result;
      for (int i = 0; i < repeats; ++i)
        result = composer.compose(request);
      taken = (Clock::now() - start) / repeats;
      for (const ComponentResult &component : result.components)
        if (component.requested && component.composed)
          text += component.composed->content;
    }
    std::printf("%.4f %s\n", taken.count(), digest(text).c_str());
    std::fflush(stdout);
  }
  return 0;
}
