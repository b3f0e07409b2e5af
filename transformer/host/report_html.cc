#include "host/report_html.h"

#include "host/markup.h"
#include "host/report_style.h" // made of report.css by CMake
#include "plan/loader_key.h"

#include <algorithm>

namespace foreload {

namespace {

void replace(std::string &text, llvm::StringRef name, llvm::StringRef value) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size()))
    text.replace(at, name.size(), value);
}

/// For what a URL has as a value: what separates values is escaped, too.
std::string url_value(llvm::StringRef text) {
  std::string url = url_path(text);
  for (auto [character, code] : {std::pair{"&", "%26"}, {"+", "%2B"}, {"?", "%3F"}, {"#", "%23"}, {"=", "%3D"}})
    replace(url, character, code);
  return url;
}

class PageWriter {
public:
  PageWriter(const ReportPage &page, const ReportLinks &links, size_t number)
      : page_(page), links_(links), number_(number), measured_(page.is_measured()), end_(chart_end(page)) {}

  void write(Markup &html) {
    html << "<article class=\"page\" aria-labelledby=\"page-";
    html.number(static_cast<double>(number_)) << "\">\n<header><h2 id=\"page-";
    html.number(static_cast<double>(number_)) << "\">";
    link(html, {page_.file, 0, 0}, page_.file.empty() ? page_.url : page_.file);
    html << "</h2>";
    if (measured_) {
      html << "<p class=\"request\"><code>";
      html.text(page_.method + " " + page_.url) << "</code>";
      if (page_.requests > 1)
        html.text(", the median of " + std::to_string(page_.requests) + " requests");
      html << "</p>";
    } else {
      html << "<p class=\"request\">not measured: counted are loads that come one after another</p>";
    }
    html << "</header>\n";
    if (page_.loads.empty()) {
      html << "<p class=\"empty\">No loader ran.</p>\n";
    } else {
      write_comparison(html);
      write_waterfall(html);
      write_legend(html);
      write_late(html);
    }
    write_tree(html);
    html << "</article>\n";
  }

private:
  // --- Before and after

  void write_comparison(Markup &html) const {
    html << "<dl class=\"compare\">";
    if (page_.has_plain)
      write_total(html, "plain", "Plain rendering", page_.plain, page_.plain_is_bound);
    write_total(html, "with", "With foreload", page_.with, false);
    html << "</dl>\n";
    if (double times = speedup(page_); times >= 1.05) {
      html << "<p class=\"gain\"><strong>";
      html.text(decimal(times, 1)) << "×</strong> ";
      html.text(measured_ ? "as fast: the data is there " + duration_text(page_.plain - page_.with, true) + " earlier"
                          : "fewer loads that come one after another");
      html << "</p>\n";
    }
  }

  void write_total(Markup &html, const char *kind, const char *title, double time, bool is_bound) const {
    html << "<div class=\"";
    html.text(kind) << "\"><dt>";
    html.text(title) << "</dt><dd><span class=\"total\" style=\"width:";
    html.number(time / end_ * 100) << "%\"></span><b>";
    html.text((is_bound ? "at most " : "") + duration_text(time, measured_)) << "</b></dd></div>";
  }

  // --- The waterfall

  void write_waterfall(Markup &html) const {
    double step = chart_step(page_);
    html << "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Waterfall\"><table class=\"waterfall\""
            " style=\"--with-end:";
    percent(html, page_.with) << ";--plain-end:";
    percent(html, page_.has_plain ? page_.plain : page_.with) << ";--tick:";
    percent(html, step) << "\">\n<caption>When each loader runs</caption>\n<thead><tr><th scope=\"col\">Loader</th>"
                           "<th scope=\"col\"><span class=\"hidden\">From and to</span>"
                           "<span class=\"ticks\" aria-hidden=\"true\">";
    for (double at = 0; at <= end_ * 1.0001; at += step) {
      html << "<i style=\"left:";
      percent(html, at) << "\">";
      html.text(decimal(at, 1)) << "</i>";
    }
    html << "</span></th>";
    if (measured_)
      html << "<th scope=\"col\" class=\"number\">Takes</th>"
              "<th scope=\"col\" class=\"number\">Page&nbsp;waits</th>";
    html << "</tr></thead>\n<tbody>\n";
    unsigned depth = least_depth(page_);
    for (const ReportLoad &load : page_.loads)
      write_row(html, load, std::min(load.depth - depth, 12u));
    html << "</tbody></table></div>\n";
  }

