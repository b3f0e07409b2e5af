#include "cli/report_text.h"

#include "cli/diagnostic_text.h"
#include "host/markup.h"

#include <algorithm>
#include <cmath>

namespace foreload::cli {

namespace {

constexpr size_t chart_columns = 48, label_columns = 40;

std::string padded(const std::string &text, size_t width) {
  size_t columns = shown_columns(text);
  return text + std::string(width > columns ? width - columns : 0, ' ');
}

std::string label_of(const ReportLoad &load, unsigned indent) {
  std::string label = std::string(indent * size_t{2}, ' ') + printable(load.name);
  return shortened(load.props.empty() ? label : label + " " + printable(load.props), label_columns);
}

/// Which of the chart's columns a span covers: one at least.
std::pair<size_t, size_t> columns_of(const ReportSpan &span, double end) {
  auto column = [&](double time) {
    return static_cast<size_t>(std::clamp<long>(std::lround(time / end * chart_columns), 0, chart_columns));
  };
  size_t first = std::min(column(span.start), chart_columns - 1);
  return {first, std::max(column(span.end), first + 1)};
}

/// One line with both: the upper halves of its cells are plain rendering, the lower ones are with foreload.
std::string chart(const ReportLoad &load, double end, Painter paint) {
  auto [plain_begin, plain_end] = columns_of(load.plain, end);
  auto [with_begin, with_end] = columns_of(load.with, end);
  std::string text, run;
  int kind = 0;
  auto flush = [&] {
    if (!run.empty())
      text += kind == 0 ? run : paint(kind == 1 ? Colour::Yellow : Colour::Green, run);
    run.clear();
  };
  for (size_t at = 0; at < chart_columns; ++at) {
    bool plain = load.has_plain && at >= plain_begin && at < plain_end;
    bool with = at >= with_begin && at < with_end;
    int now = (plain ? 1 : 0) + (with ? 2 : 0);
    if (now != kind)
      flush();
    kind = now;
    run += now == 0 ? " " : now == 1 ? "▀" : now == 2 ? "▄" : "█";
  }
  flush();
  return text;
}

std::string heading(const ReportPage &page, Painter paint) {
  bool measured = page.is_measured();
  std::string text = paint(Colour::Bold, printable(page.file.empty() ? page.url : page.file));
  if (measured)
    text += "  " + printable(page.method + " " + page.url);
  text += "  ";
  if (page.has_plain)
    text += (page.plain_is_bound ? "at most " : "") + duration_text(page.plain, measured) + " → ";
  text += duration_text(page.with, measured);
  if (double times = speedup(page); times >= 1.05)
    text += "  " + paint(Colour::Green, decimal(times, 1) + "×");
  return text + "\n";
}

std::string page_text(const ReportPage &page, Painter paint) {
  std::string text = heading(page, paint);
  double end = chart_end(page);
  unsigned depth = least_depth(page);
  size_t width = 0;
  for (const ReportLoad &load : page.loads)
    width = std::max(width, shown_columns(label_of(load, load.depth - depth)));
  for (const ReportLoad &load : page.loads) {
    text += (load.is_critical ? "◆ " : "  ") + padded(label_of(load, load.depth - depth), width) + "  " +
            chart(load, end, paint);
    if (page.is_measured())
      text += "  " + duration_text(load.with.end - load.with.start, true);
    if (load.status == "error")
      text += "  " + paint(Colour::Red, "failed: " + printable(load.error));
    text += "\n";
    if (load.starts_late) {
      text += "    " + paint(Colour::Yellow, "not lifted");
      text += (load.reason.empty() ? "" : ": " + printable(load.reason));
      if (!load.at.file.empty())
        text += " at " + printable(load.at.file) + ":" + std::to_string(load.at.line) + ":" +
                std::to_string(load.at.column);
      text += (load.code.empty() ? "" : " [" + load.code + "]") + "\n";
    }
  }
  return text;
}

} // namespace

std::string report_text(const Report &report, Painter paint) {
  std::string text;
  for (const ReportPage &page : report.pages)
    if (!page.loads.empty())
      text += page_text(page, paint) + "\n";
  if (text.empty())
    return "no page has a loader\n";
  return text + paint(Colour::Dim, "▀ plain rendering  ▄ with foreload  █ both  ◆ on the critical path") + "\n";
}

} // namespace foreload::cli
