#include "analyze/module_facts.h"

#include <doctest/doctest.h>

using namespace foreload;

namespace {

/// The props that a loader reads: their names, `*` for all of them, and `!` if its whole context escapes.
std::string props_of(const std::string &loader) {
  auto source = std::make_shared<const SourceFile>("/src/Card.astro", "---\nexport " + loader + "\n---\n");
  auto facts = analyze_module(source, {});
  REQUIRE_MESSAGE(facts->usable, loader);
  REQUIRE(facts->loader);
  const ContextUse &use = facts->loader->context;
  std::string names = use.whole ? "!" : use.all_props ? "*" : "";
  CHECK((use.props || use.whole || use.prop_names.empty()));
  CHECK((!use.whole || use.all_props));
  for (const std::string &name : use.prop_names)
    names += (names.empty() ? "" : " ") + name;
  return names;
}

} // namespace

TEST_CASE("a loader reads the props that it names") {
  CHECK(props_of("const loader = async () => 1") == "");
  CHECK(props_of("const loader = async ({ params }) => params.id") == "");
  CHECK(props_of("const loader = async ({ props }) => 1") == "");
  CHECK(props_of("const loader = async ({ props }) => load(props.id, props.id, props.a.b)") == "a id");
  CHECK(props_of("const loader = async ({ props: { id, a: b = 1, 'data-x': x, n: { m } } }) => id") == "a data-x id n");
  CHECK(props_of("const loader = async ({ props: p }: Ctx) => p!.id + (p as P).b + p?.c + p['d']") == "b c d id");
  CHECK(props_of("const loader = async ({ props = {} }) => props.id") == "id");
  CHECK(props_of("const loader = async (ctx) => ctx.props.id") == "id");
  CHECK(props_of("const loader = async (ctx) => { const { id } = ctx.props; return ctx.props.a }") == "a id");
  CHECK(props_of("const loader = async (ctx) => { const { props: { id }, params } = ctx; return id }") == "id");
  CHECK(props_of("async function loader({ props }) { const { id, ...none } = { id: props.id }; return none }") == "id");
  CHECK(props_of("async function loader({ props }) { const mine = props; const { id } = mine; return mine.b }") ==
        "b id");
  CHECK(props_of("const loader = async ({ props }) => props.list.map((x) => x.id).filter((props) => props.no)") ==
        "list");
  CHECK(props_of("const loader = async ({ props }) => { let id = props.id; id = 1; id++; return id }") == "id");
  CHECK(props_of("const loader = async ({ props: { id } }) => { id = id || 1; return [...id].sort() }") == "id");
}

TEST_CASE("a loader that does anything else with the props reads all of them") {
  for (const char *body :
       {"load(props)", "({ ...props })", "({ props })", "props[key]", "props[`id`]", "'id' in props",
        "Object.keys(props)", "{ const { id, ...rest } = props; return rest }",
        "{ const { [key]: id } = props; return id }", "{ props = other; return props.id }",
        "{ const [a] = props; return a }", "{ for (const k in props) k; }", "() => props", "props && props.id"})
    CHECK_MESSAGE(props_of("const loader = async ({ props }) => " + std::string(body)) == "*", body);
  CHECK(props_of("const loader = async ({ props: { id, ...rest } }) => rest") == "*");
  CHECK(props_of("const loader = async (ctx) => { const { props } = ctx; return load(props) }") == "*");
  CHECK(props_of("const loader = async (ctx) => load(ctx.props)") == "*");
}

TEST_CASE("a loader that changes the props takes its whole context") {
  for (const char *body :
       {"{ props.id = 1 }", "{ props.a.b = 1 }", "{ props.n++ }", "{ delete props.id }", "props.list.sort()",
        "{ [props.id] = [1] }", "{ ({ x: props.id } = y) }", "{ props['id'] ||= 1 }", "{ for (props.id of ids) ; }",
        "{ const { id } = props; props.list.push(id) }", "{ const { list } = props; list.sort() }",
        "{ const { a: { b } } = props; b.c = 1 }", "{ const list = props.list; list[0].x++ }"})
    CHECK_MESSAGE(props_of("const loader = async ({ props }) => " + std::string(body)) == "!", body);
  CHECK(props_of("const loader = async (ctx) => { ctx.props.id = 1 }") == "!");
  CHECK(props_of("const loader = async ({ props: { list } }) => { list.push(1) }") == "!");
  CHECK(props_of("const loader = async (ctx) => { ctx.props = {} }") == "!");
  CHECK(props_of("const loader = async (ctx) => load(ctx)") == "!");
  CHECK(props_of("const loader = async ({ ...all }) => all") == "!");
  CHECK(props_of("const loader = load") == "!");
}
