#include "plan/schedule.h"

#include "engine/module_store.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <initializer_list>

using namespace foreload;

namespace {

/// A component: what its loader does (empty: it has none), the rest of its frontmatter, its markup. It imports all
/// others.
struct Component {
  const char *name;
  std::string loader, code, markup;
};

std::string text_of(const Component &component, std::initializer_list<Component> all) {
  std::string text = "---\nimport { getLoaderData } from 'foreload/runtime';\n";
  for (const Component &other : all)
    text += std::string("import ") + other.name + ", { loader as load" + other.name + " } from './" + other.name +
            ".astro';\n";
  if (!component.loader.empty())
    text += std::string("export const loader = async (") +
            (component.loader.find("props") == std::string::npos ? "{ load }" : "{ props }") + ") => " +
            component.loader + ";\nconst data = await getLoaderData();\n";
  return text + component.code + "\n---\n" + component.markup;
}

struct Project {
  ModuleGraph graph;
  LiftPlan plan;
  PlanOptions options;

  Project(std::initializer_list<Component> components, bool auto_lift = false) {
    llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> files{new llvm::vfs::InMemoryFileSystem};
    for (const Component &component : components)
      files->addFile(std::string("/app/") + component.name + ".astro", 0,
                     llvm::MemoryBuffer::getMemBufferCopy(text_of(component, components)));
    ModuleStore store(files, {.root = "/app"}, {.auto_lift = auto_lift}, false);
    std::string error;
    std::shared_ptr<const ModuleFacts> root =
        store.facts(std::string("/app/") + components.begin()->name + ".astro", error);
    REQUIRE(root);
    graph = link_modules(root, store);
    options.root = "/app";
    options.auto_lift = auto_lift;
    plan = plan_lift_point(graph, 0, options, true);
  }

  std::string name(const Schedule &schedule, uint32_t load) const {
    const ScheduledLoad &what = schedule.loads[load];
    if (what.module == no_index)
      return loader_name(graph.loaders.nodes[what.loader]);
    std::string component = llvm::sys::path::stem(graph.modules[what.module].path).str();
    return what.await == no_index ? component : component + std::to_string(what.await + 1);
  }

  std::string names(const Schedule &schedule, const std::vector<uint32_t> &loads) const {
    std::string text;
    for (uint32_t load : loads)
      text += (text.empty() ? "" : " ") + name(schedule, load);
    return text;
  }

  /// "A B | C": A and B start at once, C waits for one load.
  static std::string waves(const Project &project) {
    Schedule schedule = *schedule_loads(project.graph, project.plan, project.options);
    std::string text;
    uint32_t wave = 0;
    for (uint32_t i = 0; i < schedule.loads.size(); ++i) {
      for (; wave < schedule.loads[i].wave; ++wave)
        text += " |";
      text += (text.empty() ? "" : " ") + project.name(schedule, i);
      if (uint32_t other = schedule.loads[i].waits_for; other != no_index)
        CHECK(other < i);
    }
    return text;
  }

  static std::string path(const Project &project) {
    Schedule schedule = *schedule_loads(project.graph, project.plan, project.options);
    return project.names(schedule, schedule.critical_path);
  }

  static std::string plain_path(const Project &project) {
    Schedule schedule = *schedule_plain_loads(project.graph, project.plan);
    return project.names(schedule, schedule.critical_path);
  }
};

const std::string any = "fetch('x')";
const std::string by_id = "fetch(props.id)";

} // namespace

TEST_CASE("what nests waits without lifting only") {
  Project project{{"Page", "", "", "<A />"}, {"A", any, "", "<B />"}, {"B", any, "", "<C />"}, {"C", any, "", ""}};
  CHECK(Project::waves(project) == "A B C");
  CHECK(Project::path(project) == "A");
  CHECK(Project::plain_path(project) == "A B C");
}

TEST_CASE("with costs the plain path is the one that takes longest, not the one of the most loads") {
  Project project{{"Page", "", "", "<A /><C />"}, {"A", any, "", "<B />"}, {"B", any, "", ""}, {"C", any, "", ""}};
  auto cost = [&](const ScheduledLoad &load) {
    return llvm::sys::path::stem(project.graph.modules[load.module].path) == "C" ? 30.0 : 10.0;
  };
  Schedule schedule = *schedule_plain_loads(project.graph, project.plan, cost);
  CHECK(project.names(schedule, schedule.critical_path) == "C");
  CHECK(Project::plain_path(project) == "A B");
  for (uint32_t i = 0; i < schedule.loads.size(); ++i) {
    const ScheduledLoad &load = schedule.loads[i];
    CHECK(load.end == load.start + cost(load));
    CHECK(load.start == (project.name(schedule, i) == "B" ? 10 : 0));
  }
}

