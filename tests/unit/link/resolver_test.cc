#include "link/resolver.h"
#include "source/real_file_system.h"

#include <doctest/doctest.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>

#include <atomic>
#include <fstream>
#include <initializer_list>
#include <thread>

using namespace foreload;

namespace {

/// A project at /app in memory.
struct Project {
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> files{new llvm::vfs::InMemoryFileSystem};
  ResolverOptions options;

  Project(std::initializer_list<std::pair<const char *, const char *>> contents) {
    options.root = "/app";
    for (auto &[path, text] : contents)
      add(path, text);
  }
  void add(llvm::StringRef path, llvm::StringRef text) {
    files->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  }
  /// The file's path, "external" or "missing".
  std::string resolve(llvm::StringRef specifier, llvm::StringRef importer = "/app/src/pages/index.astro") const {
    return text_of(Resolver(files, options).resolve(specifier, importer));
  }
  static std::string text_of(const ResolveResult &result) {
    if (result.resolution == Resolution::Found)
      return result.path;
    CHECK(result.path.empty());
    return result.resolution == Resolution::External ? "external" : "missing";
  }
};

} // namespace

TEST_CASE("relative paths start at the importer's folder") {
  Project project{{"/app/src/pages/a.astro", ""}, {"/app/src/b.astro", ""}, {"/b.astro", ""}};
  CHECK(project.resolve("./a.astro") == "/app/src/pages/a.astro");
  CHECK(project.resolve("../b.astro") == "/app/src/b.astro");
  CHECK(project.resolve("./../pages/.//a.astro") == "/app/src/pages/a.astro");
  CHECK(project.resolve("../../../../../../b.astro") == "/b.astro");
  CHECK(project.resolve("./missing.astro") == "missing");
  CHECK(project.resolve("./missing/a.astro") == "missing");
  CHECK(project.resolve("./a.astro/x") == "missing");
  CHECK(project.resolve("") == "missing");
}

TEST_CASE("names are told apart by case") {
  Project project{{"/app/src/pages/Card.astro", ""}};
  CHECK(project.resolve("./card.astro") == "missing");
}

namespace {

/// A disk that finds files whatever the case of their names, and lists them as they were written.
class CaseIgnoringDisk final : public llvm::vfs::ProxyFileSystem {
public:
  using ProxyFileSystem::ProxyFileSystem;

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine &path) override { return ProxyFileSystem::status(found(path)); }
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &path) override {
    return ProxyFileSystem::openFileForRead(found(path));
  }
  llvm::vfs::directory_iterator dir_begin(const llvm::Twine &path, std::error_code &error) override {
    return ProxyFileSystem::dir_begin(found(path), error);
  }

private:
  std::string found(const llvm::Twine &path) {
    std::string at;
    llvm::SmallVector<llvm::StringRef, 8> names;
    std::string text = path.str();
    llvm::StringRef(text).split(names, '/', -1, /*KeepEmpty=*/false);
    for (llvm::StringRef name : names) {
      std::error_code error;
      std::string next = at + "/" + name.str();
      for (auto entry = ProxyFileSystem::dir_begin(at.empty() ? "/" : at, error); !error && entry != decltype(entry)();
           entry.increment(error))
        if (llvm::StringRef(entry->path()).equals_insensitive(next))
          next = entry->path().str();
      at = next;
    }
    return at;
  }
};

} // namespace

