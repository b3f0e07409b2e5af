#include "emit/decoded_map.h"
#include "host/host.h"

#include <doctest/doctest.h>
#include <llvm/Support/JSON.h>
#include <llvm/Support/MemoryBuffer.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

using namespace foreload;

namespace {

llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> make_disk() {
  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  auto add = [&](const char *path, const std::string &text) {
    disk->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  };
  add("/site/src/page.astro", "---\nimport Card from './Card.astro';\n---\n<Card />\n");
  add("/site/src/Card.astro",
      "---\nimport { getLoaderData } from 'foreload/runtime';\n"
      "export const loader = async () => 'ONE';\nconst data = await getLoaderData();\n---\n{data}\n");
  return disk;
}

/// What hooks were called, in order.
struct Log {
  std::mutex mutex;
  std::vector<std::string> lines;

  void add(const std::string &line) {
    std::lock_guard lock(mutex);
    lines.push_back(line);
  }
};

/// A plugin whose hooks are functions that a test sets; those that are not set do not exist.
class TestPlugin : public Plugin {
public:
  struct Hooks {
    std::function<void(HookContext &)> build_start = nullptr, build_end = nullptr;
    std::function<std::optional<ResolveResult>(HookContext &, llvm::StringRef, llvm::StringRef)> resolve_id = nullptr;
    std::function<std::optional<ModuleText>(HookContext &, llvm::StringRef)> load = nullptr;
    std::function<std::optional<ModuleText>(HookContext &, llvm::StringRef, llvm::StringRef)> transform = nullptr;
    std::function<void(HookContext &, const ModuleFacts &)> module_parsed = nullptr;
    std::function<void(HookContext &, llvm::StringRef, FileEvent)> watch_change = nullptr;
    std::function<void(HookContext &, llvm::ArrayRef<EmittedText>)> generate = nullptr;
  };

  TestPlugin(const std::string &name, Hooks hooks, std::function<void(PluginTraits &)> adjust)
      : Plugin(make_traits(name, hooks, adjust)), hooks_(std::move(hooks)) {}

  void build_start(HookContext &context) override { hooks_.build_start(context); }
  void build_end(HookContext &context) override { hooks_.build_end(context); }
  std::optional<ResolveResult> resolve_id(HookContext &context, llvm::StringRef specifier,
                                          llvm::StringRef importer) override {
    return hooks_.resolve_id(context, specifier, importer);
  }
  std::optional<ModuleText> load(HookContext &context, llvm::StringRef id) override { return hooks_.load(context, id); }
  std::optional<ModuleText> transform(HookContext &context, llvm::StringRef id, llvm::StringRef code) override {
    return hooks_.transform(context, id, code);
  }
  void module_parsed(HookContext &context, const ModuleFacts &facts) override { hooks_.module_parsed(context, facts); }
  void watch_change(HookContext &context, llvm::StringRef path, FileEvent event) override {
    hooks_.watch_change(context, path, event);
  }
  void generate(HookContext &context, llvm::ArrayRef<EmittedText> outputs) override {
    hooks_.generate(context, outputs);
  }

private:
  static PluginTraits make_traits(const std::string &name, const Hooks &hooks,
                                  const std::function<void(PluginTraits &)> &adjust) {
    PluginTraits traits;
    traits.name = name;
    auto use = [&](Hook hook, bool is_set) {
      if (is_set)
        traits[hook] = HookUse();
    };
    use(Hook::BuildStart, hooks.build_start != nullptr);
    use(Hook::BuildEnd, hooks.build_end != nullptr);
    use(Hook::ResolveId, hooks.resolve_id != nullptr);
    use(Hook::Load, hooks.load != nullptr);
    use(Hook::Transform, hooks.transform != nullptr);
    use(Hook::ModuleParsed, hooks.module_parsed != nullptr);
    use(Hook::WatchChange, hooks.watch_change != nullptr);
    use(Hook::Generate, hooks.generate != nullptr);
    if (adjust)
      adjust(traits);
    return traits;
  }