  void write_row(Markup &html, const ReportLoad &load, unsigned depth) const {
    html << "<tr class=\"";
    html.text(std::string(load.is_critical ? "critical" : "beside") +
              (load.is_plain_critical ? " plain-critical" : "") + (load.starts_late ? " late" : "") +
              (load.status == "error" ? " failed" : ""));
    html << "\"><th scope=\"row\" style=\"--depth:";
    html.number(depth) << "\">";
    link(html, load.declared, load.name);
    if (!load.props.empty()) {
      html << " <code>";
      html.text(load.props) << "</code>";
    }
    if (load.is_critical)
      html << "<span class=\"mark\" title=\"On the critical path\"><span class=\"hidden\">, on the critical path"
              "</span></span>";
    if (std::string notes = notes_of(load); !notes.empty()) {
      html << "<small>";
      html.text(notes) << "</small>";
    }
    html << "</th><td class=\"track\">";
    if (load.has_plain) {
      html << "<span class=\"bar plain\" style=\"";
      place(html, load.plain) << "\"></span>";
    }
    html << "<span class=\"bar with\" style=\"";
    place(html, load.with) << "\"></span><span class=\"hidden\">";
    html.text(span_text(load.with));
    if (load.has_plain)
      html.text("; in plain rendering " + span_text(load.plain));
    html << "</span></td>";
    if (measured_) {
      html << "<td class=\"number\">";
      html.text(duration_text(load.with.end - load.with.start, true)) << "</td><td class=\"number\">";
      html.text(duration_text(load.wait, true)) << "</td>";
    }
    html << "</tr>\n";
  }

  std::string span_text(const ReportSpan &span) const {
    return measured_ ? "from " + duration_text(span.start, true) + " to " + duration_text(span.end, true)
                     : "load " + decimal(span.start + 1, 0) + " of a row";
  }

  static std::string notes_of(const ReportLoad &load) {
    std::string notes;
    auto add = [&notes](const std::string &note) { notes += (notes.empty() ? "" : ", ") + note; };
    if (load.status == "error")
      add("failed: " + load.error);
    if (load.status == "aborted")
      add("aborted");
    if (load.status == "pending")
      add("was not done by the end of the request");
    if (load.starts_late)
      add("not lifted");
    if (load.retries)
      add("called again " + (load.retries == 1 ? "once" : std::to_string(load.retries) + " times"));
    if (load.queued >= 0.1)
      add("waited " + duration_text(load.queued, true) + " for its turn");
    if (load.is_wasted)
      add("nobody asked for its data");
    else if (load.is_speculative)
      add("started on speculation");
    return notes;
  }

  void write_legend(Markup &html) const {
    html << "<ul class=\"legend\"><li><span class=\"bar with\"></span>with foreload</li>";
    html << "<li><span class=\"bar with strong\"></span>on the critical path</li>";
    if (page_.has_plain) {
      html << "<li><span class=\"bar plain\"></span>in plain rendering";
      if (measured_)
        html << ", computed from the measured times and the component tree";
      html << "</li>";
    }
    html << "</ul>\n";
  }

  // --- What could be better

