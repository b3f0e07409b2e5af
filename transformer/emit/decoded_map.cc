#include "emit/decoded_map.h"

#include "emit/vlq.h"
#include "source/source_file.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/Support/JSON.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <array>

namespace foreload {

namespace {

using Segment = DecodedMap::Segment;

llvm::Error wrong(const llvm::Twine &what) { return llvm::createStringError(llvm::inconvertibleErrorCode(), what); }

/// Reads `mappings`. Fields are differences, some of lines, most of the whole text.
class MappingsReader {
public:
  MappingsReader(llvm::StringRef text, DecodedMap &map) : text_(text), map_(map) {}

  llvm::Error read() {
    map_.lines.emplace_back();
    while (at_ < text_.size()) {
      char byte = text_[at_];
      if (byte == ';') {
        sort_line();
        map_.lines.emplace_back();
        column_ = 0;
        ++at_;
      } else if (byte == ',') {
        ++at_;
      } else if (llvm::Error error = read_segment()) {
        return error;
      }
    }
    sort_line();
    return llvm::Error::success();
  }

private:
  bool at_field() const { return at_ < text_.size() && text_[at_] != ',' && text_[at_] != ';'; }

  /// Adds the number that is next to \p value, which has to stay one of at least 0, and less than \p limit.
  bool add(int64_t &value, uint64_t limit) {
    std::optional<int64_t> difference = read_vlq(text_, at_);
    if (!difference)
      return false;
    value += *difference;
    return value >= 0 && static_cast<uint64_t>(value) < limit;
  }

  llvm::Error read_segment() {
    size_t begin = at_;
    auto fail = [&] { return wrong("the mappings make no sense at byte " + llvm::Twine(begin)); };
    Segment segment{};
    if (!add(column_, UINT32_MAX))
      return fail();
    segment.column = static_cast<uint32_t>(column_);
    if (at_field()) {
      if (!add(source_, map_.sources.size()) || !add(line_, UINT32_MAX) || !add(source_column_, UINT32_MAX))
        return fail();
      segment.source = static_cast<uint32_t>(source_);
      segment.line = static_cast<uint32_t>(line_);
      segment.source_column = static_cast<uint32_t>(source_column_);
      if (at_field()) {
        if (!add(name_, map_.names.size()))
          return fail();
        segment.name = static_cast<uint32_t>(name_);
      }
    }
    if (at_field())
      return fail();
    map_.lines.back().push_back(segment);
    return llvm::Error::success();
  }

  void sort_line() {
    std::vector<Segment> &line = map_.lines.back();
    auto is_before = [](const Segment &a, const Segment &b) { return a.column < b.column; };
    if (!std::is_sorted(line.begin(), line.end(), is_before))
      std::stable_sort(line.begin(), line.end(), is_before);
  }

  llvm::StringRef text_;
  DecodedMap &map_;
  size_t at_ = 0;
  int64_t column_ = 0, source_ = 0, line_ = 0, source_column_ = 0, name_ = 0;
};

/// Builds the composed map: numbers sources and names as they come, and leaves out segments that say what the one
/// before them has said.
class Composer {
public:
  void begin_line() { map_.lines.emplace_back(); }

  void add_sourceless(uint32_t column) {
    std::vector<Segment> &line = map_.lines.back();
    if (!line.empty() && line.back().source != DecodedMap::none)
      line.push_back({column});
  }

  void add(uint32_t column, const DecodedMap &from, const Segment &origin, llvm::StringRef name) {
    std::vector<Segment> &line = map_.lines.back();
    Segment segment{column, source_of(from, origin.source), origin.line, origin.source_column, DecodedMap::none};
    if (!name.empty())
      segment.name = name_of(name);
    if (!line.empty()) {
      const Segment &last = line.back();
      if (last.source == segment.source && last.line == segment.line && last.source_column == segment.source_column &&
          last.name == segment.name)
        return;
    }
    line.push_back(segment);
  }

  DecodedMap take() {
    while (!map_.lines.empty() && map_.lines.back().empty())
      map_.lines.pop_back();
    return std::move(map_);
  }

  void set_file(std::string file) { map_.file = std::move(file); }

private:
  uint32_t source_of(const DecodedMap &from, uint32_t source) {
    auto [entry, is_new] =
        source_numbers_.try_emplace(from.sources[source], static_cast<uint32_t>(map_.sources.size()));
    if (is_new) {
      map_.sources.push_back(from.sources[source]);
      map_.contents.push_back(source < from.contents.size() ? from.contents[source] : std::nullopt);
    }
    return entry->second;
  }

  uint32_t name_of(llvm::StringRef name) {
    auto [entry, is_new] = name_numbers_.try_emplace(name, static_cast<uint32_t>(map_.names.size()));
    if (is_new)
      map_.names.push_back(name.str());
    return entry->second;
  }

