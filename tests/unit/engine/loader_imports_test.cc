#include "engine/module_store.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

using namespace foreload;

namespace {

struct Project {
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> disk = new llvm::vfs::InMemoryFileSystem();
  ResolverOptions resolver;
  std::optional<ModuleStore> modules;

  explicit Project(bool has_manifest = true) {
    if (has_manifest)
      write("/site/package.json", "{}");
    write("/site/src/components/Card.astro", "---\nexport const loader = async () => 1;\n---\n");
  }

  void write(const std::string &path, llvm::StringRef text) {
    disk->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  }

  bool is_imported(llvm::StringRef component) {
    if (!modules) {
      resolver.root = "/site";
      modules.emplace(disk, resolver, AnalyzeOptions(), false);
    }
    return modules->is_loader_imported("/site/src/components/" + component.str());
  }
};

} // namespace

TEST_CASE("a loader that nobody imports is not imported") {
  Project project;
  project.write("/site/src/pages/index.astro", "---\nimport Card from '../components/Card.astro';\n---\n<Card />\n");
  project.write("/site/src/lib/talk.ts", "// import { loader } from\nexport const loader = 'of another kind';\n");
  CHECK_FALSE(project.is_imported("Card.astro"));
}

TEST_CASE("components and scripts import loaders under any name, in namespaces, and to export them again") {
  const char *import = nullptr;
  SUBCASE("by name") { import = "import { loader } from '../components/Card.astro';"; }
  SUBCASE("renamed, over several lines") { import = "import Card, {\n  loader as cards\n} from '../components/Card.astro';"; }
  SUBCASE("as a namespace") { import = "import * as card from '../components/Card.astro';"; }
  SUBCASE("exported again, with a comment") { import = "export/* the */ { loader as cards } from '../components/Card.astro';"; }
  SUBCASE("all of it exported again") { import = "export * as card from '../components/Card.astro';"; }
  SUBCASE("exported again") { import = "export { loader as cards } from '../components/Card.astro';"; }
  SUBCASE("next to names that are strings") { import = "export { default as \"x\", loader } from '../components/Card.astro';"; }
  SUBCASE("by a string") { import = "import { 'loader' as y } from '../components/Card.astro';"; }
  SUBCASE("with escapes") { import = "import { l\\u006fader as y } from '../components/C\\x61rd.astro';"; }
  SUBCASE("in an import when it runs") { import = "const { loader } = await import('../components/Card.astro');"; }
  SUBCASE("read of one") { import = "(await import(`../components/Card.astro`)).loader();"; }
  SUBCASE("in one that is handed on") { import = "export const card = () => import('../components/Card.astro');"; }
  SUBCASE("next to the component") { import = "const { default: Card, loader } = await import('../components/Card.astro');"; }
  SUBCASE("over a file that exports it again") { import = "export { loader }\n  from '../components/Card.astro';"; }
  SUBCASE("by a name that only the build tool can resolve") { import = "import { loader } from '@/components/Card.astro';"; }
  for (const char *file : {"/site/src/lib/total.ts", "/site/src/components/Total.astro"}) {
    Project project;
    std::string text = import;
    project.write(file, llvm::StringRef(file).find(".astro") == llvm::StringRef::npos ? text : "---\n" + text + "\n---\n");
    CHECK(project.is_imported("Card.astro"));
    CHECK_FALSE(project.is_imported("Other.astro"));
  }
}

TEST_CASE("an import of nothing but the component is none of the loader") {
  Project project;
  project.write("/site/src/lib/card.ts", "export const Card = (await import('../components/Card.astro')).default;\n"
                                         "const { default: A } = await import('../components/Card.astro');\n"
                                         "import type { loader } from '../components/Card.astro';\n"
                                         "let b: typeof import('../components/Card.astro');\n");
  CHECK_FALSE(project.is_imported("Card.astro"));
}

TEST_CASE("what changes is read again") {
  Project project;
  CHECK_FALSE(project.is_imported("Card.astro"));
  project.write("/site/src/lib/total.ts", "import { loader } from '../components/Card.astro';");
  CHECK_FALSE(project.is_imported("Card.astro")); // nobody has said so
  project.modules->invalidate({"/site/src/lib/total.ts", "/site/node_modules/a/index.js", "/elsewhere/a.ts"});
  CHECK(project.is_imported("Card.astro"));
}

TEST_CASE("a folder that is no project is not gone through") {
  Project project(false);
  project.disk = new llvm::vfs::InMemoryFileSystem();
  project.write("/site/lib/total.ts", "import { loader } from '../src/components/Card.astro';");
  CHECK_FALSE(project.is_imported("Card.astro"));
}