  Hooks hooks_;
};

std::shared_ptr<Plugin> make_plugin(const std::string &name, TestPlugin::Hooks hooks,
                                    std::function<void(PluginTraits &)> adjust = nullptr) {
  return std::make_shared<TestPlugin>(name, std::move(hooks), std::move(adjust));
}

HostOptions with_plugins(std::vector<std::shared_ptr<Plugin>> plugins) {
  HostOptions options;
  options.root = "/site";
  options.plugins = std::move(plugins);
  return options;
}

/// A transform hook that puts a line before the text, or behind the fence that it begins with, with a map.
auto put_before(std::string line, Log *log = nullptr) {
  return [=](HookContext &, llvm::StringRef id, llvm::StringRef code) -> std::optional<ModuleText> {
    if (log)
      log->add(line);
    llvm::StringRef fence = code.take_front(4) == "---\n" ? "---\n" : "";
    DecodedMap map;
    map.sources = {id.str()};
    for (uint32_t at = 0; at <= code.count('\n'); ++at) {
      if (at == fence.count('\n'))
        map.lines.emplace_back(); // the line that is new
      map.lines.push_back({{0, 0, at, 0, DecodedMap::none}});
    }
    return ModuleText{fence.str() + line + "\n" + code.substr(fence.size()).str(), map.to_json()};
  };
}

auto replace(std::string from, std::string to) {
  return [=](HookContext &, llvm::StringRef, llvm::StringRef code) -> std::optional<ModuleText> {
    size_t at = code.find(from);
    if (at == llvm::StringRef::npos)
      return std::nullopt;
    return ModuleText{code.take_front(at).str() + to + code.substr(at + from.size()).str(), ""};
  };
}

auto in_transform(std::function<void(PluginTraits &, HookUse &)> adjust) {
  return [adjust](PluginTraits &traits) { adjust(traits, *traits[Hook::Transform]); };
}

/// The number of a hook of a plugin in the host's statistics.
int64_t counted(const Host &host, llvm::StringRef plugin, llvm::StringRef hook, llvm::StringRef what) {
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(host.statistics());
  REQUIRE(static_cast<bool>(json));
  for (const llvm::json::Value &entry : *json->getAsObject()->getArray("plugins")) {
    const llvm::json::Object &object = *entry.getAsObject();
    if (*object.getString("name") == plugin)
      if (const llvm::json::Object *timing = object.getObject("hooks")->getObject(hook))
        return *timing->getInteger(what);
  }
  return 0;
}

const llvm::StringRef plain = "<p />\n";

} // namespace

TEST_CASE("transforms run by enforce, then by order, then as they were given") {
  Log log;
  auto plugin = [&](const char *name, Order enforce, Order order) {
    return make_plugin(name, {.transform = put_before(name, &log)},
                       in_transform([=](PluginTraits &traits, HookUse &use) {
                         traits.enforce = enforce;
                         use.order = order;
                       }));
  };
  Host host(with_plugins({plugin("post", Order::Post, Order::Normal), plugin("a", Order::Normal, Order::Normal),
                          plugin("late", Order::Normal, Order::Post), plugin("b", Order::Normal, Order::Normal),
                          plugin("early", Order::Post, Order::Pre), plugin("pre", Order::Pre, Order::Normal)}),
            make_disk());
  TransformResult result = host.transform("/site/x.txt", "text");
  CHECK(log.lines == std::vector<std::string>{"early", "pre", "a", "b", "post", "late"});
  CHECK(result.changed);
  CHECK(result.code.code == "late\npost\nb\na\npre\nearly\ntext");
}

