#include "engine/module_store.h"

#include <doctest/doctest.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>

#include <filesystem>

using namespace foreload;

namespace {

/// The facts of \p text at \p path, from a cache in \p folder; counts what the cache knew.
std::shared_ptr<const ModuleFacts> facts(const std::string &folder, const std::string &path, llvm::StringRef text,
                                         uint64_t &hits, AnalyzeOptions options = {}) {
  DiskCache cache(folder, 1 << 20);
  ResolverOptions resolver;
  resolver.root = "/site";
  ModuleStore modules(new llvm::vfs::InMemoryFileSystem(), resolver, std::move(options), false);
  modules.set_cache(&cache);
  std::shared_ptr<const ModuleFacts> result = modules.facts_of_text(path, text);
  hits = cache.hits();
  CHECK_FALSE(cache.save());
  return result;
}

} // namespace

TEST_CASE("facts are known again by text, ending and options") {
  llvm::SmallString<128> made;
  REQUIRE_FALSE(llvm::sys::fs::createUniqueDirectory("foreload-store", made));
  std::string folder(made);
  const char text[] = "---\nconst a = await f();\n---\n<p />\n";
  uint64_t hits = 0;
  auto ask = [&](const std::string &path, llvm::StringRef what, AnalyzeOptions options = {}) {
    return facts(folder, path, what, hits, std::move(options));
  };

  ask("/site/A.astro", text);
  CHECK(hits == 0);
  std::shared_ptr<const ModuleFacts> again = ask("/site/A.astro", text);
  CHECK(hits == 1);
  CHECK(again->kind == ModuleKind::Astro);
  CHECK(again->source->text() == text);
  CHECK(ask("/site/moved/B.astro", text)->source->path() == "/site/moved/B.astro");
  CHECK(hits == 1);

  CHECK(ask("/site/A.ts", text)->kind == ModuleKind::Script);
  CHECK(hits == 0);
  ask("/site/A.astro", "<p />\n");
  CHECK(hits == 0);
  AnalyzeOptions options;
  options.auto_lift = true;
  CHECK(ask("/site/A.astro", text, options)->implicit_loaders.size() == 1);
  CHECK(hits == 0);
  options = {};
  options.runtime_modules.push_back("other/runtime");
  ask("/site/A.astro", text, options);
  CHECK(hits == 0);

  DiskCache cache(folder, 1 << 20);
  ResolverOptions resolver;
  resolver.root = "/site";
  ModuleStore modules(new llvm::vfs::InMemoryFileSystem(), resolver, AnalyzeOptions(), false);
  CHECK_FALSE(modules.facts_of_content("/site/A.astro", digest_of(text)));
  modules.set_cache(&cache);
  std::shared_ptr<const ModuleFacts> of_content = modules.facts_of_content("/site/A.astro", digest_of(text));
  REQUIRE(of_content);
  CHECK(of_content->source->text() == text);
  CHECK(of_content->kind == ModuleKind::Astro);
  CHECK_FALSE(modules.facts_of_content("/site/A.astro", digest_of("<p>another</p>\n")));
  std::filesystem::remove_all(folder);
}