TEST_CASE("what would be found in other case is named") {
  Project project{{"/app/src/pages/Card.astro", ""},
                  {"/app/src/Lib/Data.ts", ""},
                  {"/app/src/Lib/index.ts", ""},
                  {"/app/src/pages/Post (1).astro", ""},
                  {"/app/node_modules/react/package.json", R"({"exports": "./lib/index.js"})"},
                  {"/app/node_modules/react/lib/index.js", ""},
                  {"/app/tsconfig.json", R"({"compilerOptions": {"paths": {"@/*": ["./src/*"]}}})"}};
  auto hint = [&](llvm::StringRef specifier, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> disk) {
    Resolver resolver(std::move(disk), project.options);
    CHECK(Project::text_of(resolver.resolve(specifier, "/app/src/pages/index.astro")) == "missing");
    return resolver.case_hint(specifier, "/app/src/pages/index.astro");
  };
  auto named = [](const std::string &specifier) {
    return "did you mean '" + specifier + "'? This works on a disk that ignores case only";
  };
  CHECK(hint("./card.astro", project.files) == named("./Card.astro"));
  CHECK(hint("./CARD.astro?raw", project.files) == named("./Card.astro?raw"));
  CHECK(hint("../lib/data", project.files) == named("../Lib/Data"));
  CHECK(hint("../lib", project.files) == named("../Lib"));
  CHECK(hint("../lib/data.js", project.files) == named("/app/src/Lib/Data.ts"));
  CHECK(hint("@/LIB/data.ts", project.files) == named("@/Lib/Data.ts"));
  CHECK(hint("/src/lib/data", project.files) == named("/src/Lib/Data"));
  CHECK(hint("React", project.files) == named("react"));
  CHECK(hint("./Cart.astro", project.files).empty());
  CHECK(hint("gone", project.files).empty());
  CHECK(hint("./card.astro", llvm::makeIntrusiveRefCnt<CaseIgnoringDisk>(project.files)) ==
        "write './Card.astro': this import works here only because the disk ignores case");
}

TEST_CASE("absolute paths are below the root first, then the disk's") {
  Project project{{"/app/src/x.ts", ""}, {"/src/x.ts", ""}, {"/other/y.ts", ""}, {"/app/app/src/x.ts", ""}};
  CHECK(project.resolve("/src/x") == "/app/src/x.ts");
  CHECK(project.resolve("/other/y.ts") == "/other/y.ts");
  CHECK(project.resolve("/app/src/x.ts") == "/app/src/x.ts");
  CHECK(project.resolve("/src/z.ts") == "missing");
  CHECK(project.resolve("/") == "missing");
}

TEST_CASE("missing extensions are tried in order, files before folders") {
  Project project{{"/app/src/pages/a.ts", ""},
                  {"/app/src/pages/a.mjs", ""},
                  {"/app/src/pages/b/index.ts", ""},
                  {"/app/src/pages/b.tsx", ""},
                  {"/app/src/pages/c/index.jsx", ""},
                  {"/app/src/pages/d.astro", ""},
                  {"/app/src/pages/e/package.json", "{}"}};
  CHECK(project.resolve("./a") == "/app/src/pages/a.mjs");
  CHECK(project.resolve("./b") == "/app/src/pages/b.tsx");
  CHECK(project.resolve("./b/") == "/app/src/pages/b/index.ts");
  CHECK(project.resolve("./c") == "/app/src/pages/c/index.jsx");
  CHECK(project.resolve("./d") == "missing");
  CHECK(project.resolve("./e") == "missing");
  CHECK(project.resolve("./a.ts/") == "missing");
  project.options.extensions = {".astro"};
  CHECK(project.resolve("./d") == "/app/src/pages/d.astro");
}

TEST_CASE("dots alone name a folder") {
  Project project{
      {"/app/src/pages/index.ts", ""}, {"/app/src/index.ts", ""}, {"/app/src/pages.ts", ""}, {"/app/src.ts", ""}};
  CHECK(project.resolve(".") == "/app/src/pages/index.ts");
  CHECK(project.resolve("./") == "/app/src/pages/index.ts");
  CHECK(project.resolve("..") == "/app/src/index.ts");
  CHECK(project.resolve("../.") == "/app/src/index.ts");
  CHECK(project.resolve("../pages") == "/app/src/pages.ts");
}

TEST_CASE("a JavaScript name finds its TypeScript source") {
  Project project{{"/app/src/pages/a.ts", ""},  {"/app/src/pages/b.mts", ""}, {"/app/src/pages/c.tsx", ""},
                  {"/app/src/pages/d.tsx", ""}, {"/app/src/pages/e.cts", ""}, {"/app/src/pages/f.ts", ""},
                  {"/app/src/pages/f.js", ""},  {"/app/src/pages/.ts", ""}};
  CHECK(project.resolve("./a.js") == "/app/src/pages/a.ts");
  CHECK(project.resolve("./b.mjs") == "/app/src/pages/b.mts");
  CHECK(project.resolve("./c.jsx") == "/app/src/pages/c.tsx");
  CHECK(project.resolve("./d.js") == "/app/src/pages/d.tsx");
  CHECK(project.resolve("./e.cjs") == "/app/src/pages/e.cts");
  CHECK(project.resolve("./f.js") == "/app/src/pages/f.js");
  CHECK(project.resolve("./a.mjs") == "missing");
  CHECK(project.resolve("./.js") == "missing");
}

TEST_CASE("queries and hashes are cut, and a hash may be part of a name") {
  Project project{{"/app/src/pages/a.astro", ""},
                  {"/app/src/pages/c#.ts", ""},
                  {"/app/src/pages/c.ts", ""},
                  {"/app/node_modules/pkg/package.json", R"({"exports": "./p.js"})"},
                  {"/app/node_modules/pkg/p.js", ""}};
  CHECK(project.resolve("./a.astro?raw") == "/app/src/pages/a.astro");
  CHECK(project.resolve("./a.astro?x=../y#z") == "/app/src/pages/a.astro");
  CHECK(project.resolve("./a.astro#x?y") == "/app/src/pages/a.astro");
  CHECK(project.resolve("./c#.ts") == "/app/src/pages/c#.ts");
  CHECK(project.resolve("./c#") == "/app/src/pages/c#.ts");
  CHECK(project.resolve("./c#d") == "/app/src/pages/c.ts");
  CHECK(project.resolve("pkg?url") == "/app/node_modules/pkg/p.js");
  CHECK(project.resolve("./a.astro", "/app/src/pages/b.astro?astro&type=script&src=/x/y") == "/app/src/pages/a.astro");
  CHECK(project.resolve("?raw") == "missing");
}

TEST_CASE("what has no file by design is external") {
  Project project{{"/app/node_modules/punycode/package.json", R"({"main": "p.js"})"},
                  {"/app/node_modules/punycode/p.js", ""}};
  for (const char *specifier : {"node:fs", "https://a.b/c.js", "//a.b/c.js", "data:text/javascript,1", "virtual:x",
                                "astro:content", "bun:test", "fs", "fs/promises", "assert", "zlib"})
    CHECK_MESSAGE(project.resolve(specifier) == "external", specifier);
  CHECK(project.resolve(llvm::StringRef("\0virtual", 8)) == "external");
  CHECK(project.resolve("punycode") == "/app/node_modules/punycode/p.js");
  CHECK(project.resolve("punycode/") == "/app/node_modules/punycode/p.js");
  CHECK(project.resolve("fs/nothing") == "missing");
  CHECK(project.resolve("file:///app/x.js") == "missing");
}

TEST_CASE("odd input is missing, not a crash") {
  Project project{{"/app/src/pages/a.ts", ""}};
  for (const char *specifier : {"C:\\app\\a.ts",
                                "C:/app/a.ts",
                                ".\\a.ts",
                                "\\\\server\\a",
                                "@",
                                "@/",
                                "@a",
                                "@a/",
                                "@//b",
                                "#",
                                "#/",
                                "%2e/a.ts",
                                "./%61.ts",
                                "...",
                                ".a",
                                "a%2fb",
                                "*",
                                "./*",
                                "://",
                                ":"})
    CHECK_MESSAGE(project.resolve(specifier) == "missing", specifier);
  CHECK(project.resolve(llvm::StringRef("./a\0.ts", 7)) == "missing");
  CHECK(project.resolve(llvm::StringRef("./a.ts\0", 7)) == "missing");
  CHECK(project.resolve("./a", "C:\\app\\src\\b.ts") == "missing");
  CHECK(project.resolve("./a", "") == "missing");
  CHECK(project.resolve("a", "relative.ts") == "missing");
  CHECK(project.resolve("./a", "/app//src/./pages/../pages/b.ts") == "/app/src/pages/a.ts");
}

TEST_CASE("names are bytes: spaces, percent signs and other scripts") {
  Project project{{"/app/src/pages/é 😀%20.astro", ""}, {"/app/src/pages/with space/index.ts", ""}};
  CHECK(project.resolve("./é 😀%20.astro") == "/app/src/pages/é 😀%20.astro");
  CHECK(project.resolve("./with space") == "/app/src/pages/with space/index.ts");
}

TEST_CASE("packages are found in every enclosing node_modules, the nearest first") {
  Project project{{"/app/node_modules/a/index.js", ""},
                  {"/node_modules/b/index.js", ""},
                  {"/app/src/node_modules/a/index.js", ""},
                  {"/app/src/node_modules/b/other.js", ""},
                  {"/app/node_modules/@s/c/index.js", ""},
                  {"/app/node_modules/@s/c/lib/d.js", ""},
                  {"/app/node_modules/node_modules/e/index.js", ""}};
  CHECK(project.resolve("a") == "/app/src/node_modules/a/index.js");
  CHECK(project.resolve("a", "/app/x.ts") == "/app/node_modules/a/index.js");
  CHECK(project.resolve("b") == "/node_modules/b/index.js");
  CHECK(project.resolve("b/other") == "/app/src/node_modules/b/other.js");
  CHECK(project.resolve("@s/c") == "/app/node_modules/@s/c/index.js");
  CHECK(project.resolve("@s/c/lib/d") == "/app/node_modules/@s/c/lib/d.js");
  CHECK(project.resolve("@s/c/lib") == "missing");
  CHECK(project.resolve("e", "/app/node_modules/x.js") == "missing");
}

TEST_CASE("without exports, module beats main, and main may lack an extension or name a folder") {
  Project project{{"/app/node_modules/a/package.json", R"({"main": "m.js", "module": "e.js"})"},
                  {"/app/node_modules/a/m.js", ""},
                  {"/app/node_modules/a/e.js", ""},
                  {"/app/node_modules/b/package.json", R"({"main": "lib", "module": "gone.js"})"},
                  {"/app/node_modules/b/lib/index.js", ""},
                  {"/app/node_modules/b/index.js", ""},
                  {"/app/node_modules/c/package.json", R"({"main": "gone"})"},
                  {"/app/node_modules/c/index.js", ""},
                  {"/app/node_modules/d/package.json", "not json"},
                  {"/app/node_modules/d/index.js", ""},
                  {"/app/node_modules/e/package.json", R"({"main": "lib"})"},
                  {"/app/node_modules/e/lib/package.json", R"({"main": "x.js"})"},
                  {"/app/node_modules/e/lib/x.js", ""},
                  {"/app/node_modules/f/package.json", R"({"main": "."})"},
                  {"/app/node_modules/f/index.js", ""}};
  CHECK(project.resolve("a") == "/app/node_modules/a/e.js");
  CHECK(project.resolve("b") == "/app/node_modules/b/lib/index.js");
  CHECK(project.resolve("c") == "/app/node_modules/c/index.js");
  CHECK(project.resolve("d") == "/app/node_modules/d/index.js");
  CHECK(project.resolve("e") == "missing");
  CHECK(project.resolve("f") == "/app/node_modules/f/index.js");
}

TEST_CASE("a relative folder with a package.json is its main file, exports aside") {
  Project project{{"/app/src/pages/lib/package.json", R"({"main": "m.js", "exports": "./e.js"})"},
                  {"/app/src/pages/lib/m.js", ""},
                  {"/app/src/pages/lib/e.js", ""}};
  CHECK(project.resolve("./lib") == "/app/src/pages/lib/m.js");
}

TEST_CASE("exports: strings, conditions, subpaths, wildcards") {
  Project project{
      {"/app/node_modules/s/package.json", R"({"exports": "./s.js"})"},
      {"/app/node_modules/s/s.js", ""},
      {"/app/node_modules/s/t.js", ""},
      {"/app/node_modules/c/package.json",
       R"({"exports": {"browser": "./b.js", "node": {"require": "./r.js", "import": "./i.js"}, "default": "./d.js"}})"},
      {"/app/node_modules/c/b.js", ""},
      {"/app/node_modules/c/r.js", ""},
      {"/app/node_modules/c/i.js", ""},
      {"/app/node_modules/c/d.js", ""},
      {"/app/node_modules/m/package.json", R"({"exports": {
                    ".": {"nothing": "./n.js", "default": {"nothing": "./n.js"}},
                    "./x": "./lib/x.js", "./x/*": "./lib/x-*.js", "./*": "./lib/*", "./*.js": "./lib/*.js",
                    "./x/private/*": null, "./twice/*": "./lib/*/*.js", "./dir/": "./lib/", "./ext": "./lib/x",
                    "./folder": "./lib", "./slash": "./lib/"}})"},
      {"/app/node_modules/m/lib/x.js", ""},
      {"/app/node_modules/m/lib/x-1.js", ""},
      {"/app/node_modules/m/lib/x-private/a.js", ""},
      {"/app/node_modules/m/lib/y.css", ""},
      {"/app/node_modules/m/lib/z.js", ""},
      {"/app/node_modules/m/lib/z/z.js", ""},
      {"/app/node_modules/m/lib/index.js", ""},
      {"/app/node_modules/m/index.js", ""}};
  CHECK(project.resolve("s") == "/app/node_modules/s/s.js");
  CHECK(project.resolve("s/t.js") == "missing");
  CHECK(project.resolve("s/") == "missing");
  CHECK(project.resolve("s/package.json") == "missing");
  CHECK(project.resolve("c") == "/app/node_modules/c/i.js");
  CHECK(project.resolve("m") == "missing");
  CHECK(project.resolve("m/x") == "/app/node_modules/m/lib/x.js");
  CHECK(project.resolve("m/x/1") == "/app/node_modules/m/lib/x-1.js");
  CHECK(project.resolve("m/x/private/a") == "missing");
  CHECK(project.resolve("m/y.css") == "/app/node_modules/m/lib/y.css");
  CHECK(project.resolve("m/z.js") == "/app/node_modules/m/lib/z.js");
  CHECK(project.resolve("m/z") == "/app/node_modules/m/lib/z.js");
  CHECK(project.resolve("m/twice/z") == "/app/node_modules/m/lib/z/z.js");
  CHECK(project.resolve("m/dir/y.css") == "/app/node_modules/m/lib/y.css");
  CHECK(project.resolve("m/dir/../y.css") == "missing");
  CHECK(project.resolve("m/ext") == "/app/node_modules/m/lib/x.js");
  CHECK(project.resolve("m/folder") == "missing");
  CHECK(project.resolve("m/slash") == "missing");
  project.options.conditions = {"browser"};
  CHECK(project.resolve("c") == "/app/node_modules/c/b.js");
  project.options.conditions = {};
  CHECK(project.resolve("c") == "/app/node_modules/c/d.js");
}