TEST_CASE("maps of a pipeline are composed, with lifting in the middle") {
  std::shared_ptr<Plugin> before =
      make_plugin("before", {.transform = put_before("// one")}, in_transform([](PluginTraits &traits, HookUse &use) {
                    traits.enforce = Order::Pre;
                    use.filter.include = {"src/page.astro"};
                  }));
  std::shared_ptr<Plugin> after =
      make_plugin("after", {.transform = put_before("// two")},
                  in_transform([](PluginTraits &, HookUse &use) { use.filter.include = {"src/page.astro"}; }));
  auto disk = make_disk();
  Host host(with_plugins({before, after}), disk);
  std::string page = (*disk->getBufferForFile("/site/src/page.astro"))->getBuffer().str();
  TransformResult result = host.transform("/site/src/page.astro", page);
  CHECK(result.has_companion);
  // Two lines have come before the import.
  llvm::Expected<DecodedMap> map = decode_map(result.code.map);
  REQUIRE(static_cast<bool>(map));
  llvm::StringRef code = result.code.code;
  uint32_t line = static_cast<uint32_t>(code.take_front(code.find("import Card")).count('\n'));
  CHECK(line == 3);
  const DecodedMap::Segment *segment = map->find(line, 0);
  REQUIRE(segment);
  CHECK(segment->line == 1);
  CHECK(map->lines[0].empty()); // lifting wrote behind the fence, so that "two" is above it
}

TEST_CASE("what plugins before it do to a component, lifting sees, wherever it is lifted from") {
  std::shared_ptr<Plugin> plugin = make_plugin("shout", {.transform = replace("ONE", "TWO")},
                                               [](PluginTraits &traits) { traits.enforce = Order::Pre; });
  auto disk = make_disk();
  std::string page = (*disk->getBufferForFile("/site/src/page.astro"))->getBuffer().str();
  Host host(with_plugins({plugin}), disk);
  TransformResult result = host.transform("/site/src/page.astro", page);
  CHECK(result.companion.code.find("'TWO'") != std::string::npos);
  CHECK(result.companion.code.find("'ONE'") == std::string::npos);
}

TEST_CASE("what was lifted from a component that plugins changed leads to the component's file") {
  std::shared_ptr<Plugin> plugin = make_plugin("banner", {.transform = put_before("// one")},
                                               [](PluginTraits &traits) { traits.enforce = Order::Pre; });
  for (bool is_build : {false, true}) {
    auto disk = make_disk();
    std::string page = (*disk->getBufferForFile("/site/src/page.astro"))->getBuffer().str();
    std::string companion, code_map;
    std::shared_ptr<Plugin> reader =
        make_plugin("reader", {.generate = [&](HookContext &, llvm::ArrayRef<EmittedText> outputs) {
                      for (const EmittedText &output : outputs) {
                        if (output.path == "/site/src/page.astro.foreload.ts")
                          companion = output.map;
                        if (output.path == "/site/src/page.astro")
                          code_map = output.map;
                      }
                    }});
    Host host(with_plugins({plugin, reader}), disk);
    if (is_build) {
      host.build({.directory = "/site", .out = ""});
    } else {
      TransformResult result = host.transform("/site/src/page.astro", page);
      companion = result.companion.map;
      code_map = result.code.map;
    }
    llvm::Expected<DecodedMap> map = decode_map(companion);
    REQUIRE(static_cast<bool>(map));
    REQUIRE(map->sources.size() == 1);
    CHECK(source_path("/site/src/page.astro.foreload.ts", map->sources[0]) == "/site/src/Card.astro");
    bool has_loader_line = false;
    for (const auto &line : map->lines)
      for (const DecodedMap::Segment &segment : line)
        has_loader_line |= segment.source == 0 && segment.line == 2; // where the loader is on disk
    CHECK(has_loader_line);
    llvm::Expected<DecodedMap> own = decode_map(code_map);
    REQUIRE(static_cast<bool>(own));
    REQUIRE(own->find(2, 0)); // its second line is the third now
    CHECK(own->find(2, 0)->line == 1);
  }
}

