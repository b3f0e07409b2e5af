#include "cli/diagnostic_text.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

using namespace foreload;
using namespace foreload::cli;

static std::string render(const std::string &text, Span span, Diagnostic extra = {}, bool colour = false) {
  llvm::vfs::InMemoryFileSystem files;
  files.addFile("/site/a.astro", 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  SourceFile file("/site/a.astro", text);
  Diagnostic diagnostic = diagnose(file, span, 2001, Severity::Error, "no such name", "export it");
  diagnostic.related = extra.related;
  return diagnostic_text(diagnostic, files, "/site", Painter(colour));
}

TEST_CASE("a diagnostic shows its line and marks the place") {
  CHECK(render("---\nconst a = limit;\n---\n", {14, 19}) == "error[FL2001]: no such name\n"
                                                            "  --> a.astro:2:11\n"
                                                            "   |\n"
                                                            " 2 | const a = limit;\n"
                                                            "   |           ^^^^^\n"
                                                            "  hint: export it\n"
                                                            "\n");
}

TEST_CASE("the mark is below the place whatever comes before it") {
  // A tab is shown as four columns, 'ä' takes two bytes and one column, '語' three bytes and two columns.
  std::string text = render("\tä語x", {6, 7});
  CHECK(text.find(" 1 |     ä語x\n   |        ^\n") != std::string::npos);
}

TEST_CASE("a place of several lines is marked to the end of its first") {
  CHECK(render("ab\r\ncd\r\n", {1, 7}).find(" 1 | ab\n   |  ^\n") != std::string::npos);
}

TEST_CASE("a place at the end of the file has a mark") {
  CHECK(render("ab\n", {3, 3}).find(" 2 | \n   | ^\n") != std::string::npos);
}

TEST_CASE("of a long line what is around the place is shown") {
  std::string a(500, 'a'), b(500, 'b');
  std::string shown = " 1 | …" + a.substr(0, 80) + "x!" + b.substr(0, 158) + "…\n   | " + std::string(81, ' ') + "^^\n";
  CHECK(render(a + "x!" + b, {500, 502}).find(shown) != std::string::npos);
  CHECK(render(a + "x!", {500, 502}).find(" 1 | …" + a.substr(0, 80) + "x!\n") != std::string::npos);
  CHECK(render("x!" + b, {0, 2}).find(" 1 | x!" + b.substr(0, 238) + "…\n   | ^^\n") != std::string::npos);
  std::string umlauts; // no character is cut
  for (int i = 0; i < 300; ++i)
    umlauts += "ä";
  CHECK(render("x" + umlauts, {401, 403}).find("\xa4\xc3\xa4…") != std::string::npos);
}

TEST_CASE("source text cannot command the terminal") {
  CHECK(render("\x1b[2Jab", {4, 5}).find(" 1 | ?[2Jab\n") != std::string::npos);
}

TEST_CASE("related places come with their own message") {
  Diagnostic extra;
  extra.related = {{"/site/a.astro", {1, 1, 0}, {1, 3, 2}, "declared here"},
                   {"/other/b.ts", {9, 1, 90}, {9, 2, 91}, "used here"}};
  CHECK(render("ab\ncd\n", {3, 5}, extra) == "error[FL2001]: no such name\n"
                                             "  --> a.astro:2:1\n"
                                             "   |\n"
                                             " 2 | cd\n"
                                             "   | ^^\n"
                                             "  note: declared here\n"
                                             "  --> a.astro:1:1\n"
                                             "   |\n"
                                             " 1 | ab\n"
                                             "   | ^^\n"
                                             "  note: used here\n"
                                             "  --> /other/b.ts:9:1\n"
                                             "  hint: export it\n"
                                             "\n");
}

TEST_CASE("a file that changed since is named without a line") {
  llvm::vfs::InMemoryFileSystem files;
  files.addFile("/site/a.astro", 0, llvm::MemoryBuffer::getMemBufferCopy("short"));
  Diagnostic diagnostic;
  diagnostic.code = 1001;
  diagnostic.severity = Severity::Warning;
  diagnostic.file = "/site/a.astro";
  diagnostic.start = {4, 2, 80};
  diagnostic.end = {4, 3, 81};
  diagnostic.message = "odd";
  CHECK(diagnostic_text(diagnostic, files, "/site", Painter(false)) == "warning[FL1001]: odd\n  --> a.astro:4:2\n\n");
}

TEST_CASE("colour is escape codes around the same text") {
  std::string text = render("ab", {0, 1}, {}, true);
  CHECK(text.find("\x1b[1;31merror[FL2001]\x1b[0m: ") == 0);
}

TEST_CASE("the summary counts errors and warnings") {
  Diagnostic error, warning, info;
  warning.severity = Severity::Warning;
  info.severity = Severity::Info;
  CHECK(diagnostic_summary({}) == "");
  CHECK(diagnostic_summary(info) == "");
  CHECK(diagnostic_summary({error, error, warning, info}) == "2 errors, 1 warning");
  CHECK(diagnostic_summary({warning, warning}) == "2 warnings");
  CHECK(has_errors({warning, error}));
  CHECK_FALSE(has_errors({warning, info}));
}

TEST_CASE("paths below the folder are shown relative to it") {
  CHECK(shown_path("/site/src/a.astro", "/site") == "src/a.astro");
  CHECK(shown_path("/sites/a.astro", "/site") == "/sites/a.astro");
  CHECK(shown_path("/site", "/site") == "/site");
  CHECK(shown_path("/a.astro", "/") == "/a.astro");
}
