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

TEST_CASE("braces that stand for more than anybody writes match nothing, and soon") {
  std::string glob, text;
  for (int i = 0; i < 40; ++i)
    glob += "{a,aa}", text += "a";
  CHECK(glob_matches(glob, text)); // the first that is tried
  CHECK_FALSE(glob_matches(glob + "z", text));
  CHECK(glob_matches("{a,b,c}{d,e}/*.{ts,tsx}", "ce/x.tsx"));
}