TEST_CASE("exports: Vite's placeholder for the mode is production") {
  Project project{
      {"/app/node_modules/p/package.json", R"({"exports": {"development": "./d.js", "production": "./p.js"}})"},
      {"/app/node_modules/p/d.js", ""},
      {"/app/node_modules/p/p.js", ""}};
  CHECK(project.resolve("p") == "/app/node_modules/p/p.js");
}

TEST_CASE("exports: arrays give the first valid target") {
  Project project{{"/app/node_modules/a/package.json", R"({"exports": {
                    "./1": ["no", "../no.js", {"nothing": "./no.js"}, null, "./yes.js", "./no.js"], "./2": [], "./3": ["no"]}})"},
                  {"/app/node_modules/a/yes.js", ""},
                  {"/app/node_modules/a/no.js", ""}};
  CHECK(project.resolve("a/1") == "/app/node_modules/a/yes.js");
  CHECK(project.resolve("a/2") == "missing");
  CHECK(project.resolve("a/3") == "missing");
}

TEST_CASE("exports: nothing leads out of the package") {
  Project project{{"/app/node_modules/a/package.json", R"({"exports": {
                    "./1": "../b/x.js", "./2": "./../b/x.js", "./3": "./lib/../../b/x.js", "./4": "/app/node_modules/b/x.js",
                    "./5": "./node_modules/c/x.js", "./6": "./%2e%2E/b/x.js", "./7": "./lib\\..\\..\\b/x.js", "./8": "b/x.js",
                    "./9": "file:///app/node_modules/b/x.js", "./10": 1, "./w/*": "./lib/*", "./11": "./NODE_modules/c/x.js",
                    "./12": "./lib/./x.js"}})"},
                  {"/app/node_modules/a/lib/x.js", ""},
                  {"/app/node_modules/a/x.js", ""},
                  {"/app/node_modules/a/node_modules/c/x.js", ""},
                  {"/app/node_modules/a/NODE_modules/c/x.js", ""},
                  {"/app/node_modules/b/x.js", ""}};
  for (int i = 1; i <= 12; ++i)
    CHECK_MESSAGE(project.resolve("a/" + std::to_string(i)) == "missing", i);
  CHECK(project.resolve("a/w/x.js") == "/app/node_modules/a/lib/x.js");
  CHECK(project.resolve("a/w/../x.js") == "missing");
  CHECK(project.resolve("a/w/../../b/x.js") == "missing");
}

