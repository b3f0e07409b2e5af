#include "cli/report_svg.h"

#include "cli/diagnostic_text.h"
#include "host/markup.h"

#include <algorithm>
#include <cmath>

namespace foreload::cli {

namespace {

constexpr double width = 860, margin = 24, label_width = 190, end_room = 70, row = 22, bar = 14;
constexpr double chart_left = margin + label_width, chart_width = width - chart_left - margin - end_room;
constexpr size_t label_columns = 24;

constexpr char style[] = R"css(
    text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
    .paper { fill: #ffffff; }
    .title { font-size: 16px; font-weight: 600; }
    .heading { font-weight: 600; }
    .faint, .tick { fill: #59636e; font-size: 12px; }
    .tick { text-anchor: middle; }
    .gain { font-size: 16px; font-weight: 600; fill: #1a7f37; text-anchor: end; }
    .grid { stroke: #e1e6eb; }
    .plain { fill: #f2b99a; }
    .plain.critical { fill: #d4652b; }
    .with { fill: #7ccf93; }
    .with.critical { fill: #1a7f37; }
    .failed { fill: #cf222e; }
    .done { stroke-width: 1.5; stroke-dasharray: 4 3; }
    .done.of-plain { stroke: #d4652b; }
    .done.of-with { stroke: #1a7f37; }
    .of-plain.heading { fill: #a33e00; }
    .of-with.heading { fill: #1a7f37; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .paper { fill: #0d1117; }
      .faint, .tick { fill: #9198a1; }
      .gain, .of-with.heading { fill: #3fb950; }
      .grid { stroke: #262c36; }
      .plain { fill: #6f3d20; }
      .plain.critical { fill: #db7a3f; }
      .with { fill: #1f6b34; }
      .with.critical { fill: #3fb950; }
      .failed { fill: #ff7b72; }
      .done.of-plain { stroke: #db7a3f; }
      .done.of-with { stroke: #3fb950; }
      .of-plain.heading { fill: #ffa66b; }
    }
)css";

/// What fits beside the chart.
std::string label_of(const ReportLoad &load, unsigned indent) {
  std::string label = load.props.empty() ? load.name : load.name + " " + load.props;
  return shortened(std::move(label), label_columns - std::min<size_t>(indent, 6) * 2);
}

class PageDrawer {
public:
  PageDrawer(Markup &svg, const ReportPage &page, double top)
      : svg_(svg), page_(page), y_(top), end_(chart_end(page)), depth_(least_depth(page)) {}

  /// Returns where the page ends.
  double draw() {
    text("title", margin, y_ + 18, page_.file.empty() ? page_.url : page_.file);
    if (double times = speedup(page_); times >= 1.05)
      text("gain", width - margin, y_ + 18, decimal(times, 1) + "×");
    text("faint", margin, y_ + 36,
         page_.is_measured()
             ? page_.method + " " + page_.url +
                   (page_.requests > 1 ? ", the median of " + std::to_string(page_.requests) + " requests" : "")
             : "not measured: counted are loads that come one after another");
    y_ += 50;
    double top = y_;
    Markup rows;
    std::swap(rows, svg_); // the grid is drawn below them, when their height is known
    if (page_.has_plain)
      draw_half("plain", "Before: plain rendering", page_.plain, page_.plain_is_bound);
    draw_half("with", "After: with foreload", page_.with, false);
    std::swap(rows, svg_);
    draw_grid(top);
    svg_.append(rows);
    return y_ + 36;
  }

private:
  double x(double time) const { return chart_left + time / end_ * chart_width; }

  Markup &coordinate(double value) { return svg_.number(std::round(value * 100) / 100); }

  void text(llvm::StringRef kind, double left, double base, llvm::StringRef words) {
    svg_ << "  <text class=\"";
    svg_.text(kind) << "\" x=\"";
    coordinate(left) << "\" y=\"";
    coordinate(base) << "\">";
    svg_.text(words) << "</text>\n";
  }

  void line(llvm::StringRef kind, double at, double top, double bottom) {
    svg_ << "  <line class=\"";
    svg_.text(kind) << "\" x1=\"";
    coordinate(at) << "\" x2=\"";
    coordinate(at) << "\" y1=\"";
    coordinate(top) << "\" y2=\"";
    coordinate(bottom) << "\"/>\n";
  }

  void draw_half(llvm::StringRef kind, const std::string &title, double total, bool is_bound) {
    bool plain = kind == "plain";
    text("heading", margin, y_ + 14, title);
    double top = y_ + row;
    y_ = top;
    for (const ReportLoad &load : page_.loads) {
      if (plain && !load.has_plain)
        continue;
      const ReportSpan &span = plain ? load.plain : load.with;
      bool critical = plain ? load.is_plain_critical : load.is_critical;
      unsigned indent = load.depth - depth_;
      text("", margin + std::min(indent, 6u) * 12, y_ + 12, label_of(load, indent));
      svg_ << "  <rect class=\"";
      svg_.text((load.status == "error" ? "failed" : kind.str()) + (critical ? " critical" : "")) << "\" x=\"";
      coordinate(x(span.start)) << "\" y=\"";
      coordinate(y_ + 1) << "\" width=\"";
      coordinate(std::max(2.0, x(span.end) - x(span.start))) << "\" height=\"";
      svg_.number(bar) << "\" rx=\"3\"/>\n";
      y_ += row;
    }
    line("done of-" + kind.str(), x(total), top - 4, y_);
    text("heading of-" + kind.str(), x(total) + 8, y_ - 8,
         (is_bound ? "≤ " : "") + (page_.is_measured() ? duration_text(total, true) : decimal(total, 0)));
    y_ += 12;
  }

  void draw_grid(double top) {
    double step = chart_step(page_);
    for (double at = 0; at <= end_ * 1.0001; at += step) {
      line("grid", x(at), top + row - 4, y_ - 8);
      text("tick", x(at), y_ + 8, decimal(at, 1) + (page_.is_measured() && at > 0 ? " ms" : ""));
    }
    y_ += 12;
  }

  Markup &svg_;
  const ReportPage &page_;
  double y_;
  const double end_;
  const unsigned depth_;
};

} // namespace

std::string report_svg(const Report &report) {
  Markup pages;
  double y = 16;
  std::string description;
  for (const ReportPage &page : report.pages) {
    if (page.loads.empty())
      continue;
    y = PageDrawer(pages, page, y).draw();
    description += (page.file.empty() ? page.url : page.file) + ": " +
                   (page.has_plain ? duration_text(page.plain, page.is_measured()) + " plainly, " : "") +
                   duration_text(page.with, page.is_measured()) + " with foreload. ";
  }
  Markup svg;
  svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ";
  svg.number(width) << " ";
  svg.number(std::ceil(y)) << "\" role=\"img\" aria-labelledby=\"title description\">\n  <title id=\"title\">";
  svg.text("When the loaders of " + report.project + " run, before and after")
      << "</title>\n  <desc id=\"description\">";
  svg.text(llvm::StringRef(description).rtrim())
      << "</desc>\n  <style>" << style
      << "  </style>\n  <rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n";
  svg.append(pages) << "</svg>\n";
  return svg.take();
}

} // namespace foreload::cli