TEST_CASE("filters keep plugins from being called, and that is counted") {
  Log log;
  std::shared_ptr<Plugin> plugin =
      make_plugin("p", {.transform = put_before("x", &log)}, in_transform([](PluginTraits &, HookUse &use) {
                    use.filter.suffixes = {".txt"};
                    use.filter.code = {"magic"};
                  }));
  Host host(with_plugins({plugin}), make_disk());
  CHECK(!host.transform("/site/a.txt", "plain").changed);
  CHECK(!host.transform("/site/a.md", "magic").changed);
  CHECK(host.transform("/site/a.txt", "magic").changed);
  CHECK(log.lines.size() == 1);
  CHECK(counted(host, "p", "transform", "calls") == 1);
  CHECK(counted(host, "p", "transform", "filtered") == 2);
  CHECK(host.is_wanted(Hook::Transform, "/site/a.txt", "magic"));
  CHECK(!host.is_wanted(Hook::Transform, "/site/a.txt", "plain"));
  CHECK(!host.is_wanted(Hook::Load, "/site/a.txt", ""));
}

TEST_CASE("the filter sees the code that the plugin before has left") {
  std::shared_ptr<Plugin> first = make_plugin("first", {.transform = replace("one", "two")});
  std::shared_ptr<Plugin> second =
      make_plugin("second", {.transform = replace("two", "three")},
                  in_transform([](PluginTraits &, HookUse &use) { use.filter.code = {"two"}; }));
  Host host(with_plugins({first, second}), make_disk());
  CHECK(host.transform("/site/a.txt", "one").code.code == "three");
}

TEST_CASE("a plugin for another mode is not there") {
  for (HostMode mode : {HostMode::Serve, HostMode::Build}) {
    Log log;
    std::shared_ptr<Plugin> plugin = make_plugin("p", {.transform = put_before("x", &log)},
                                                 [](PluginTraits &traits) { traits.mode = HostMode::Serve; });
    HostOptions options = with_plugins({plugin});
    options.mode = mode;
    Host host(options, make_disk());
    CHECK(host.transform("/site/a.txt", "").changed == (mode == HostMode::Serve));
  }
}

TEST_CASE("a build calls its hooks in order, each once") {
  Log log;
  auto note = [&](const char *text) { return [&log, text](HookContext &) { log.add(text); }; };
  std::shared_ptr<Plugin> plugin = make_plugin(
      "p", {.build_start = note("start"),
            .build_end = note("end"),
            .transform = [&](HookContext &, llvm::StringRef id, llvm::StringRef) -> std::optional<ModuleText> {
              log.add("transform " + id.str());
              return std::nullopt;
            },
            .generate =
                [&](HookContext &, llvm::ArrayRef<EmittedText> outputs) {
                  for (const EmittedText &output : outputs)
                    log.add("output " + output.path);
                }});
  {
    Host host(with_plugins({plugin}), make_disk());
    host.build({.directory = "/site", .out = ""});
  }
  CHECK(log.lines == std::vector<std::string>{"start", "transform /site/src/Card.astro",
                                              "transform /site/src/page.astro", "end", "output /site/src/Card.astro",
                                              "output /site/src/page.astro",
                                              "output /site/src/page.astro.foreload.ts"});
}

TEST_CASE("files that come one by one have one buildStart, before any other hook, and one buildEnd") {
  Log log;
  auto note = [&](const char *text) { return [&log, text](HookContext &) { log.add(text); }; };
  {
    Host host(with_plugins({make_plugin(
                  "p", {.build_start = note("start"), .build_end = note("end"), .transform = put_before("x", &log)})}),
              make_disk());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] { host.transform("/site/a.txt", ""); });
    for (std::thread &thread : threads)
      thread.join();
  }
  CHECK(log.lines == std::vector<std::string>{"start", "x", "x", "x", "x", "end"});
}

