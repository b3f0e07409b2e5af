#include "host/hook_filter.h"

#include <doctest/doctest.h>

using namespace foreload;

TEST_CASE("globs match whole ids as picomatch's do") {
  struct Case {
    const char *glob, *text;
    bool matches;
  };
  for (const Case &test : {
           Case{"src/*.astro", "src/a.astro", true},
           Case{"src/*.astro", "src/b/a.astro", false},
           Case{"src/**/*.astro", "src/a.astro", true},
           Case{"src/**/*.astro", "src/b/c/a.astro", true},
           Case{"src/**/*.astro", "srcs/a.astro", false},
           Case{"**/x/*.ts", "/a/x/y.ts", true},
           Case{"**/x/*.ts", "/a/xx/y.ts", false},
           Case{"**/x/**/y", "x/a/x/b/y", true},
           Case{"/a/**", "/a/b/c", true},
           Case{"/a/**", "/b/a/c", false},
           Case{"?.ts", "a.ts", true},
           Case{"?.ts", "é.ts", true},
           Case{"?.ts", "ab.ts", false},
           Case{"a?b", "a/b", false},
           Case{"[a-c]x", "bx", true},
           Case{"[!a-c]x", "bx", false},
           Case{"[]]x", "]x", true},
           Case{"*.{md,mdx}", "a.mdx", true},
           Case{"*.{md,mdx}", "a.md", true},
           Case{"*.{md,mdx}", "a.mdxx", false},
           Case{"{a,b/{c,d}}/e", "b/d/e", true},
           Case{"{a,b/{c,d}}/e", "b/a/e", false},
           Case{"\\*.ts", "*.ts", true},
           Case{"\\*.ts", "a.ts", false},
           Case{"[id].astro", "[id].astro", false},
           Case{"\\[id\\].astro", "[id].astro", true},
           Case{"a{b", "a{b", true},
           Case{"", "", true},
           Case{"", "a", false},
           Case{"*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
       }) {
    CAPTURE(test.glob);
    CAPTURE(test.text);
    CHECK(glob_matches(test.glob, test.text) == test.matches);
  }
}

TEST_CASE("an id is accepted if a glob or a suffix is, and nothing excludes it") {
  HookFilter any;
  CHECK(accepts_id(any, "/site", "/elsewhere/x"));
  HookFilter filter;
  filter.include = {"src/*.ts"};
  filter.suffixes = {".md"};
  filter.exclude = {"**/draft*"};
  CHECK(accepts_id(filter, "/site", "/site/src/a.ts"));
  CHECK(accepts_id(filter, "/site", "/site/src/a.ts?raw"));
  CHECK(accepts_id(filter, "/site", "/else/a.md"));
  CHECK(!accepts_id(filter, "/site", "/else/src/a.ts"));
  CHECK(!accepts_id(filter, "/site", "/site2/src/a.ts"));
  CHECK(!accepts_id(filter, "/site", "/site/src/draft.ts"));
  filter.include = {"virtual:*"};
  CHECK(accepts_id(filter, "/site", "virtual:now"));
}

TEST_CASE("code is accepted if it has one of the texts") {
  HookFilter filter;
  CHECK(accepts_code(filter, ""));
  filter.code = {"one", "two"};
  CHECK(accepts_code(filter, "it has two"));
  CHECK(!accepts_code(filter, "it has three"));
}
