#include "source/glob.h"

#include <doctest/doctest.h>

using namespace foreload;

TEST_CASE("an escaped glob matches its text and nothing else") {
  std::string glob = escaped_glob("/a/[b]{c}*?\\d");
  CHECK(glob_matches(glob, "/a/[b]{c}*?\\d"));
  CHECK(!glob_matches(glob, "/a/bcxy\\d"));
  CHECK(fixed_folder(glob + "/*.md") == "/a/[b]{c}*?\\d");
}

TEST_CASE("all that a glob matches is below its fixed folder") {
  CHECK(fixed_folder("/a/b/*.md") == "/a/b");
  CHECK(fixed_folder("/a/b*/c") == "/a");
  CHECK(fixed_folder("/a/b.md") == "/a");
  CHECK(fixed_folder("/a/{b,c}/d") == "/a");
  CHECK(fixed_folder("**/a") == "");
}