TEST_CASE("a virtual module that a plugin resolves and loads is lifted from like a file") {
  std::shared_ptr<Plugin> plugin = make_plugin(
      "virtual",
      {.resolve_id = [](HookContext &, llvm::StringRef specifier, llvm::StringRef) -> std::optional<ResolveResult> {
         if (specifier != "virtual:Card.astro")
           return std::nullopt;
         return ResolveResult{Resolution::Found, "/site/virtual/Card.astro"};
       },
       .load = [](HookContext &context, llvm::StringRef id) -> std::optional<ModuleText> {
         if (id != "/site/virtual/Card.astro")
           return std::nullopt;
         context.add_dependency("/site/data.json");
         return ModuleText{
             "---\nimport { getLoaderData } from 'foreload/runtime';\nexport const loader = async () => 'VIRTUAL';\n"
             "const data = await getLoaderData();\n---\n{data}\n",
             ""};
       }});
  Host host(with_plugins({plugin}), make_disk());
  TransformResult result =
      host.transform("/site/src/page.astro", "---\nimport Card from 'virtual:Card.astro';\n---\n<Card />\n");
  CHECK(result.companion.code.find("'VIRTUAL'") != std::string::npos);
  CHECK(result.dependencies == std::vector<std::string>{"/site/data.json", "/site/virtual/Card.astro"});
  CHECK(host.resolve_id("virtual:Card.astro", "/site/src/page.astro").resolved.path == "/site/virtual/Card.astro");
  CHECK(host.resolve_id("./Card.astro", "/site/src/page.astro").resolved.resolution == Resolution::NotFound);
  CHECK(host.load("/site/virtual/Card.astro").text.has_value());
  CHECK(!host.load("/site/src/Card.astro").text.has_value());
}

TEST_CASE("a plugin that resolves asks the others and the host, never itself") {
  std::atomic<int> depth{0};
  std::string found, packaged;
  std::shared_ptr<Plugin> asking =
      make_plugin("asking", {.resolve_id = [&](HookContext &context, llvm::StringRef specifier,
                                               llvm::StringRef importer) -> std::optional<ResolveResult> {
                    ++depth;
                    ResolveResult other = context.resolve(specifier, importer);
                    found = other.path;
                    return other;
                  }});
  std::shared_ptr<Plugin> other = make_plugin(
      "other",
      {.resolve_id = [](HookContext &, llvm::StringRef specifier, llvm::StringRef) -> std::optional<ResolveResult> {
        if (specifier == "x")
          return ResolveResult{Resolution::Found, "/from/other"};
        return std::nullopt;
      }});
  Host host(with_plugins({asking, other}), make_disk());
  ResolveIdResult result = host.resolve_id("x", "/site/src/page.astro");
  CHECK(result.resolved.path == "/from/other");
  CHECK(depth == 1);
}

TEST_CASE("an import that only the build tool knows is asked for, and the answer is used") {
  std::string seen;
  std::shared_ptr<Plugin> plugin = make_plugin(
      "p", {.transform = [&](HookContext &context, llvm::StringRef id, llvm::StringRef) -> std::optional<ModuleText> {
        seen = context.resolve("#alias", id).path;
        return std::nullopt;
      }});
  HostOptions options = with_plugins({plugin});
  options.ask_first = true;
  Host host(options, make_disk());
  TransformResult first = host.transform("/site/a.txt", "");
  REQUIRE(first.unresolved.size() == 1);
  CHECK(first.unresolved[0].specifier == "#alias");
  host.add_resolution("#alias", "/site/a.txt", "/site/b.txt");
  CHECK(host.transform("/site/a.txt", "").unresolved.empty());
  CHECK(seen == "/site/b.txt");
}

TEST_CASE("generate sees what the plugins before have emitted, and can replace outputs") {
  std::shared_ptr<Plugin> plugin =
      make_plugin("p", {.generate = [](HookContext &context, llvm::ArrayRef<EmittedText> outputs) {
                    for (const EmittedText &output : outputs)
                      if (output.path == "/site/src/page.astro")
                        context.emit_file({"/site/manifest.json", "in place of " + output.path, ""});
                  }});
  Host host(with_plugins({plugin}), make_disk());
  CHECK(host.build({.directory = "/site", .out = ""}).manifest == "in place of /site/src/page.astro");
}

