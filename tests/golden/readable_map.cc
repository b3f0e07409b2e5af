#include "golden/readable_map.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace golden {

namespace {

struct Segment {
  int64_t column = 0;
  int64_t source = -1; ///< -1: generated
  int64_t line = 0;
  int64_t source_column = 0;
  int64_t name = -1;
};

int64_t read_vlq(const std::string &text, size_t &at) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 5) {
    size_t digit = digits.find(text.at(at++));
    if (digit == std::string::npos)
      throw std::runtime_error("not a base 64 digit");
    value |= (digit & 31) << shift;
    if (!(digit & 32))
      break;
  }
  return value & 1 ? -static_cast<int64_t>(value >> 1) : static_cast<int64_t>(value >> 1);
}

std::vector<std::vector<Segment>> decode(const std::string &mappings) {
  std::vector<std::vector<Segment>> lines(1);
  Segment last;
  int64_t source = 0, name = 0;
  for (size_t at = 0; at < mappings.size();) {
    if (mappings[at] == ';') {
      lines.emplace_back();
      last.column = 0;
      ++at;
    } else if (mappings[at] == ',') {
      ++at;
    } else {
      Segment segment = last;
      segment.column += read_vlq(mappings, at);
      segment.source = segment.name = -1;
      if (at < mappings.size() && mappings[at] != ',' && mappings[at] != ';') {
        segment.source = source += read_vlq(mappings, at);
        segment.line += read_vlq(mappings, at);
        segment.source_column += read_vlq(mappings, at);
        if (at < mappings.size() && mappings[at] != ',' && mappings[at] != ';')
          segment.name = name += read_vlq(mappings, at);
      }
      lines.back().push_back(segment);
      last = segment;
    }
  }
  return lines;
}

/// The byte offset of a UTF-16 column.
size_t byte_of_column(const std::string &line, int64_t column) {
  size_t at = 0;
  while (at < line.size() && column > 0) {
    auto byte = static_cast<unsigned char>(line[at]);
    column -= byte >= 0xF0 ? 2 : 1;
    at += byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
  }
  return std::min(at, line.size());
}

std::string place(int64_t line, int64_t column) { return std::to_string(line + 1) + ":" + std::to_string(column + 1); }

} // namespace

std::string readable_map(const std::string &whole, const std::string &map) {
  // A byte order mark is no column.
  std::string code = whole.rfind("\xEF\xBB\xBF", 0) == 0 ? whole.substr(3) : whole;
  nlohmann::json json = nlohmann::json::parse(map);
  std::vector<std::vector<Segment>> lines = decode(json.at("mappings"));
  std::string result;
  size_t begin = 0;
  for (size_t line = 0; line < lines.size(); ++line) {
    size_t end = std::min(code.find_first_of("\r\n", begin), code.size());
    std::string text = code.substr(begin, end - begin);
    begin = std::min(end + (code.compare(end, 2, "\r\n") == 0 ? 2 : 1), code.size());
    std::vector<Segment> runs; // a segment that only continues the one before it is dropped
    for (const Segment &segment : lines[line]) {
      if (!runs.empty() && segment.name < 0 && runs.back().name < 0 && segment.source == runs.back().source &&
          (segment.source < 0 ||
           (segment.line == runs.back().line &&
            segment.source_column - runs.back().source_column == segment.column - runs.back().column)))
        continue;
      runs.push_back(segment);
    }
    for (size_t i = 0; i < runs.size(); ++i) {
      const Segment &run = runs[i];
      bool untouched = runs.size() == 1 && run.source == 0 && run.line == static_cast<int64_t>(line) &&
                       run.column == run.source_column && json.at("sources").at(0) == json.at("file");
      if (untouched || (runs.size() == 1 && run.source < 0))
        continue;
      size_t from = byte_of_column(text, run.column);
      size_t to = i + 1 < runs.size() ? byte_of_column(text, runs[i + 1].column) : text.size();
      result += place(static_cast<int64_t>(line), run.column) + "  ";
      if (run.source < 0)
        result += "generated";
      else
        result += json.at("sources").at(static_cast<size_t>(run.source)).get<std::string>() + ":" +
                  place(run.line, run.source_column);
      if (run.name >= 0)
        result += " (" + json.at("names").at(static_cast<size_t>(run.name)).get<std::string>() + ")";
      std::string shown = text.substr(from, to - from);
      result += "  " + shown + "\n";
    }
  }
  return result;
}

} // namespace golden
