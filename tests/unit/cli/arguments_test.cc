#include "cli/arguments.h"

#include <doctest/doctest.h>

using namespace foreload::cli;

static const std::vector<Command> commands = {
    {"build",
     "DIR",
     "builds",
     "Builds.",
     {{"--out", "OUT", "where to", {}}, {"--strategy", "S", "how", {"auto", "inline"}}, {"--json", "", "as JSON", {}}},
     nullptr},
    {"explain", "FILE", "explains", "Explains.", {}, nullptr},
};

static Arguments parse(std::vector<std::string> words) { return parse_arguments(words, commands); }

TEST_CASE("a command line gives its operand and options") {
  Arguments arguments = parse({"build", "--out", "there", "src", "--json", "--strategy=inline"});
  CHECK(arguments.error == "");
  CHECK(arguments.command == &commands[0]);
  CHECK(arguments.operand == "src");
  CHECK(arguments.value("--out") == "there");
  CHECK(arguments.value("--strategy") == "inline");
  CHECK(arguments.has("--json"));
}

TEST_CASE("what is not given is empty") {
  Arguments arguments = parse({"build", "src"});
  CHECK(arguments.error == "");
  CHECK_FALSE(arguments.has("--json"));
  CHECK(arguments.value("--out") == "");
}

TEST_CASE("after -- nothing is an option") {
  CHECK(parse({"build", "--", "--json"}).operand == "--json");
  CHECK(parse({"build", "-"}).operand == "-");
}

TEST_CASE("help wins over mistakes") {
  CHECK(parse({"--help"}).help);
  CHECK(parse({"build", "--nonsense", "--help"}).error == "");
  CHECK(parse({"build", "--nonsense", "--help"}).command == &commands[0]);
  CHECK(parse({"-h"}).help);
  CHECK(parse({"--version"}).version);
}

TEST_CASE("mistakes are named, with what was meant if that is near") {
  CHECK(parse({}).error == "no command given");
  CHECK(parse({"buidl"}).error == "unknown command 'buidl'; did you mean 'build'?");
  CHECK(parse({"frobnicate"}).error == "unknown command 'frobnicate'");
  CHECK(parse({"--verison"}).error == "unknown option '--verison'; did you mean '--version'?");
  CHECK(parse({"build"}).error == "DIR is missing");
  CHECK(parse({"build", "a", "b"}).error == "one DIR is enough: 'a' and 'b' are given");
  CHECK(parse({"build", "a", "--oot", "b"}).error == "unknown option '--oot'; did you mean '--out'?");
  CHECK(parse({"build", "a", "--out"}).error == "option '--out' needs a value: OUT");
  CHECK(parse({"build", "a", "--out", "--json"}).error == "option '--out' needs a value: OUT");
  CHECK(parse({"build", "a", "--out="}).error == "option '--out' needs a value that is not empty: OUT");
  CHECK(parse({"build", "a", "--json=1"}).error == "option '--json' takes no value");
  CHECK(parse({"build", "a", "--json", "--json"}).error == "option '--json' is given twice");
  CHECK(parse({"build", "a", "--strategy", "inlne"}).error ==
        "option '--strategy' is auto or inline, not 'inlne'; did you mean 'inline'?");
}

TEST_CASE("help lists every option") {
  std::string help = help_text(commands[0]);
  CHECK(help.find("Usage: foreload build DIR [OPTION…]") == 0);
  CHECK(help.find("  --out OUT     where to\n") != std::string::npos);
  CHECK(help.find("  --json        as JSON\n") != std::string::npos);
  CHECK(help_text(commands).find("  build DIR     builds\n  explain FILE  explains\n") != std::string::npos);
}
