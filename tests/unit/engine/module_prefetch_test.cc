#include "engine/module_prefetch.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

#include <chrono>
#include <map>
#include <thread>

using namespace foreload;

namespace {

/// Counts how often each file is opened, and can keep those who open one waiting. Safe for concurrent use.
class WatchedDisk final : public llvm::vfs::ProxyFileSystem {
public:
  explicit WatchedDisk(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files) : ProxyFileSystem(std::move(files)) {}

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &twine) override {
    std::string path = twine.str();
    {
      std::unique_lock lock(mutex_);
      ++opened_[path];
      changed_.notify_all();
      changed_.wait(lock, [&] { return path != held_; });
      if (path == broken_)
        return std::make_error_code(std::errc::permission_denied);
    }
    return ProxyFileSystem::openFileForRead(path);
  }

  void hold(std::string path) {
    std::lock_guard lock(mutex_);
    held_ = std::move(path);
    changed_.notify_all();
  }
  void break_file(std::string path) {
    std::lock_guard lock(mutex_);
    broken_ = std::move(path);
  }
  int opened(const std::string &path) {
    std::lock_guard lock(mutex_);
    return opened_[path];
  }
  void wait_for(const std::string &path) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return opened_[path] > 0; });
  }

private:
  std::mutex mutex_; ///< guards what follows
  std::condition_variable changed_;
  std::map<std::string, int> opened_;
  std::string held_, broken_;
};

struct Site {
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> files = new llvm::vfs::InMemoryFileSystem();
  llvm::IntrusiveRefCntPtr<WatchedDisk> disk = new WatchedDisk(files);
  std::optional<ModuleStore> modules;
  std::optional<ModulePrefetch> prefetch;

  void write(const std::string &path, llvm::StringRef text) {
    files->addFile("/site/src/" + path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  }
  /// \p imports as statements, each of them ending with `;`.
  static std::string component(llvm::StringRef imports, llvm::StringRef markup = "<p />") {
    return "---\n" + imports.str() + "\n---\n" + markup.str() + "\n";
  }

  void open(size_t limit = 10'000, bool ask_first = false) {
    ResolverOptions resolver;
    resolver.root = "/site";
    modules.emplace(disk, resolver, AnalyzeOptions(), ask_first);
    prefetch.emplace(*modules, limit);
    modules->set_prefetch(&*prefetch);
  }
  /// As a transform does.
  void render(const std::string &path, llvm::StringRef text) {
    modules->read_ahead(*modules->facts_of_text("/site/src/" + path, text));
  }
  /// The number of files that were read ahead once nothing is left to do.
  uint64_t finish() {
    while (modules->statistics().is_reading_ahead)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return modules->statistics().read_ahead;
  }
  bool knows(const std::string &path) { return modules->remembered("/site/src/" + path) != nullptr; }
  std::shared_ptr<const ModuleFacts> facts(const std::string &path) {
    std::string error;
    return modules->facts("/site/src/" + path, error);
  }
};

} // namespace

TEST_CASE("what a component renders is read ahead, and what that renders") {
  Site site;
  site.write("A.astro", Site::component("import B from './B.astro'; import C from './C.astro';", "<B><C /></B>"));
  site.write("B.astro", Site::component("import D from './D.astro';", "{Astro.props.x && <D />}<slot />"));
  site.write("C.astro", Site::component(""));
  site.write("D.astro", Site::component("import A from './A.astro'; import { f } from './f';", "<A />")); // a cycle
  site.write("f.ts", "export const f = 1;\n");
  site.write("Unused.astro", Site::component(""));
  site.open();
  site.render("Page.astro", Site::component("import A from './A.astro'; import U from './Unused.astro';", "<A /><A />"));
  CHECK(site.finish() == 4);
  for (const char *path : {"A.astro", "B.astro", "C.astro", "D.astro"}) {
    CHECK(site.knows(path));
    CHECK(site.disk->opened(std::string("/site/src/") + path) == 1);
    CHECK(site.facts(path));
    CHECK(site.disk->opened(std::string("/site/src/") + path) == 1);
  }
  CHECK_FALSE(site.knows("Unused.astro"));
  CHECK_FALSE(site.knows("f.ts"));
}