  void write_late(Markup &html) const {
    if (page_.late_count() == 0)
      return;
    html << "<section class=\"late-list\"><h3>Not lifted</h3><ul>\n";
    std::string last;
    for (const ReportLoad &load : page_.loads) {
      if (!load.starts_late || load.key == last)
        continue;
      last = load.key;
      html << "<li>";
      link(html, load.declared, load.name) << " starts when it renders";
      if (!load.reason.empty())
        html << ": ";
      html.text(load.reason);
      if (!load.at.file.empty()) {
        html << " at ";
        link(html, load.at, place_text(load.at));
      }
      if (!load.code.empty()) {
        html << " (";
        std::string url = links_.code;
        replace(url, "{code}", load.code);
        anchor(html, url, load.code, false) << ")";
      }
      html << "</li>\n";
    }
    html << "</ul></section>\n";
  }

  void write_tree(Markup &html) const {
    if (page_.tree.empty())
      return;
    html << "<details><summary>Component tree and plan</summary><ul class=\"tree\">\n";
    for (const ReportNode &node : page_.tree) {
      html << "<li style=\"--depth:";
      html.number(std::min(node.depth, 20u)) << "\">";
      link(html, {node.component, 0, 0}, node.component) << " <small>";
      html.text(node.text) << "</small></li>\n";
    }
    html << "</ul>";
    if (page_.source_bytes) {
      html << "<p class=\"size\">The page has ";
      html.text(std::to_string(page_.source_bytes)) << " bytes of source; lifting adds ";
      html.text(std::to_string(page_.added_bytes))
          << " to what is compiled for the server, and nothing for the browser.</p>";
    }
    html << "</details>\n";
  }

  // --- Parts

  static std::string place_text(const ReportPlace &place) {
    return place.file +
           (place.line ? ":" + std::to_string(place.line) + ":" + std::to_string(place.column) : std::string());
  }

  Markup &link(Markup &html, const ReportPlace &place, const std::string &text) const {
    std::string url;
    bool is_file = !place.file.empty() && place.file.front() != '<'; // <Unknown>
    if (is_file && !links_.source.empty()) {
      url = links_.source;
      replace(url, "{path}", url_value(place.file.front() == '/' ? place.file : links_.root + "/" + place.file));
      replace(url, "{file}", url_value(place.file));
      replace(url, "{line}", std::to_string(std::max(place.line, 1u)));
      replace(url, "{column}", std::to_string(std::max(place.column, 1u)));
    }
    return anchor(html, url, text, is_file, place_text(place));
  }

  static Markup &anchor(Markup &html, const std::string &url, const std::string &text, bool is_source,
                        const std::string &title = {}) {
    html << "<";
    html.text(url.empty() ? "span" : "a");
    if (!url.empty()) {
      html << " href=\"";
      html.text(url) << "\"";
    }
    if (is_source && !url.empty())
      html << " data-source";
    if (!title.empty() && title != text) {
      html << " title=\"";
      html.text(title) << "\"";
    }
    html << ">";
    html.text(text) << "</";
    return html.text(url.empty() ? "span" : "a") << ">";
  }

  /// Where a time is on the axis, which goes a little beyond the last of them.
  Markup &percent(Markup &html, double time) const { return html.number(time / end_ * 97) << "%"; }

  Markup &place(Markup &html, const ReportSpan &span) const {
    html << "left:";
    percent(html, span.start) << ";width:";
    return percent(html, std::max(0.0, span.end - span.start));
  }

  const ReportPage &page_;
  const ReportLinks &links_;
  const size_t number_;
  const bool measured_;
  const double end_;
};

