#include "cli/arguments.h"

#include <algorithm>

namespace foreload::cli {

llvm::StringRef Arguments::value(llvm::StringRef name) const {
  auto found = options.find(name.str());
  return found == options.end() ? llvm::StringRef() : llvm::StringRef(found->second);
}

std::vector<std::string> Arguments::values(llvm::StringRef name) const {
  std::vector<std::string> result;
  auto [begin, end] = options.equal_range(name.str());
  for (auto at = begin; at != end; ++at)
    result.push_back(at->second);
  return result;
}

/// "; did you mean 'build'?" if \p word is a slip of the pen away from one of \p candidates.
static std::string suggestion(llvm::StringRef word, llvm::ArrayRef<llvm::StringRef> candidates) {
  llvm::StringRef best;
  unsigned best_distance =
      1 + std::max<size_t>((word.size() + 1) / 3, 1); // farther off than this is a guess, not a slip
  for (llvm::StringRef candidate : candidates) {
    unsigned distance = word.edit_distance(candidate, /*AllowReplacements=*/true, best_distance);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best.empty() ? std::string() : "; did you mean '" + best.str() + "'?";
}

static std::string list(llvm::ArrayRef<llvm::StringRef> words) {
  std::string text;
  for (size_t at = 0; at < words.size(); ++at)
    text += (at == 0 ? "" : at + 1 == words.size() ? " or " : ", ") + words[at].str();
  return text;
}

/// Reads the option at words[at], moving \p at on to its value if that is a word of its own.
static std::string parse_option(Arguments &arguments, llvm::ArrayRef<std::string> words, size_t &at) {
  auto [name, inline_value] = llvm::StringRef(words[at]).split('=');
  bool has_inline_value = name.size() != words[at].size();
  const Command &command = *arguments.command;
  auto option = std::find_if(command.options.begin(), command.options.end(),
                             [name = name](const Option &candidate) { return candidate.name == name; });
  if (option == command.options.end()) {
    std::vector<llvm::StringRef> names = {"--help"};
    for (const Option &candidate : command.options)
      names.push_back(candidate.name);
    return "unknown option '" + name.str() + "'" + suggestion(name, names);
  }
  if (arguments.has(name) && !option->repeats)
    return "option '" + name.str() + "' is given twice";
  if (option->value.empty()) {
    if (has_inline_value)
      return "option '" + name.str() + "' takes no value";
    arguments.options.emplace(name.str(), "");
    return "";
  }
  if (!has_inline_value) {
    if (at + 1 == words.size() || llvm::StringRef(words[at + 1]).take_front(2) == "--")
      return "option '" + name.str() + "' needs a value: " + option->value.str();
    inline_value = words[++at];
  }
  if (inline_value.empty())
    return "option '" + name.str() + "' needs a value that is not empty: " + option->value.str();
  if (!option->choices.empty() &&
      std::find(option->choices.begin(), option->choices.end(), inline_value) == option->choices.end())
    return "option '" + name.str() + "' is " + list(option->choices) + ", not '" + inline_value.str() + "'" +
           suggestion(inline_value, option->choices);
  arguments.options.emplace(name.str(), inline_value.str());
  return "";
}

Arguments parse_arguments(llvm::ArrayRef<std::string> words, llvm::ArrayRef<Command> commands) {
  Arguments arguments;
  bool options_end = false;
  bool has_operand = false;
  for (size_t at = 0; at < words.size(); ++at) {
    llvm::StringRef word = words[at];
    if (!options_end && word == "--") {
      options_end = true;
    } else if (!options_end && (word == "--help" || word == "-h")) {
      arguments.help = true; // whatever else is there: a person who asks for help gets it
      arguments.error.clear();
      return arguments;
    } else if (!options_end && !arguments.command && (word == "--version" || word == "-V")) {
      arguments.version = true;
      return arguments;
    } else if (!options_end && word.size() > 1 && word[0] == '-') {
      if (arguments.command && arguments.error.empty())
        arguments.error = parse_option(arguments, words, at);
      else if (arguments.error.empty())
        arguments.error = "unknown option '" + word.str() + "'" + suggestion(word, {"--help", "--version"});
    } else if (!arguments.command) {
      auto command = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command &candidate) { return candidate.name == word; });
      if (command == commands.end()) {
        std::vector<llvm::StringRef> names;
        for (const Command &candidate : commands)
          names.push_back(candidate.name);
        if (arguments.error.empty())
          arguments.error = "unknown command '" + word.str() + "'" + suggestion(word, names);
        return arguments;
      }
      arguments.command = &*command;
    } else if (!has_operand) {
      arguments.operand = word.str();
      has_operand = true;
    } else if (arguments.command->repeats) {
      arguments.more_operands.push_back(word.str());
    } else if (arguments.error.empty()) {
      arguments.error = "one " + arguments.command->operand.str() + " is enough: '" + arguments.operand + "' and '" +
                        word.str() + "' are given";
    }
  }
  if (!arguments.error.empty())
    return arguments;
  if (!arguments.command)
    arguments.error = "no command given";
  else if (arguments.operand.empty())
    arguments.error = arguments.command->operand.str() + " is missing";
  return arguments;
}

/// Two columns: what one writes, and what it does.
static std::string table(const std::vector<std::pair<std::string, std::string>> &rows) {
  size_t width = 0;
  for (const auto &row : rows)
    width = std::max(width, row.first.size());
  std::string text;
  for (const auto &[left, right] : rows)
    text += "  " + left + std::string(width - left.size() + 2, ' ') + right + "\n";
  return text;
}

std::string help_text(llvm::ArrayRef<Command> commands) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command &command : commands)
    rows.emplace_back(command.name.str() + " " + command.operand.str(), command.summary.str());
  return "foreload starts every loader of a page at once: it removes data waterfalls from component trees.\n\n"
         "Usage: foreload COMMAND …\n\nCommands:\n" +
         table(rows) + "\nOptions:\n" +
         table({{"--help", "this text, or after a command that command's"}, {"--version", "the version"}}) +
         "\nExit codes: 0 done, 1 there are errors in the project, 2 the command line makes no sense.\n";
}

std::string help_text(const Command &command) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Option &option : command.options) {
    std::string left = option.name.str();
    if (!option.value.empty())
      left += " " + option.value.str();
    rows.emplace_back(left, option.help.str());
  }
  rows.emplace_back("--help", "this text");
  return "Usage: foreload " + command.name.str() + " " + command.operand.str() + " [OPTION…]\n\n" +
         command.details.str() + "\n\nOptions:\n" + table(rows);
}

} // namespace foreload::cli