TEST_CASE("components are found behind barrels and in namespaces, and only those that are meant") {
  Site site;
  site.write("index.ts", "export { default as Card } from './Card.astro';\nexport { default as Other } from './Other.astro';\n"
                         "import Box from './Box.astro';\nexport { Box };\nexport * from './more';\n");
  site.write("more.ts", "export { default as List } from './List.astro';\nexport * from './index';\n");
  for (const char *name : {"Card", "Other", "Box", "List"})
    site.write(std::string(name) + ".astro", Site::component(""));
  site.open();
  site.render("Page.astro", Site::component("import { Card, Box } from './index'; import * as ui from './index';",
                                            "<Card /><Box /><ui.List /><ui.Nothing />"));
  CHECK(site.finish() == 5); // and both barrels
  CHECK_FALSE(site.knows("Other.astro"));
  CHECK(site.knows("List.astro"));
}

TEST_CASE("an import that the build tool is to be asked for is guessed, and what it says is taken") {
  Site site;
  site.files->addFile("/site/tsconfig.json", 0,
                      llvm::MemoryBuffer::getMemBuffer(R"({"compilerOptions": {"paths": {"@/*": ["./src/*"]}}})"));
  site.write("A.astro", Site::component("import B from '@/B.astro';", "<B />"));
  site.write("B.astro", Site::component(""));
  site.write("Elsewhere.astro", Site::component(""));
  site.open(10'000, true);
  std::string page = Site::component("import A from '@/A.astro';", "<A />");
  SUBCASE("not yet asked") {
    site.render("Page.astro", page);
    CHECK(site.finish() == 2);
  }
  SUBCASE("answered") {
    site.modules->add_resolution("@/A.astro", "/site/src/Page.astro", "/site/src/Elsewhere.astro");
    site.render("Page.astro", page);
    CHECK(site.finish() == 1);
    CHECK(site.knows("Elsewhere.astro"));
  }
  SUBCASE("no file") {
    site.modules->add_resolution("@/A.astro", "/site/src/Page.astro", "");
    site.render("Page.astro", page);
    CHECK(site.finish() == 0);
  }
}

TEST_CASE("what cannot be found or read is left to those who need it") {
  Site site;
  site.write("Locked.astro", Site::component(""));
  site.write("Broken.astro", "---\nimport X from './X.astro'\nconst = ;\n---\n<X />\n");
  site.write("X.astro", Site::component(""));
  site.write("Fine.astro", Site::component(""));
  site.disk->break_file("/site/src/Locked.astro");
  site.open();
  site.render("Page.astro", Site::component("import G from './Gone.astro'; import L from './Locked.astro'; import B from "
                                            "'./Broken.astro'; import F from './Fine.astro'; import V from 'virtual:v.astro';"
                                            "import T from './Fine.astro?raw';",
                                            "<G /><L /><B /><F /><V /><T />"));
  CHECK(site.finish() == 2);
  CHECK_FALSE(site.knows("X.astro"));
  CHECK(site.knows("Fine.astro"));
  site.disk->break_file("");
  CHECK(site.facts("Locked.astro"));
}

TEST_CASE("a tree is read once, until something in it changes") {
  Site site;
  site.write("A.astro", Site::component("import B from './B.astro';", "<B />"));
  site.write("B.astro", Site::component(""));
  site.write("New.astro", Site::component(""));
  site.open();
  const std::string page = Site::component("import A from './A.astro';", "<A />");
  const std::string edited = Site::component("import N from './New.astro';", "<N />");
  site.render("Page.astro", page);
  CHECK(site.finish() == 2);
  site.render("Page.astro", edited); // nobody has said that it is another one
  site.render("A.astro", edited);    // a part of the page
  CHECK(site.finish() == 2);
  SUBCASE("the root") {
    site.modules->invalidate({"/site/src/Page.astro"});
    site.render("Page.astro", edited);
    CHECK(site.finish() == 3);
  }
  SUBCASE("a component") {
    site.modules->invalidate({"/site/src/A.astro"});
    site.render("A.astro", edited);
    CHECK(site.finish() == 3);
  }
  SUBCASE("anything") {
    site.modules->invalidate_all();
    site.render("Page.astro", page);
    CHECK(site.finish() == 4);
  }
}

TEST_CASE("a file that is forgotten while it is read is read again") {
  Site site;
  site.write("A.astro", Site::component(""));
  site.open();
  site.disk->hold("/site/src/A.astro");
  site.render("Page.astro", Site::component("import A from './A.astro';", "<A />"));
  site.disk->wait_for("/site/src/A.astro");
  SUBCASE("it alone") { site.modules->invalidate({"/site/src/A.astro"}); }
  SUBCASE("its text") { site.modules->forget_texts({"/site/src/A.astro"}); }
  SUBCASE("all") { site.modules->invalidate_all(); }
  site.disk->hold("");
  site.finish();
  CHECK_FALSE(site.knows("A.astro"));
  CHECK(site.facts("A.astro"));
  CHECK(site.disk->opened("/site/src/A.astro") == 2);
}

TEST_CASE("who asks for a file that is being read waits for it") {
  Site site;
  site.write("A.astro", Site::component(""));
  site.open();
  site.disk->hold("/site/src/A.astro");
  site.render("Page.astro", Site::component("import A from './A.astro';", "<A />"));
  site.disk->wait_for("/site/src/A.astro");
  std::vector<std::thread> threads;
  std::atomic<int> found = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { found += site.facts("A.astro") != nullptr; });
  site.disk->hold("");
  for (std::thread &thread : threads)
    thread.join();
  CHECK(found == 4);
  CHECK(site.disk->opened("/site/src/A.astro") == 1);
}

TEST_CASE("a prefetch ends with the file that it is at") {
  Site site;
  constexpr int length = 500;
  for (int i = 0; i < length; ++i)
    site.write("C" + std::to_string(i) + ".astro",
               Site::component("import C from './C" + std::to_string(i + 1) + ".astro';", "<C />"));
  site.open();
  site.disk->hold("/site/src/C1.astro");
  site.render("Page.astro", Site::component("import C from './C0.astro';", "<C />"));
  site.disk->wait_for("/site/src/C1.astro");
  std::thread closing([&] { site.prefetch.reset(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20)); // it is told to end, as a rule; else while it reads the rest
  site.disk->hold("");
  closing.join();
  CHECK(site.disk->opened("/site/src/C" + std::to_string(length - 1) + ".astro") == 0);
}

TEST_CASE("no more files are read than the limit says") {
  Site site;
  std::string imports, markup;
  for (int i = 0; i < 50; ++i) {
    std::string name = "C" + std::to_string(i);
    site.write(name + ".astro", Site::component(""));
    imports += "import " + name + " from './" + name + ".astro';\n";
    markup += "<" + name + " />";
  }
  site.open(20);
  site.render("Page.astro", Site::component(imports, markup));
  CHECK(site.finish() == 20);
  site.render("Other.astro", Site::component(imports, "<C0 /><C1 />")); // the next page begins anew
  CHECK(site.finish() == 22);
}

TEST_CASE("a text is analyzed only if it is not what is remembered") {
  Site site;
  std::string text = Site::component("export const a = 1;");
  site.write("A.astro", text);
  site.open();
  std::shared_ptr<const ModuleFacts> known = site.facts("A.astro");
  CHECK(site.modules->facts_of_text("/site/src/A.astro", text) == known);
  std::shared_ptr<const ModuleFacts> given = site.modules->facts_of_text("/site/src/A.astro", text + " ");
  CHECK(given != known);
  CHECK(site.modules->facts_of_text("/site/src/A.astro", text + " ") == given);
  CHECK(site.modules->facts_of_text("/site/src/B.astro", text)->source->path() == "/site/src/B.astro");
  CHECK(site.modules->statistics().analyzed == 3);
  CHECK(site.modules->statistics().known == 2);
  site.modules->invalidate({"/site/src/A.astro"});
  CHECK(site.modules->facts_of_text("/site/src/A.astro", text + " ") != given);
}

TEST_CASE("nothing is read ahead if hooks have a say in what is read") {
  struct Hooks final : ModuleHooks {
    ResolveResult resolve(llvm::StringRef, llvm::StringRef) override { return {}; }
    std::optional<std::string> load(llvm::StringRef) override { return std::nullopt; }
    std::optional<std::string> prepare(llvm::StringRef, llvm::StringRef) override { return std::nullopt; }
    void parsed(const ModuleFacts &) override {}
  } hooks;
  Site site;
  site.write("A.astro", Site::component(""));
  site.open();
  site.modules->set_hooks(&hooks);
  site.render("Page.astro", Site::component("import A from './A.astro';", "<A />"));
  CHECK(site.finish() == 0);
  CHECK(site.facts("A.astro"));
}