  DecodedMap map_;
  llvm::StringMap<uint32_t> source_numbers_, name_numbers_;
};

} // namespace

const Segment *DecodedMap::find(uint32_t line, uint32_t column) const {
  if (line >= lines.size())
    return nullptr;
  const std::vector<Segment> &segments = lines[line];
  auto after = std::upper_bound(segments.begin(), segments.end(), column,
                                [](uint32_t wanted, const Segment &segment) { return wanted < segment.column; });
  return after == segments.begin() ? nullptr : &*(after - 1);
}

std::string DecodedMap::to_json() const {
  std::string mappings;
  int64_t source = 0, line = 0, source_column = 0, name = 0;
  for (size_t at = 0; at < lines.size(); ++at) {
    if (at > 0)
      mappings += ';';
    int64_t column = 0;
    for (const Segment &segment : lines[at]) {
      char text[1 + 5 * 7], *end = text;
      if (&segment != &lines[at].front())
        *end++ = ',';
      end = write_vlq(end, int64_t(segment.column) - column);
      column = segment.column;
      if (segment.source != none) {
        end = write_vlq(end, int64_t(segment.source) - source);
        end = write_vlq(end, int64_t(segment.line) - line);
        end = write_vlq(end, int64_t(segment.source_column) - source_column);
        source = segment.source;
        line = segment.line;
        source_column = segment.source_column;
        if (segment.name != none) {
          end = write_vlq(end, int64_t(segment.name) - name);
          name = segment.name;
        }
      }
      mappings.append(text, end);
    }
  }
  std::string json;
  llvm::raw_string_ostream stream(json);
  llvm::json::OStream out(stream);
  out.object([&] {
    out.attribute("version", 3);
    if (!file.empty())
      out.attribute("file", file);
    out.attributeArray("sources", [&] {
      for (const std::string &path : sources)
        out.value(path);
    });
    out.attributeArray("sourcesContent", [&] {
      for (size_t at = 0; at < sources.size(); ++at)
        out.value(at < contents.size() && contents[at] ? llvm::json::Value(*contents[at]) : llvm::json::Value(nullptr));
    });
    out.attributeArray("names", [&] {
      for (const std::string &text : names)
        out.value(text);
    });
    out.attribute("mappings", mappings);
  });
  stream.flush();
  return json;
}

llvm::Expected<DecodedMap> decode_map(llvm::StringRef json) {
  if (find_invalid_utf8(json) != llvm::StringRef::npos)
    return wrong("it is not valid UTF-8");
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(json);
  if (!value) {
    llvm::consumeError(value.takeError());
    return wrong("it is no JSON");
  }
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return wrong("it is no JSON object");
  if (object->get("sections"))
    return wrong("it has sections");
  if (auto version = object->getInteger("version"); !version || *version != 3)
    return wrong("its version is not 3");

  DecodedMap map;
  if (auto file = object->getString("file"))
    map.file = file->str();
  std::string source_root;
  if (auto prefix = object->getString("sourceRoot"); prefix && !prefix->empty())
    source_root = prefix->str() + (prefix->back() == '/' ? "" : "/");
  auto read_strings = [&](llvm::StringRef field, bool is_required, auto add) -> llvm::Error {
    const llvm::json::Value *list = object->get(field);
    if (!list && !is_required)
      return llvm::Error::success();
    if (!list || !list->getAsArray())
      return wrong("'" + field + "' is no array");
    for (const llvm::json::Value &item : *list->getAsArray()) {
      if (auto text = item.getAsString())
        add(text->str());
      else if (item.getAsNull() && field != "names")
        add(std::nullopt);
      else
        return wrong("'" + field + "' has an item that is no string");
    }
    return llvm::Error::success();
  };
  if (llvm::Error error = read_strings("sources", true, [&](std::optional<std::string> text) {
        map.sources.push_back(source_root + text.value_or(""));
      }))
    return error;
  if (llvm::Error error = read_strings(
          "sourcesContent", false, [&](std::optional<std::string> text) { map.contents.push_back(std::move(text)); }))
    return error;
  if (llvm::Error error = read_strings(
          "names", false, [&](std::optional<std::string> text) { map.names.push_back(text.value_or("")); }))
    return error;
  auto mappings = object->getString("mappings");
  if (!mappings)
    return wrong("'mappings' is no string");
  if (llvm::Error error = MappingsReader(*mappings, map).read())
    return error;
  return map;
}

DecodedMap compose(const DecodedMap &outer, llvm::function_ref<const DecodedMap *(uint32_t source)> map_of) {
  std::vector<const DecodedMap *> inner(outer.sources.size());
  for (uint32_t source = 0; source < inner.size(); ++source)
    inner[source] = map_of(source);
  Composer composer;
  composer.set_file(outer.file);
  for (const std::vector<Segment> &line : outer.lines) {
    composer.begin_line();
    for (const Segment &segment : line) {
      if (segment.source == DecodedMap::none) {
        composer.add_sourceless(segment.column);
        continue;
      }
      llvm::StringRef name =
          segment.name == DecodedMap::none ? llvm::StringRef() : llvm::StringRef(outer.names[segment.name]);
      const DecodedMap *map = inner[segment.source];
      if (!map) {
        composer.add(segment.column, outer, segment, name);
        continue;
      }
      const Segment *origin = map->find(segment.line, segment.source_column);
      if (!origin) // before the first segment of its line: nothing is known
        continue;
      if (origin->source == DecodedMap::none)
        composer.add_sourceless(segment.column);
      else
        composer.add(segment.column, *map, *origin,
                     origin->name == DecodedMap::none ? name : llvm::StringRef(map->names[origin->name]));
    }
  }
  return composer.take();
}

std::string source_path(llvm::StringRef path, llvm::StringRef source) {
  if (source.empty())
    return path.str();
  if (source.take_front(1) == "/" || source.find(':') != llvm::StringRef::npos)
    return source.str();
  llvm::SmallString<256> result(path.rsplit('/').first);
  result += "/";
  result += source;
  llvm::sys::path::remove_dots(result, /*remove_dot_dot=*/true);
  return result.str().str();
}

} // namespace foreload
