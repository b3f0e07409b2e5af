#include "compose/markdown_component.h"
#include "parse/front_matter.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/Casting.h>
#include <llvm/Support/SHA256.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/YAMLParser.h>

#include <algorithm>

namespace foreload {

namespace {

/// LLVM's parser of YAML calls itself for what is nested, on a stack that is not ours to exhaust.
constexpr size_t max_yaml_nesting = 200;
/// A variable's name is short; longer text between braces is none, and need not be looked at twice.
constexpr size_t max_name_size = 128;

/// At least as deep as the nodes of \p yaml are nested.
size_t yaml_nesting(llvm::StringRef yaml) {
  size_t deepest = 0, brackets = 0;
  while (!yaml.empty()) {
    llvm::StringRef line;
    std::tie(line, yaml) = yaml.split('\n');
    size_t in_line = line.size() - line.ltrim(' ').size();
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '[' || line[i] == '{')
        ++brackets;
      else if (llvm::StringRef("-?:").contains(line[i]) && (i + 1 == line.size() || line[i + 1] == ' '))
        ++in_line; // `- - x` is a list in a list
      deepest = std::max(deepest, brackets + in_line);
    }
  }
  return deepest;
}

class Parser {
public:
  Parser(MarkdownComponent &component, bool leave_code_fences)
      : component_(component), text_(component.source->text()), leave_code_fences_(leave_code_fences) {}

  void parse() {
    if (std::optional<FrontMatter> front_matter = find_front_matter(text_)) {
      read_includes(front_matter->yaml);
      scan_text(front_matter->yaml, /*is_body=*/false);
      component_.body_begin = first_line_with_text(front_matter->content_begin);
    } else if (std::string_view(text_).starts_with("\xef\xbb\xbf")) {
      component_.body_begin = 3; // a byte order mark in the middle of a text is a character of it
    }
    scan_body();
  }

private:
  void report(Span span, uint16_t code, Severity severity, std::string message, std::string hint) {
    component_.diagnostics.push_back(
        diagnose(*component_.source, span, code, severity, std::move(message), std::move(hint)));
  }

  /// Behind the rest of the line at \p at, and the blank lines that follow it.
  uint32_t first_line_with_text(uint32_t at) const {
    size_t next = text_.find('\n', at);
    if (next == llvm::StringRef::npos)
      return static_cast<uint32_t>(text_.size());
    size_t content = text_.find_first_not_of(" \t\r\n", next);
    if (content == llvm::StringRef::npos)
      return static_cast<uint32_t>(text_.size());
    return static_cast<uint32_t>(text_.rfind('\n', content) + 1); // with the line's indentation
  }

  void read_includes(Span yaml) {
    llvm::StringRef text = text_.substr(yaml.begin, yaml.size());
    if (yaml_nesting(text) > max_yaml_nesting) {
      report(yaml.first(), 7007, Severity::Error, "the front matter is nested too deep", "");
      return;
    }
    llvm::SourceMgr errors;
    std::optional<llvm::SMDiagnostic> first;
    errors.setDiagHandler(
        [](const llvm::SMDiagnostic &error, void *context) {
          auto &kept = *static_cast<std::optional<llvm::SMDiagnostic> *>(context);
          if (!kept)
            kept = error;
        },
        &first);
    llvm::yaml::Stream stream(text, errors, /*ShowColors=*/false);
    if (llvm::yaml::document_iterator document = stream.begin(); document != stream.end()) {
      if (llvm::yaml::Node *root = document->getRoot())
        read_mapping(*root, yaml);
      document->skip(); // an error may stand behind the includes
    }
    if (stream.failed() && first) {
      const char *where = first->getLoc().getPointer();
      bool is_inside = where && where >= text.begin() && where <= text.end();
      auto at = static_cast<uint32_t>(is_inside ? where - text_.data() : yaml.begin);
      report({at, std::min(at + 1, component_.source->size())}, 7007, Severity::Error,
             "the front matter is no YAML: " + llvm::StringRef(first->getMessage()).rtrim(". \n").lower(),
             "without it, it is not known what the component includes");
    }
  }

  void read_mapping(llvm::yaml::Node &root, Span yaml) {
    auto *mapping = llvm::dyn_cast<llvm::yaml::MappingNode>(&root);
    if (!mapping) {
      if (!llvm::isa<llvm::yaml::NullNode>(root))
        report(yaml.first(), 7007, Severity::Error, "the front matter is no mapping of keys to values", "");
      return;
    }
    for (llvm::yaml::KeyValueNode &entry : *mapping) {
      auto *key = llvm::dyn_cast_or_null<llvm::yaml::ScalarNode>(entry.getKey());
      llvm::SmallString<32> storage;
      if (!key || key->getValue(storage) != "includes")
        continue;
      llvm::yaml::Node *value = entry.getValue();
      if (auto *list = llvm::dyn_cast_or_null<llvm::yaml::SequenceNode>(value)) {
        for (llvm::yaml::Node &item : *list)
          read_include(&item, yaml);
      } else if (value && !llvm::isa<llvm::yaml::NullNode>(value)) {
        read_include(value, yaml);
      }
    }
  }