void write_overview(Markup &html, const Report &report) {
  double longest[] = {0, 0}; // of what was measured and of what was not
  size_t loads = 0, late = 0;
  for (const ReportPage &page : report.pages) {
    double &longest_here = longest[page.is_measured()];
    longest_here = std::max({longest_here, page.with, page.plain});
    loads += page.loads.size();
    late += page.late_count();
  }
  auto counted = [](size_t count, const char *noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
  };
  html << "<p class=\"counts\">";
  html.text(counted(report.pages.size(), "page") + ", " + counted(loads, "run") + " of loaders, " +
            std::to_string(late) + " not lifted")
      << "</p>\n";
  html
      << "<table class=\"overview\"><caption class=\"hidden\">All pages</caption><thead><tr><th scope=\"col\">Page</th>"
         "<th scope=\"col\"><span class=\"hidden\">Plain rendering and foreload, drawn</span></th><th scope=\"col\" "
         "class=\"number\">Plain</th>"
         "<th scope=\"col\" class=\"number\">foreload</th><th scope=\"col\" class=\"number\"><span "
         "class=\"hidden\">Times as fast"
         "</span></th></tr></thead><tbody>\n";
  for (size_t i = 0; i < report.pages.size(); ++i) {
    const ReportPage &page = report.pages[i];
    if (page.loads.empty())
      continue;
    auto width = [&](double time) { return time / std::max(longest[page.is_measured()], 1e-3) * 100; };
    html << "<tr><th scope=\"row\"><a href=\"#page-";
    html.number(static_cast<double>(i + 1)) << "\">";
    html.text(page.is_measured() ? page.url : page.file) << "</a></th><td class=\"pair\">";
    if (page.has_plain) {
      html << "<span class=\"bar plain\" style=\"width:";
      html.number(width(page.plain)) << "%\"></span>";
    }
    html << "<span class=\"bar with\" style=\"width:";
    html.number(width(page.with)) << "%\"></span></td><td class=\"number\">";
    html.text(page.has_plain ? (page.plain_is_bound ? "≤ " : "") + duration_text(page.plain, page.is_measured()) : "–")
        << "</td><td class=\"number\">";
    html.text(duration_text(page.with, page.is_measured())) << "</td><td class=\"number gain\">";
    if (double times = speedup(page); times >= 1.05)
      html.text(decimal(times, 1) + "×");
    html << "</td></tr>\n";
  }
  html << "</tbody></table>\n";
}

void write_diagnostics(Markup &html, const Report &report, llvm::StringRef root) {
  if (report.diagnostics.empty())
    return;
  html << "<section class=\"page\"><h2>Diagnostics</h2><ul class=\"diagnostics\">\n";
  for (const Diagnostic &diagnostic : report.diagnostics) {
    html << "<li class=\"";
    html.text(severity_text(diagnostic.severity)) << "\"><b>";
    html.text(diagnostic.code_text()) << "</b> ";
    html.text(diagnostic.message);
    html << " <small>";
    llvm::StringRef file = diagnostic.file;
    if (file.consume_front(root))
      file.consume_front("/");
    html.text(file.str() + (diagnostic.start.line ? ":" + std::to_string(diagnostic.start.line) : "")) << "</small>";
    if (!diagnostic.hint.empty()) {
      html << "<br><span class=\"hint\">";
      html.text(diagnostic.hint) << "</span>";
    }
    html << "</li>\n";
  }
  html << "</ul></section>\n";
}

} // namespace

std::string report_html(const Report &report, const ReportLinks &links) {
  Markup html;
  html << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
  html.text(report.project + ": foreload report") << "</title>\n<style>\n" << report_style << "</style>\n</head>\n";
  html << "<body class=\"foreload report\">\n<header class=\"top\"><h1>";
  html.text(report.project) << " <small>foreload report</small></h1>\n";
  write_overview(html, report);
  html << "</header>\n<main>\n";
  for (size_t i = 0; i < report.pages.size(); ++i)
    PageWriter(report.pages[i], links, i + 1).write(html);
  write_diagnostics(html, report, links.root);
  html << "</main>\n</body>\n</html>\n";
  return html.take();
}

std::string report_panel(const ReportPage &page, const ReportLinks &links) {
  Markup html;
  html << "<style>\n" << report_style << "</style>\n<div class=\"foreload panel\" data-late=\"";
  html.number(static_cast<double>(page.late_count())) << "\">\n";
  PageWriter(page, links, 1).write(html);
  html << "</div>\n";
  return html.take();
}

} // namespace foreload
