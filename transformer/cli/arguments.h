// The command line's grammar as tables, and what was said in it.
//
// LLVM's cl library would do, but every option of the LLVM code that is linked in turns up in its help, and it adds a
// quarter of a megabyte to a binary that is downloaded with the npm package.
#pragma once
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

#include <map>
#include <string>
#include <vector>

namespace foreload::cli {

struct Option {
  llvm::StringRef name;  ///< with its dashes
  llvm::StringRef value; ///< what its value is called in the help; empty: it takes none
  llvm::StringRef help;
  std::vector<llvm::StringRef> choices; ///< the values that are allowed; empty: any
  bool repeats = false;                 ///< may be given more than once
};

struct Arguments;

struct Command {
  llvm::StringRef name;
  llvm::StringRef operand; ///< what its operand is called in the help
  llvm::StringRef summary; ///< one line, for the list of commands
  llvm::StringRef details; ///< paragraphs for its own help
  std::vector<Option> options;
  int (*run)(const Arguments &arguments);
  bool repeats = false; ///< the operand may be given more than once
};

struct Arguments {
  const Command *command = nullptr; ///< null: only help or the version was asked for
  std::string operand;
  std::vector<std::string> more_operands; ///< behind the first one, if the command takes them
  std::multimap<std::string, std::string> options; ///< by name; options without a value map to ""
  bool help = false;
  bool version = false;
  std::string error; ///< not empty: the command line makes no sense, and this is why

  bool has(llvm::StringRef name) const { return options.count(name.str()) != 0; }
  /// The value of an option, or the empty string if it was not given.
  llvm::StringRef value(llvm::StringRef name) const;
  /// All values of an option that repeats, in their order.
  std::vector<std::string> values(llvm::StringRef name) const;
};

/// Reads the words after the program's name. Never fails halfway: look at `error` first.
Arguments parse_arguments(llvm::ArrayRef<std::string> words, llvm::ArrayRef<Command> commands);

std::string help_text(llvm::ArrayRef<Command> commands);
std::string help_text(const Command &command);

} // namespace foreload::cli