TEST_CASE("parsed modules are shown, with their facts, once until they change") {
  Log log;
  std::shared_ptr<Plugin> plugin = make_plugin("p", {.module_parsed = [&](HookContext &, const ModuleFacts &facts) {
                                                 log.add(facts.source->path().str() + (facts.loader ? " loads" : ""));
                                               }});
  Host host(with_plugins({plugin}), make_disk());
  host.build({.directory = "/site", .out = ""});
  host.build({.directory = "/site", .out = ""});
  CHECK(log.lines == std::vector<std::string>{"/site/src/Card.astro loads", "/site/src/page.astro"});
  host.watch_change("/site/src/Card.astro", FileEvent::Update);
  host.build({.directory = "/site", .out = ""});
  CHECK(log.lines.size() == 3);
}

TEST_CASE("a change is told, and a component that was prepared from the file is prepared again") {
  Log log;
  std::shared_ptr<Plugin> plugin = make_plugin(
      "p",
      {.transform = [&](HookContext &context, llvm::StringRef id, llvm::StringRef) -> std::optional<ModuleText> {
         log.add("transform " + id.str());
         context.add_dependency("/site/data.json");
         return std::nullopt;
       },
       .watch_change =
           [&](HookContext &, llvm::StringRef path, FileEvent event) {
             log.add("change " + path.str() + " " + std::to_string(static_cast<int>(event)));
           }},
      in_transform([](PluginTraits &traits, HookUse &use) {
        traits.enforce = Order::Pre;
        use.filter.include = {"src/Card.astro"};
      }));
  auto disk = make_disk();
  std::string page = (*disk->getBufferForFile("/site/src/page.astro"))->getBuffer().str();
  Host host(with_plugins({plugin}), disk);
  CHECK(host.transform("/site/src/page.astro", page).dependencies ==
        std::vector<std::string>{"/site/data.json", "/site/src/Card.astro"});
  host.transform("/site/src/page.astro", page);
  CHECK(log.lines.size() == 1);
  host.watch_change("/site/data.json", FileEvent::Delete);
  host.transform("/site/src/page.astro", page);
  CHECK(log.lines == std::vector<std::string>{"transform /site/src/Card.astro", "change /site/data.json 2",
                                              "transform /site/src/Card.astro"});
}

TEST_CASE("a host that is cancelled tells its plugins") {
  bool seen = false;
  std::shared_ptr<Plugin> plugin = make_plugin(
      "p", {.transform = [&](HookContext &context, llvm::StringRef, llvm::StringRef) -> std::optional<ModuleText> {
        seen = context.is_cancelled();
        return std::nullopt;
      }});
  Host host(with_plugins({plugin}), make_disk());
  host.transform("/site/a.txt", "");
  CHECK(!seen);
  host.cancel();
  host.transform("/site/a.txt", "");
  CHECK(seen);
  CHECK(host.is_cancelled());
}

TEST_CASE("a plugin that is slow is seen in the statistics and in the trace") {
  std::shared_ptr<Plugin> slow = make_plugin(
      "slow", {.transform = [](HookContext &, llvm::StringRef, llvm::StringRef) -> std::optional<ModuleText> {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return std::nullopt;
      }});
  HostOptions options = with_plugins({slow});
  options.trace = true;
  Host host(options, make_disk());
  host.transform("/site/src/a.astro", plain);
  host.transform("/site/src/a.astro", plain);
  CHECK(counted(host, "slow", "transform", "calls") == 2);
  CHECK(counted(host, "slow", "transform", "nanoseconds") >= 40'000'000); // at least, never about
  CHECK(counted(host, "slow", "transform", "longest") >= 20'000'000);
  CHECK(counted(host, "foreload:lift", "transform", "calls") == 2);
  llvm::Expected<llvm::json::Value> trace = llvm::json::parse(host.trace());
  REQUIRE(static_cast<bool>(trace));
  const llvm::json::Array &events = *trace->getAsObject()->getArray("traceEvents");
  size_t slow_ones = 0;
  for (const llvm::json::Value &event : events)
    if (*event.getAsObject()->getString("name") == "slow transform") {
      ++slow_ones;
      CHECK(*event.getAsObject()->getNumber("dur") >= 20'000);
      CHECK(*event.getAsObject()->getObject("args")->getString("id") == "/site/src/a.astro");
    }
  CHECK(slow_ones == 2);
}