  void read_include(llvm::yaml::Node *node, Span yaml) {
    llvm::SmallString<64> storage;
    llvm::StringRef path;
    if (auto *scalar = llvm::dyn_cast_or_null<llvm::yaml::ScalarNode>(node))
      path = scalar->getValue(storage).trim();
    if (path.empty()) {
      Span span = node ? span_of(*node, yaml) : yaml;
      report(span.first(), 7007, Severity::Error, "`includes` is no list of paths",
             "write a path for each of its entries");
      return;
    }
    component_.includes.push_back({path.str(), span_of(*node, yaml)});
  }

  Span span_of(const llvm::yaml::Node &node, Span yaml) const {
    llvm::SMRange range = node.getSourceRange();
    auto begin = static_cast<uint32_t>(range.Start.getPointer() - text_.data());
    auto end = std::clamp(static_cast<uint32_t>(range.End.getPointer() - text_.data()), begin, yaml.end);
    return {begin, begin + static_cast<uint32_t>(text_.slice(begin, end).rtrim().size())};
  }

  /// Line by line, to know the code fences.
  void scan_body() {
    char fence = 0; // of the code that the line is in
    size_t fence_size = 0;
    for (uint32_t begin = component_.body_begin; begin < text_.size();) {
      size_t newline = text_.find('\n', begin);
      auto end = static_cast<uint32_t>(newline == llvm::StringRef::npos ? text_.size() : newline + 1);
      // Fences may stand in quotes and lists, whose marks and indentation come first.
      llvm::StringRef line = text_.slice(begin, end).ltrim(" \t>");
      size_t marks = line.empty() ? 0 : line.size() - line.ltrim(line[0]).size();
      bool is_fence = marks >= 3 && (line[0] == '`' || line[0] == '~');
      llvm::StringRef info = line.drop_front(marks).trim();
      if (fence) {
        if (!leave_code_fences_)
          scan_text({begin, end}, /*is_body=*/true);
        if (is_fence && line[0] == fence && marks >= fence_size && info.empty())
          fence = 0;
      } else if (is_fence && (line[0] == '~' || !info.contains('`'))) {
        fence = line[0];
        fence_size = marks;
      } else {
        scan_text({begin, end}, /*is_body=*/true);
      }
      begin = end;
    }
  }

  void scan_text(Span span, bool is_body) {
    for (size_t at = text_.find('{', span.begin); at < span.end; at = text_.find('{', at)) {
      bool is_escaped = at > span.begin && text_[at - 1] == '\\';
      bool is_double = at + 1 < span.end && text_[at + 1] == '{';
      if (is_double) {
        size_t close = text_.slice(at, span.end).find("}}");
        size_t end = close == llvm::StringRef::npos ? llvm::StringRef::npos : at + close + 2;
        if (is_body && !is_escaped)
          read_reference(static_cast<uint32_t>(at), end, span);
        at = end == llvm::StringRef::npos ? at + 2 : end;
        continue;
      }
      size_t end = text_.find_first_of("{}\n", at + 1);
      if (end >= span.end || text_[end] != '}' || end - at > max_name_size) {
        ++at;
        continue;
      }
      if (!is_escaped && end > at + 1) {
        add_slot(ComponentSlot::Variable, component_.variables.size(),
                 {static_cast<uint32_t>(at), static_cast<uint32_t>(end + 1)});
        component_.variables.push_back(text_.slice(at + 1, end).str());
      }
      at = end + 1;
    }
  }

  /// `{{` stands at \p begin, and the next `}}` ends at \p end, if there is one in the line \p line.
  void read_reference(uint32_t begin, size_t end, Span line) {
    llvm::StringRef inside = text_.slice(begin + 2, end == llvm::StringRef::npos ? line.end : end - 2).trim();
    if (!inside.consume_front("component:"))
      return; // another tool's
    llvm::StringRef path = inside.trim();
    if (end == llvm::StringRef::npos || path.empty() || path.find_first_of("{}") != llvm::StringRef::npos) {
      Span span = {begin, end == llvm::StringRef::npos ? begin + 2 : static_cast<uint32_t>(end)};
      report(span, 7010, Severity::Warning,
             end == llvm::StringRef::npos ? "this reference to a component does not end in its line"
                                          : "this reference names no component",
             "write {{component: path/of/it.md}}");
      return;
    }
    add_slot(ComponentSlot::Component, component_.references.size(), {begin, static_cast<uint32_t>(end)});
    component_.references.push_back({path.str(), component_.slots.back().span});
  }

  void add_slot(ComponentSlot::Kind kind, size_t name, Span span) {
    component_.slots.push_back({kind, static_cast<uint32_t>(name), span});
  }

  MarkdownComponent &component_;
  llvm::StringRef text_;
  bool leave_code_fences_;
};

} // namespace

std::shared_ptr<const MarkdownComponent> parse_markdown_component(std::shared_ptr<const SourceFile> source,
                                                                  bool leave_code_fences) {
  auto component = std::make_shared<MarkdownComponent>();
  component->source = std::move(source);
  llvm::StringRef text = component->source->text();
  std::array<uint8_t, 32> digest = llvm::SHA256::hash(llvm::ArrayRef(text.bytes_begin(), text.bytes_end()));
  component->digest.assign(digest.begin(), digest.end());
  Parser(*component, leave_code_fences).parse();
  return component;
}

bool is_variable_name(llvm::StringRef name) {
  auto is_part = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '-' || c == '.'; };
  return !name.empty() && (llvm::isAlpha(name[0]) || name[0] == '_') && std::all_of(name.begin(), name.end(), is_part);
}

} // namespace foreload
