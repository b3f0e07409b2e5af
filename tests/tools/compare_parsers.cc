// Compares the quick parser with the grammar, node by node, on the code of files whose paths are read from the standard
// input: of .astro files on the frontmatter. Prints what differs, and last how much the quick parser has parsed.
#include "parse/astro_regions.h"
#include "parse/quick_parser.h"
#include "parse/syntax_tree.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

using namespace foreload;

static const char *const kind_names[] = {"Other", "Token",
#define X(name, text) #name,
                                         FORELOAD_SYNTAX_KINDS(X)
#undef X
};
static const char *const field_names[] = {"None",
#define X(name, text) #name,
                                          FORELOAD_SYNTAX_FIELDS(X)
#undef X
};

static std::string in_words(const SyntaxNode &node, llvm::StringRef text) {
  std::string words = kind_names[static_cast<int>(node.kind)] + std::string(".") + field_names[static_cast<int>(node.field)];
  words += " [" + std::to_string(node.span.begin) + ", " + std::to_string(node.span.end) + ") below " +
           std::to_string(static_cast<int>(node.parent)) + " up to " + std::to_string(node.subtree_end) + ": ";
  for (char c : text.slice(node.span.begin, node.span.end).take_front(60))
    words += c == '\n' ? ' ' : c;
  return words;
}

/// The first difference, or nothing.
static std::string difference(const std::vector<SyntaxNode> &quick, const SyntaxTree &tree, llvm::StringRef text) {
  for (SyntaxIndex i = 0; i < tree.size(); ++i) {
    if (i >= quick.size())
      return "ends before node " + std::to_string(i) + ", " + in_words(tree[i], text);
    const SyntaxNode &a = quick[i], &b = tree[i];
    if (a.kind != b.kind || a.field != b.field || a.parent != b.parent || a.subtree_end != b.subtree_end || a.span != b.span)
      return "node " + std::to_string(i) + "\n  quick:   " + in_words(a, text) + "\n  grammar: " + in_words(b, text);
  }
  return quick.size() > tree.size() ? "goes on after the last node" : "";
}

int main(int argc, char **argv) {
  bool show_unknown = argc > 1 && std::string(argv[1]) == "--unknown";
  size_t files = 0, parsed = 0, wrong = 0, different = 0;
  std::string path;
  while (std::getline(std::cin, path)) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::cerr << path << ": cannot be read\n";
      return 1;
    }
    std::string text(std::istreambuf_iterator<char>(file), {});
    llvm::StringRef code(text);
    if (path.size() > 6 && path.compare(path.size() - 6, 6, ".astro") == 0) {
      AstroRegions regions = find_astro_regions(text);
      if (!regions.frontmatter)
        continue;
      code = code.slice(regions.frontmatter->code.begin, regions.frontmatter->code.end);
    }
    SyntaxTree tree = SyntaxTree::parse_by_grammar(code, 0);
    std::vector<SyntaxNode> quick;
    bool done = quick_parse(code, 0, quick);
    if (tree.first_error()) {
      ++wrong;
      if (done)
        std::cout << path << ": parsed, though the grammar finds an error at " << tree.first_error()->begin << '\n';
      continue;
    }
    ++files;
    if (!done) {
      if (show_unknown)
        std::cout << path << ": given up\n";
      continue;
    }
    ++parsed;
    if (std::string found = difference(quick, tree, code); !found.empty()) {
      ++different;
      std::cout << path << ": " << found << '\n';
    }
  }
  std::cout << files << " files, " << parsed << " parsed quickly, " << different << " of them differently; " << wrong
            << " with errors\n";
  return different ? 1 : 0;
}