TEST_CASE("exports: malformed maps give nothing, deep ones do not exhaust the stack") {
  std::string deep = R"({"exports": )";
  for (int i = 0; i < 100'000; ++i)
    deep += '[';
  deep += R"("./x.js")";
  deep.append(100'000, ']');
  deep += '}';
  Project project{{"/app/node_modules/mixed/package.json", R"({"exports": {".": "./x.js", "import": "./x.js"}})"},
                  {"/app/node_modules/mixed/x.js", ""},
                  {"/app/node_modules/no/package.json", R"({"exports": false, "main": "x.js"})"},
                  {"/app/node_modules/no/x.js", ""},
                  {"/app/node_modules/null/package.json", R"({"exports": null, "main": "x.js"})"},
                  {"/app/node_modules/null/x.js", ""},
                  {"/app/node_modules/deep/package.json", deep.c_str()},
                  {"/app/node_modules/deep/x.js", ""}};
  CHECK(project.resolve("mixed") == "missing");
  CHECK(project.resolve("no") == "missing");
  CHECK(project.resolve("null") == "/app/node_modules/null/x.js");
  CHECK(project.resolve("deep") == "missing");
}

TEST_CASE("exports: a TypeScript source stands in for a file that is not built") {
  Project project{{"/app/node_modules/a/package.json", R"({"exports": {".": "./src/index.js", "./*": "./src/*"}})"},
                  {"/app/node_modules/a/src/index.ts", ""},
                  {"/app/node_modules/a/src/x.ts", ""}};
  CHECK(project.resolve("a") == "/app/node_modules/a/src/index.ts");
  CHECK(project.resolve("a/x") == "/app/node_modules/a/src/x.ts");
}

TEST_CASE("a package may import itself through its exports") {
  Project project{{"/app/package.json", R"({"name": "me", "exports": {".": "./src/main.ts", "./x": "./src/x.ts"}})"},
                  {"/app/src/main.ts", ""},
                  {"/app/src/x.ts", ""},
                  {"/app/src/y.ts", ""},
                  {"/app/node_modules/me/y.js", ""}};
  CHECK(project.resolve("me") == "/app/src/main.ts");
  CHECK(project.resolve("me/x") == "/app/src/x.ts");
  CHECK(project.resolve("me/y") == "missing");
  Project without{{"/app/package.json", R"({"name": "me", "main": "src/main.ts"})"}, {"/app/src/main.ts", ""}};
  CHECK(without.resolve("me") == "missing");
}

TEST_CASE("imports: names that only the package knows") {
  Project project{{"/app/package.json", R"({"imports": {
                    "#a": "./src/a.ts", "#dep": "dep", "#dep/*": "dep/*", "#fs": "node:fs", "#path": "path", "#out": "../x.js",
                    "#root": "/app/src/a.ts", "#lib/*": {"node": "./src/*.ts"}, "#loop": "#loop", "#none": null, "#/*": "./src/*",
                    "#url": "https://a.b/c.js"}})"},
                  {"/app/src/a.ts", ""},
                  {"/x.js", ""},
                  {"/app/node_modules/dep/package.json",
                   R"({"exports": {".": "./d.js", "./sub": "./s.js"}, "imports": {"#a": "./d.js"}})"},
                  {"/app/node_modules/dep/d.js", ""},
                  {"/app/node_modules/dep/s.js", ""},
                  {"/app/node_modules/bare/x.js", ""}};
  CHECK(project.resolve("#a") == "/app/src/a.ts");
  CHECK(project.resolve("#a?raw") == "/app/src/a.ts");
  CHECK(project.resolve("#dep") == "/app/node_modules/dep/d.js");
  CHECK(project.resolve("#dep/sub") == "/app/node_modules/dep/s.js");
  CHECK(project.resolve("#lib/a") == "/app/src/a.ts");
  CHECK(project.resolve("#/a") == "/app/src/a.ts");
  CHECK(project.resolve("#fs") == "external");
  CHECK(project.resolve("#url") == "external");
  CHECK(project.resolve("#path") == "external");
  CHECK(project.resolve("#out") == "missing");
  CHECK(project.resolve("#root") == "missing");
  CHECK(project.resolve("#loop") == "missing");
  CHECK(project.resolve("#none") == "missing");
  CHECK(project.resolve("#gone") == "missing");
  CHECK(project.resolve("#a", "/app/node_modules/dep/s.js") == "/app/node_modules/dep/d.js");
  CHECK(project.resolve("#a", "/app/node_modules/bare/x.js") == "missing");
}

TEST_CASE("tsconfig paths: exact names, the longest prefix, several targets") {
  Project project{{"/app/tsconfig.json", R"({
                    // JSON with comments /* and
                    "compilerOptions": {"paths": {
                      "@/*": ["./src/*", "./generated/*"], "@/lib/*": ["./lib/*"], "@/lib/exact": ["./src/exact.ts"], /* trailing: */
                      "lib-*-x": ["./lib/*.ts"], "dep": ["./types/dep.d.ts"], "~": ["./src/index"], "#/*": ["./src/*"],
                      "/abs/*": ["./src/*"], "two*stars*": ["./src/*"], "./pages/*": ["./src/*"], "bad": "nothing", "up/*": ["../up/*",],
                    },}, // "," in a comment
                  })"},
                  {"/app/src/a.ts", ""},
                  {"/app/src/index.ts", ""},
                  {"/app/src/exact.ts", ""},
                  {"/app/generated/g.ts", ""},
                  {"/app/src/lib/l.ts", ""},
                  {"/app/lib/exact.ts", ""},
                  {"/app/lib/l.ts", ""},
                  {"/app/types/dep.d.ts", ""},
                  {"/up/u.ts", ""},
                  {"/app/node_modules/dep/index.js", ""},
                  {"/app/node_modules/lib-n-x/index.js", ""}};
  CHECK(project.resolve("@/a") == "/app/src/a.ts");
  CHECK(project.resolve("@/a.js?raw") == "/app/src/a.ts");
  CHECK(project.resolve("@/g") == "/app/generated/g.ts");
  CHECK(project.resolve("@/lib/l") == "/app/lib/l.ts");
  CHECK(project.resolve("@/lib/exact") == "/app/src/exact.ts");
  CHECK(project.resolve("@/gone") == "missing");
  CHECK(project.resolve("@/") == "/app/src/index.ts");
  CHECK(project.resolve("lib-l-x") == "/app/lib/l.ts");
  CHECK(project.resolve("lib-n-x") == "/app/node_modules/lib-n-x/index.js");
  CHECK(project.resolve("dep") == "/app/node_modules/dep/index.js");
  CHECK(project.resolve("~") == "/app/src/index.ts");
  CHECK(project.resolve("#/a") == "/app/src/a.ts");
  CHECK(project.resolve("/abs/a") == "/app/src/a.ts");
  CHECK(project.resolve("twoastarsa") == "missing");
  CHECK(project.resolve("up/u") == "/up/u.ts");
  CHECK(project.resolve("./pages/a", "/app/x.ts") == "missing");
  CHECK(project.resolve("@/a", "/app/node_modules/dep/index.js") == "missing");
}

