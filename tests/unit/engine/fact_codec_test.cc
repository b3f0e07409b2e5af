#include "engine/fact_codec.h"

#include "analyze/awaits.h"

#include <doctest/doctest.h>

using namespace foreload;

namespace {

/// Sources that have facts of every kind among them. (The golden tests, which run with a cache, too, have the rest.)
const std::pair<const char *, const char *> sources[] = {
    {"/site/Page.astro", R"(---
import { getLoaderData, defineLoader } from 'foreload/runtime';
import Card, { loader as other } from './Card.astro';
import * as ui from './ui';
import data from './data.json' with { type: 'json' };
const limit = 3;
export const helper = (n: number) => n + limit;
export const loader = async ({ props, locals, load }: any) => { locals.seen = 1; return load(other, helper(props.id)); };
const { id, title = 'none', ...rest } = Astro.props;
if (!id) return Astro.redirect('/login');
const promise = getLoaderData<typeof loader>();
const user = await fetchUser(id);
Astro.cookies.set('a', 'b');
let list = [1, 2];
list.push(3);
---
{user.open && <Card id={id} {...rest}><p slot="foot">{title}</p></Card>}
{list.map((item) => { const twice = item * 2; if (!twice) return null; return <ui.Box value={twice} hidden />; })}
{list.length === 3 ? <Card server:defer /> : <slot name="empty"><Card /></slot>}
<Astro.self depth={1} />
)"},
    {"/site/api.ts", R"(import fs from 'node:fs';
export const cache = new Map<string, number>();
export const table = { a: 1 };
export async function get(key: string, { locals }: any) { cache.set(key, 1); return locals.user ?? fs.readFileSync(key); }
export { get as default, table as copy };
export * from './more';
let count = 0;
export const next = () => ++count;
)"},
    {"/site/note.mdx", "---\nlayout: ./Layout.astro\n---\nimport Card from './Card.astro';\n\n# Note\n\n<Card id={1} />\n"},
    {"/site/Broken.astro", "---\nconst = 1;\n---\n<p />\n"},
};

std::shared_ptr<const ModuleFacts> analyzed(const char *path, const char *text) {
  AnalyzeOptions options;
  options.awaits = options.auto_lift = true;
  return analyze_module(std::make_shared<SourceFile>(path, text), options);
}

} // namespace

TEST_CASE("facts survive being bytes") {
  for (const auto &[path, text] : sources) {
    CAPTURE(path);
    std::shared_ptr<const ModuleFacts> facts = analyzed(path, text);
    std::string bytes = encode_facts(*facts);
    std::shared_ptr<const ModuleFacts> again = decode_facts(bytes, facts->source);
    REQUIRE(again);
    CHECK(encode_facts(*again) == bytes);
    CHECK(again->kind == facts->kind);
    CHECK(again->usable == facts->usable);
    CHECK(again->sites.size() == facts->sites.size());
    CHECK(again->codes.size() == facts->codes.size());
    CHECK((again->awaits != nullptr) == (facts->awaits != nullptr));
    CHECK(again->source == facts->source);
  }
}

TEST_CASE("diagnostics of facts name the file where it is now") {
  std::shared_ptr<const ModuleFacts> facts = analyzed("/site/Broken.astro", "---\nconst = 1;\n---\n<p />\n");
  REQUIRE(facts->diagnostics.size() == 1);
  auto moved = std::make_shared<SourceFile>("/other/Moved.astro", facts->source->text().str());
  std::shared_ptr<const ModuleFacts> again = decode_facts(encode_facts(*facts), moved);
  REQUIRE(again);
  REQUIRE(again->diagnostics.size() == 1);
  CHECK(again->diagnostics[0].file == "/other/Moved.astro");
  CHECK(again->diagnostics[0].message == facts->diagnostics[0].message);
  CHECK(again->diagnostics[0].start.offset == facts->diagnostics[0].start.offset);
}

TEST_CASE("damaged facts are refused, or are facts") {
  for (const auto &[path, text] : sources) {
    std::shared_ptr<const ModuleFacts> facts = analyzed(path, text);
    const std::string bytes = encode_facts(*facts);
    for (size_t at = 0; at < bytes.size(); ++at)
      for (int flip : {0x01, 0x80, 0xFF}) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ flip);
        if (std::shared_ptr<const ModuleFacts> again = decode_facts(damaged, facts->source))
          CHECK(encode_facts(*again).size() <= damaged.size());
      }
    for (size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(decode_facts(llvm::StringRef(bytes).take_front(size), facts->source));
    CHECK_FALSE(decode_facts(bytes + '\0', facts->source));
  }
}

TEST_CASE("facts of a longer text are refused") {
  std::shared_ptr<const ModuleFacts> facts = analyzed("/site/Page.astro", sources[0].second);
  auto shorter = std::make_shared<SourceFile>("/site/Page.astro", "<p />\n");
  CHECK_FALSE(decode_facts(encode_facts(*facts), shorter));
}

TEST_CASE("numbers that do not fit are refused") {
  auto source = std::make_shared<SourceFile>("/a.ts", "");
  CHECK_FALSE(decode_facts("\x09", source));                                                 // no such kind of module
  CHECK_FALSE(decode_facts(llvm::StringRef("\x01\x02", 2), source));                         // no bool
  CHECK_FALSE(decode_facts("\x01\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", source)); // more imports than bytes
  CHECK_FALSE(decode_facts(std::string(64, '\xFF'), source));                                // a number without an end
}
