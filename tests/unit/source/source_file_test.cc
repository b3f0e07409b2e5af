#include "source/source_file.h"

#include <doctest/doctest.h>

using namespace foreload;

TEST_CASE("lines end at LF, CR LF and CR") {
  SourceFile file("a.astro", "a\nb\r\nc\rd");
  CHECK(file.line_count() == 4);
  CHECK(file.position(7).line == 4);
  CHECK(file.position(5).line == 3);
  CHECK(file.position(5).column == 1);
}

TEST_CASE("columns count UTF-16 code units and not the byte order mark") {
  SourceFile file("a.astro", "\xEF\xBB\xBF"
                             "é😀x");
  CHECK(file.position(3).column == 1);
  CHECK(file.position(5).column == 2);
  CHECK(file.position(9).column == 4);
  CHECK(file.position(999).offset == file.size());
}

TEST_CASE("an empty file has one line") {
  SourceFile file("a.astro", "");
  CHECK(file.line_count() == 1);
  CHECK(file.position(0).column == 1);
}

TEST_CASE("invalid UTF-8 is found where it starts") {
  CHECK(find_invalid_utf8("abc") == llvm::StringRef::npos);
  CHECK(find_invalid_utf8("ab\xFF") == 2);
  CHECK(find_invalid_utf8("\xED\xA0\x80") == 0);
}