TEST_CASE("tsconfig: baseUrl finds bare names before packages, and is where paths start") {
  Project project{{"/app/tsconfig.json",
                   R"({"compilerOptions": {"baseUrl": "./src", "paths": {"p/*": ["lib/*"], "gone": ["no"]}}})"},
                  {"/app/src/lib/a.ts", ""},
                  {"/app/src/gone.ts", ""},
                  {"/app/node_modules/lib/a.js", ""},
                  {"/app/node_modules/b/index.js", ""}};
  CHECK(project.resolve("lib/a") == "/app/src/lib/a.ts");
  CHECK(project.resolve("p/a") == "/app/src/lib/a.ts");
  CHECK(project.resolve("b") == "/app/node_modules/b/index.js");
  CHECK(project.resolve("gone") == "missing"); // a pattern that matches rules baseUrl out
}

TEST_CASE("tsconfig: extends files, folders of packages, lists and chains") {
  Project project{
      {"/app/tsconfig.json", R"({"extends": ["./config/one", "base", "@s/cfg/strict", "./gone.json"]})"},
      {"/app/config/one.json",
       R"({"extends": "./two.json", "compilerOptions": {"paths": {"one": ["../src/one.ts"]}}})"},
      {"/app/config/two.json", R"({"compilerOptions": {"baseUrl": "../src", "paths": {"two": ["./no.ts"]}}})"},
      {"/app/node_modules/base/package.json", R"({"tsconfig": "./base.json"})"},
      {"/app/node_modules/base/base.json", "{}"},
      {"/app/node_modules/@s/cfg/package.json", R"({"exports": {"./*": "./configs/*.json"}})"},
      {"/app/node_modules/@s/cfg/configs/strict.json",
       R"({"compilerOptions": {"paths": {"three": ["${configDir}/src/three.ts"]}}})"},
      {"/app/src/one.ts", ""},
      {"/app/src/three.ts", ""}};
  CHECK(project.resolve("three") == "/app/src/three.ts"); // the last in the list wins
  CHECK(project.resolve("one") == "/app/src/one.ts");     // by baseUrl, which two.json gave
  project.add("/app/src/tsconfig.json", R"({"extends": "../config/one.json"})");
  CHECK(project.resolve("one") == "/app/src/one.ts");
  CHECK(project.resolve("three") == "/app/src/three.ts");
  project.add("/app/src/pages/tsconfig.json",
              R"({"extends": "base/base", "compilerOptions": {"paths": {"four": ["../three.ts"]}}})");
  CHECK(project.resolve("four") == "/app/src/three.ts");
  CHECK(project.resolve("three") == "missing");
}

TEST_CASE("tsconfig: ${configDir} is the folder of the configuration in use") {
  Project project{{"/app/tsconfig.json", R"({"extends": "./config/base.json"})"},
                  {"/app/config/base.json",
                   R"({"compilerOptions": {"baseUrl": "${configDir}/src", "paths": {"@/*": ["${configDir}/lib/*"]}}})"},
                  {"/app/src/a.ts", ""},
                  {"/app/lib/b.ts", ""}};
  CHECK(project.resolve("a") == "/app/src/a.ts");
  CHECK(project.resolve("@/b") == "/app/lib/b.ts");
}

TEST_CASE("tsconfig: cycles of extends end") {
  Project project{
      {"/app/tsconfig.json", R"({"extends": "./b.json", "compilerOptions": {"paths": {"a": ["./src/a.ts"]}}})"},
      {"/app/b.json", R"({"extends": ["./tsconfig.json", "./b.json"], "compilerOptions": {"baseUrl": "./src"}})"},
      {"/app/src/a.ts", ""}};
  CHECK(project.resolve("a") == "missing"); // ./src/a.ts below baseUrl: /app/src/src/a.ts
  project.add("/app/src/src/a.ts", "");
  CHECK(project.resolve("a") == "/app/src/src/a.ts");
}

TEST_CASE("tsconfig: the nearest one counts, up to the root") {
  Project project{{"/tsconfig.json", R"({"compilerOptions": {"paths": {"x": ["./outside.ts"]}}})"},
                  {"/outside.ts", ""},
                  {"/app/src/a/jsconfig.json", R"({"compilerOptions": {"paths": {"x": ["./inner.ts"]}}})"},
                  {"/app/src/a/inner.ts", ""},
                  {"/app/src/b/tsconfig.json", "broken"},
                  {"/lib/package.json", "{}"},
                  {"/lib/tsconfig.json", R"({"compilerOptions": {"paths": {"x": ["./lib.ts"]}}})"},
                  {"/lib/lib.ts", ""},
                  {"/apps/x.ts", ""}};
  CHECK(project.resolve("x") == "missing");
  CHECK(project.resolve("x", "/app/src/a/deep/er/f.ts") == "/app/src/a/inner.ts");
  CHECK(project.resolve("x", "/app/src/b/f.ts") == "missing");
  CHECK(project.resolve("x", "/lib/src/f.ts") == "/lib/lib.ts"); // a workspace package beside the root
  project.add("/app/tsconfig.json", R"({"compilerOptions": {"paths": {"x": ["./root.ts"]}}})");
  project.add("/app/root.ts", "");
  CHECK(project.resolve("x") == "/app/root.ts");
  CHECK(project.resolve("x", "/app/src/b/f.ts") == "missing");
}

TEST_CASE("answers stay until they are invalidated") {
  Project project{{"/app/src/pages/a.ts", ""}};
  Resolver resolver(project.files, project.options);
  auto resolve = [&] { return Project::text_of(resolver.resolve("./b", "/app/src/pages/x.astro")); };
  CHECK(resolve() == "missing");
  project.add("/app/src/pages/b.ts", "");
  CHECK(resolve() == "missing");
  resolver.invalidate();
  CHECK(resolve() == "/app/src/pages/b.ts");
}

TEST_CASE("threads get the same answers while others invalidate") {
  Project project{{"/app/tsconfig.json", R"({"compilerOptions": {"paths": {"@/*": ["./src/*"]}}})"},
                  {"/app/src/a.ts", ""},
                  {"/app/node_modules/p/package.json", R"({"exports": {"./*": "./*.js"}})"},
                  {"/app/node_modules/p/x.js", ""}};
  Resolver resolver(project.files, project.options);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        std::string importer = "/app/src/d" + std::to_string(i % 50) + "/x.ts";
        wrong += resolver.resolve("@/a", importer).path != "/app/src/a.ts";
        wrong += resolver.resolve("p/x", importer).path != "/app/node_modules/p/x.js";
        if (t == 0 && i % 20 == 0)
          resolver.invalidate();
      }
    });
  }
  for (std::thread &thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

namespace {

/// A folder on the disk, gone with the test.
struct TemporaryFolder {
  std::string path;
  TemporaryFolder() {
    llvm::SmallString<128> unique, real;
    REQUIRE(!llvm::sys::fs::createUniqueDirectory("foreload-resolver", unique));
    REQUIRE(!llvm::sys::fs::real_path(unique, real));
    path = std::string(real);
  }
  ~TemporaryFolder() { llvm::sys::fs::remove_directories(path); }

  void write(llvm::StringRef name, llvm::StringRef text) const {
    std::string file = path + "/" + name.str();
    REQUIRE(!llvm::sys::fs::create_directories(llvm::StringRef(file).take_front(file.rfind('/'))));
    std::ofstream stream(file, std::ios::binary);
    stream << text.str();
    REQUIRE(stream.good());
  }
  void link(llvm::StringRef target, llvm::StringRef name) const {
    std::string file = path + "/" + name.str();
    REQUIRE(!llvm::sys::fs::create_directories(llvm::StringRef(file).take_front(file.rfind('/'))));
    REQUIRE(!llvm::sys::fs::create_link(target, file));
  }
};

} // namespace

TEST_CASE("symbolic links are followed to the real file") {
  TemporaryFolder disk;
  disk.write("app/src/a.ts", "");
  disk.write("packages/ui/src/card.ts", "");
  disk.write("packages/ui/package.json", R"({"name": "ui", "exports": {"./*": "./src/*.ts"}})");
  disk.write("app/node_modules/.pnpm/dep@1/node_modules/dep/index.js", "");
  disk.write("app/node_modules/.pnpm/inner@1/node_modules/inner/index.js", "");
  disk.link("../../packages/ui", "app/node_modules/ui");
  disk.link(".pnpm/dep@1/node_modules/dep", "app/node_modules/dep");
  disk.link("../../inner@1/node_modules/inner", "app/node_modules/.pnpm/dep@1/node_modules/inner");
  disk.link("a.ts", "app/src/b.ts");
  disk.link("gone.ts", "app/src/dangling.ts");
  disk.link("loop.ts", "app/src/loop.ts");
  disk.link("src", "app/linked");
  disk.link("app", "alias");

  ResolverOptions options;
  options.root = disk.path + "/app";
  Resolver resolver(real_file_system(), options);
  std::string importer = disk.path + "/app/src/page.astro";
  auto resolve = [&](llvm::StringRef specifier) {
    std::string text = Project::text_of(resolver.resolve(specifier, importer));
    return text.compare(0, disk.path.size(), disk.path) == 0 ? text.substr(disk.path.size()) : text;
  };
  CHECK(resolve("./b") == "/app/src/a.ts");
  CHECK(resolve("./dangling") == "missing");
  CHECK(resolve("./loop.ts") == "missing");
  CHECK(resolve("/linked/a") == "/app/src/a.ts");
  CHECK(resolve("ui/card") == "/packages/ui/src/card.ts");
  CHECK(resolve("dep") == "/app/node_modules/.pnpm/dep@1/node_modules/dep/index.js");
  importer = resolver.resolve("dep", importer).path;
  CHECK(resolve("inner") == "/app/node_modules/.pnpm/inner@1/node_modules/inner/index.js");

  // The project opened through a link: importers come back with real paths, the root does not.
  disk.write("app/tsconfig.json", R"({"compilerOptions": {"paths": {"@/*": ["./src/*"]}}})");
  ResolverOptions through_link;
  through_link.root = disk.path + "/alias";
  Resolver other(real_file_system(), through_link);
  CHECK(other.resolve("@/a", disk.path + "/app/src/page.astro").path == disk.path + "/app/src/a.ts");
  CHECK(other.resolve("@/a", disk.path + "/alias/src/page.astro").path == disk.path + "/app/src/a.ts");
  CHECK(other.resolve("/src/a", disk.path + "/alias/src/page.astro").path == disk.path + "/app/src/a.ts");
}

TEST_CASE("a tsconfig with references leaves each file to the one that has it") {
  Project project{
      {"/app/tsconfig.json", R"({"files": [], "references": [{"path": "./tsconfig.app.json"}, {"path": "./tools"}]})"},
      {"/app/tsconfig.app.json", R"({"include": ["src"], "exclude": ["src/**/*.test.ts"],
                                     "compilerOptions": {"paths": {"~/*": ["./src/*"]}}})"},
      {"/app/tools/tsconfig.json", R"({"extends": "../base.json", "references": [{"path": "../gone"}],
                                       "compilerOptions": {"paths": {"~/*": ["./lib/*"]}}})"},
      {"/app/base.json", R"({"files": ["./vite.config.ts"], "include": ["${configDir}/*.ts"]})"},
      {"/app/src/a.ts", ""},
      {"/app/tools/lib/a.ts", ""}};
  CHECK(project.resolve("~/a", "/app/src/deep/page.astro") == "/app/src/a.ts");
  CHECK(project.resolve("~/a", "/app/src/page.ts?raw") == "/app/src/a.ts");
  CHECK(project.resolve("~/a", "/app/vite.config.ts") == "/app/tools/lib/a.ts");
  CHECK(project.resolve("~/a", "/app/tools/build.ts") == "/app/tools/lib/a.ts");
  CHECK(project.resolve("~/a", "/app/src/deep/page.test.ts") == "missing"); // it belongs to none
  CHECK(project.resolve("~/a", "/app/other.ts") == "missing");
  // Files of one folder may belong to different ones, whoever asks first.
  Resolver resolver(project.files, project.options);
  CHECK(resolver.resolve("~/a", "/app/src/page.test.ts").path.empty());
  CHECK(resolver.resolve("~/a", "/app/src/page.ts").path == "/app/src/a.ts");
  CHECK(resolver.resolve("~/a", "/app/src/page.test.ts").path.empty());
}

TEST_CASE("a tsconfig that includes a file itself does not refer it to others") {
  Project project{{"/app/tsconfig.json", R"({"compilerOptions": {"paths": {"~/*": ["./own/*"]}},
                                             "references": [{"path": "./other.json"}]})"},
                  {"/app/other.json", R"({"compilerOptions": {"paths": {"~/*": ["./others/*"]}}})"},
                  {"/app/own/a.ts", ""},
                  {"/app/others/a.ts", ""}};
  CHECK(project.resolve("~/a") == "/app/own/a.ts");
}

TEST_CASE("configurations that refer to each other are no loop") {
  Project project{{"/app/tsconfig.json", R"({"files": [], "references": [{"path": "./other.json"}, {"path": "."}]})"},
                  {"/app/other.json", R"({"files": [], "references": [{"path": "./tsconfig.json"}]})"}};
  CHECK(project.resolve("~/a") == "missing");
}

TEST_CASE("main fields are those that are asked for") {
  Project project{{"/app/node_modules/a/package.json",
                   R"({"svelte": "./svelte.js", "browser": "./browser.js", "module": "./module.js", "main": "./main.js"})"},
                  {"/app/node_modules/a/svelte.js", ""},
                  {"/app/node_modules/a/browser.js", ""},
                  {"/app/node_modules/a/module.js", ""},
                  {"/app/node_modules/a/main.js", ""}};
  CHECK(project.resolve("a") == "/app/node_modules/a/module.js");
  project.options.main_fields = {"svelte", "module"};
  CHECK(project.resolve("a") == "/app/node_modules/a/svelte.js");
  project.options.main_fields = {"browser", "module", "main"};
  CHECK(project.resolve("a") == "/app/node_modules/a/browser.js");
  project.options.main_fields = {"gone", "main"};
  CHECK(project.resolve("a") == "/app/node_modules/a/main.js");
}

TEST_CASE("for browsers, files and imports of a package are replaced") {
  Project project{{"/app/node_modules/a/package.json",
                   R"({"main": "./main.js", "browser": {"./main.js": "./web.js", "./lib/node": "./lib/web.js",
                       "fs": false, "ws": "./ws.js", "old": "new", "./self.js": "./self.js", "./lost.js": "./gone.js"}})"},
                  {"/app/node_modules/a/main.js", ""},
                  {"/app/node_modules/a/web.js", ""},
                  {"/app/node_modules/a/lib/node.js", ""},
                  {"/app/node_modules/a/lib/web.js", ""},
                  {"/app/node_modules/a/ws.js", ""},
                  {"/app/node_modules/a/self.js", ""},
                  {"/app/node_modules/a/lost.js", ""},
                  {"/app/node_modules/new/index.js", ""},
                  {"/app/node_modules/ws/index.js", ""}};
  const char *inside = "/app/node_modules/a/web.js";
  CHECK(project.resolve("a") == "/app/node_modules/a/main.js");
  CHECK(project.resolve("ws", inside) == "/app/node_modules/ws/index.js");
  project.options.main_fields = {"browser", "module", "main"};
  CHECK(project.resolve("a") == "/app/node_modules/a/web.js");
  CHECK(project.resolve("./lib/node", inside) == "/app/node_modules/a/lib/web.js");
  CHECK(project.resolve("a/lib/node.js") == "/app/node_modules/a/lib/web.js");
  CHECK(project.resolve("fs", inside) == "external");
  CHECK(project.resolve("ws", inside) == "/app/node_modules/a/ws.js");
  CHECK(project.resolve("old", inside) == "/app/node_modules/new/index.js");
  CHECK(project.resolve("./self.js", inside) == "/app/node_modules/a/self.js");
  CHECK(project.resolve("./lost.js", inside) == "/app/node_modules/a/lost.js");
  CHECK(project.resolve("ws") == "/app/node_modules/ws/index.js"); // what others import stays
}