TEST_CASE("a component that costs nothing holds nobody up") {
  Project project{{"Page", "", "", "<A />"}, {"A", any, "", "<B />"}, {"B", any, "", ""}};
  Schedule schedule = *schedule_plain_loads(project.graph, project.plan, [](const ScheduledLoad &) { return 0.0; });
  CHECK(schedule.loads.back().end == 0);
  CHECK(schedule.loads.size() == 2);
}

TEST_CASE("what stands in a slot waits for the component that renders it") {
  Project project{{"Page", "", "", "<A><B /></A>"},
                  {"A", any, "", "<Box><slot /></Box>"},
                  {"B", any, "", ""},
                  {"Box", any, "", "<slot /><slot name='x'><C /></slot>"},
                  {"C", any, "", ""}};
  CHECK(Project::waves(project) == "A Box B C");
  CHECK(Project::plain_path(project) == "A Box B");
  Project side{{"Page", "", "", "<A /><B />"}, {"A", any, "", ""}, {"B", any, "", ""}};
  CHECK(Project::plain_path(side) == "A");
}

TEST_CASE("what needs data starts when it is there") {
  Project project{{"Page", "", "", "<Post id='1' />"},
                  {"Post", by_id, "", "<Author id={data.author} /><Side />"},
                  {"Author", by_id, "", "<Badge id={data.badge} />"},
                  {"Badge", by_id, "", ""},
                  {"Side", any, "", ""}};
  CHECK(Project::waves(project) == "Post Side | Author | Badge");
  CHECK(Project::path(project) == "Post Author Badge");
  Schedule schedule = *schedule_loads(project.graph, project.plan, project.options);
  REQUIRE(schedule.load_of_node.size() == project.plan.nodes.size());
  for (size_t i = 0; i < project.plan.nodes.size(); ++i) {
    uint32_t load = schedule.load_of_node[i];
    std::string component = llvm::sys::path::stem(project.graph.modules[project.plan.nodes[i].module].path).str();
    if (component == "Page")
      CHECK(load == no_index);
    else
      CHECK(project.name(schedule, load) == component);
    if (component == "Author")
      CHECK(project.name(schedule, schedule.loads[load].waits_for) == "Post");
  }
}

TEST_CASE("a prop that a loader does not read does not delay it") {
  Project project{{"Page", "", "", "<Post />"},
                  {"Post", any, "", "<Card id='1' title={data.title} />"},
                  {"Card", by_id, "const { title } = Astro.props;", "<Icon id={title} />"},
                  {"Icon", by_id, "", ""}};
  CHECK(Project::waves(project) == "Post Card | Icon");
  CHECK(Project::path(project) == "Post Icon");
  CHECK(Project::plain_path(project) == "Post Card Icon");
}

TEST_CASE("a loader without props starts with the first of its places, one with props for each") {
  Project project{
      {"Page", "", "", "<Post /><Leaf />"}, {"Post", any, "", "{data.open && <Leaf />}"}, {"Leaf", any, "", ""}};
  CHECK(Project::waves(project) == "Post Leaf");
  Project props{{"Page", "", "", "<Post /><Leaf id='1' />"},
                {"Post", any, "", "<Leaf id={data.leaf} />"},
                {"Leaf", by_id, "", ""}};
  CHECK(Project::waves(props) == "Post Leaf | Leaf");
}

TEST_CASE("what is not lifted starts when it renders, and starts what it can then") {
  Project project{{"Page", "", "", "<A />"},
                  {"A", any, "const late = unknown();", "{late() && <B />}"},
                  {"B", any, "", "<C /><D id={data.d} />"},
                  {"C", any, "", ""},
                  {"D", by_id, "", ""}};
  CHECK(Project::waves(project) == "A | B C | D");
  CHECK(Project::plain_path(project) == "A B C");
  Schedule schedule = *schedule_loads(project.graph, project.plan, project.options);
  CHECK(project.name(schedule, schedule.loads[1].waits_for) == "A");
}

TEST_CASE("what the lift point hands over behind its own data waits for that") {
  Project project{{"Page", any, "const list = later(data);", "{list.map((item) => <A id={item} />)}<B />"},
                  {"A", by_id, "", ""},
                  {"B", any, "", ""}};
  CHECK(Project::waves(project) == "Page B | A");
}

TEST_CASE("a loader has its data when those that it loads have theirs") {
  Project project{{"Page", "", "", "<A />"},
                  {"A", "load(loadB)", "", "<C id={data.c} />"},
                  {"B", any, "", ""},
                  {"C", by_id, "", ""}};
  CHECK(Project::waves(project) == "A B.astro | | C");
  CHECK(Project::path(project) == "B.astro A C");
  Project cycle{{"Page", "", "", "<A /><B />"}, {"A", "load(loadB)", "", ""}, {"B", "load(loadA)", "", ""}};
  CHECK(Project::waves(cycle) == "A B"); // and an error
}

TEST_CASE("a component that renders itself may wait at each level") {
  Project data{{"Page", "", "", "<Comment id='1' />"},
               {"Comment", by_id, "", "{data.replies.map((reply) => <Comment id={reply} />)}"}};
  Schedule lifted = *schedule_loads(data.graph, data.plan, data.options);
  CHECK_FALSE(lifted.repeated.empty());
  CHECK(data.names(lifted, lifted.critical_path) == "Comment Comment");
  Project depth{
      {"Page", "", "", "<Tree depth={3} />"},
      {"Tree", "fetch(props.depth)", "const { depth } = Astro.props;", "{depth > 0 && <Tree depth={depth - 1} />}"}};
  Schedule known = *schedule_loads(depth.graph, depth.plan, depth.options);
  CHECK(known.repeated.empty());
  CHECK(depth.names(known, known.critical_path) == "Tree");
  CHECK_FALSE(schedule_plain_loads(depth.graph, depth.plan)->repeated.empty());
  Project box{{"Page", "", "", "<Box><Box><A /></Box></Box>"}, {"Box", any, "", "<slot />"}, {"A", any, "", ""}};
  CHECK(schedule_plain_loads(box.graph, box.plan)->repeated.empty());
  CHECK(Project::plain_path(box) == "Box A");
}

TEST_CASE("without lifting, the schedule is the plain one") {
  Project project{{"Page", "", "", "<A />"}, {"A", any, "", "<B />"}, {"B", any, "", ""}};
  project.options.lift = false;
  project.plan = plan_lift_point(project.graph, 0, project.options, true);
  CHECK(Project::waves(project) == "A | B");
}

TEST_CASE("awaits that are loaders are loads of their instance, and in their order without lifting") {
  Project project({{"Page", "", "", "<A id='1' />"},
                   {"A", "", "const { id } = Astro.props; const a = await fetch(id); const b = await fetch(a.b);",
                    "<B id={b.c} /><B id='2' />"},
                   {"B", "", "const c = await fetch(Astro.props.id); const d = await fetch('d');", ""}},
                  true);
  CHECK(Project::plain_path(project) == "A1 A2 B1 B2");
  CHECK(Project::waves(project) == "A1 B2 B1 B2 | A2 | B1");
  CHECK(Project::path(project) == "A1 A2 B1");
}

TEST_CASE("a page without loads has an empty schedule") {
  Project project{{"Page", "", "", "<A />"}, {"A", "", "", "<p></p>"}};
  CHECK(Project::waves(project) == "");
  CHECK(Project::path(project) == "");
}

TEST_CASE("a tree of any size is followed if its loads are, and given up if they are not") {
  auto diamonds = [](const std::string &loader) {
    return Project{
        {"Page", "", "", "<A id='1' />"},
        {"A", "", "", "<B {...Astro.props} /><B {...Astro.props} />"},
        {"B", "", "", "<C {...Astro.props} /><C {...Astro.props} />"},
        {"C", "", "", "<D {...Astro.props} /><D {...Astro.props} />"},
        {"D", "", "", "<E {...Astro.props} /><E {...Astro.props} />"},
        {"E", "", "", "<F {...Astro.props} /><F {...Astro.props} />"},
        {"F", "", "", "<G {...Astro.props} /><G {...Astro.props} />"},
        {"G", "", "", "<H {...Astro.props} /><H {...Astro.props} /><H {...Astro.props} /><H {...Astro.props} />"},
        {"H", "", "", "<I {...Astro.props} /><I {...Astro.props} /><I {...Astro.props} /><I {...Astro.props} />"},
        {"I", "", "", "<J {...Astro.props} /><J {...Astro.props} /><J {...Astro.props} /><J {...Astro.props} />"},
        {"J", "", "", "<K {...Astro.props} /><K {...Astro.props} /><K {...Astro.props} /><K {...Astro.props} />"},
        {"K", "", "", "<L {...Astro.props} /><L {...Astro.props} /><L {...Astro.props} /><L {...Astro.props} />"},
        {"L", loader, "", ""}};
  };
  CHECK(Project::waves(diamonds(any)) == "L");
  Project props = diamonds(by_id);
  CHECK_FALSE(schedule_loads(props.graph, props.plan, props.options));
  CHECK_FALSE(schedule_plain_loads(props.graph, props.plan));
}
