#include "cli/build_events.h"

#include "cli/diagnostic_text.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/Support/JSON.h>
#include <llvm/Support/raw_ostream.h>

#include <cstdio>

namespace foreload::cli {

using Json = llvm::json::OStream;

static std::string event(llvm::StringRef name, llvm::function_ref<void(Json &)> fields) {
  std::string line;
  llvm::raw_string_ostream stream(line);
  Json json(stream);
  json.object([&] {
    json.attribute("event", name);
    fields(json);
  });
  stream << "\n";
  stream.flush();
  return line;
}

static void text_attribute(Json &json, llvm::StringRef name, llvm::StringRef text) {
  json.attribute(name, llvm::json::fixUTF8(text));
}

static void number_attribute(Json &json, llvm::StringRef name, uint64_t number) {
  json.attribute(name, static_cast<int64_t>(number));
}

std::string start_event(const BuildOptions &options, llvm::ArrayRef<std::string> changed) {
  return event("start", [&](Json &json) {
    text_attribute(json, "directory", options.directory);
    if (!options.out.empty())
      text_attribute(json, "out", options.out);
    if (!changed.empty())
      json.attributeArray("changed", [&] {
        for (const std::string &path : changed)
          json.value(llvm::json::fixUTF8(path));
      });
  });
}

std::string progress_event(const BuildProgress &progress) {
  return event("progress", [&](Json &json) {
    json.attribute("phase", phase_name(progress.phase));
    number_attribute(json, "done", progress.done);
    number_attribute(json, "total", progress.total);
  });
}

bool ProgressThrottle::lets_pass(const BuildProgress &progress) {
  constexpr auto interval = std::chrono::milliseconds(50);
  auto now = std::chrono::steady_clock::now();
  bool is_end = progress.done == progress.total;
  if (progress.phase == phase_ && !is_end && now < next_)
    return false;
  phase_ = progress.phase;
  next_ = now + interval;
  return true;
}

static void position_attribute(Json &json, llvm::StringRef name, const Position &position) {
  json.attributeObject(name, [&] {
    number_attribute(json, "line", position.line);
    number_attribute(json, "column", position.column);
    number_attribute(json, "offset", position.offset);
  });
}

static std::string diagnostic_event(const Diagnostic &diagnostic) {
  return event("diagnostic", [&](Json &json) {
    json.attribute("code", diagnostic.code_text());
    json.attribute("severity", severity_text(diagnostic.severity));
    text_attribute(json, "file", diagnostic.file);
    if (diagnostic.start.line != 0) { // else it is about the file as a whole
      position_attribute(json, "start", diagnostic.start);
      position_attribute(json, "end", diagnostic.end);
    }
    text_attribute(json, "message", diagnostic.message);
    if (!diagnostic.hint.empty())
      text_attribute(json, "hint", diagnostic.hint);
  });
}

std::string done_events(const BuildResult &result) {
  std::string lines;
  for (const Diagnostic &diagnostic : result.diagnostics)
    lines += diagnostic_event(diagnostic);
  const BuildStatistics &statistics = result.statistics;
  return lines + event("done", [&](Json &json) {
           json.attribute("success", !has_errors(result.diagnostics));
           number_attribute(json, "components", result.components);
           number_attribute(json, "changed", result.changed);
           number_attribute(json, "loaders", result.loaders);
           number_attribute(json, "lifted", result.lifted);
           json.attributeObject("statistics", [&] {
             json.attribute("seconds", statistics.seconds);
             json.attributeObject("work", [&] {
               for (size_t phase = 0; phase < build_phase_count; ++phase)
                 json.attribute(phase_name(static_cast<BuildPhase>(phase)), statistics.work[phase]);
             });
             number_attribute(json, "jobs", statistics.jobs);
             number_attribute(json, "batch", statistics.batch);
             number_attribute(json, "written", statistics.written);
             number_attribute(json, "unchanged", statistics.unchanged);
             number_attribute(json, "bytesRead", statistics.bytes_read);
             number_attribute(json, "bytesWritten", statistics.bytes_written);
             number_attribute(json, "peakMemory", statistics.peak_memory);
           });
           json.attributeObject("cache", [&] {
             json.attribute("unchanged", result.reuse.is_unchanged);
             json.attribute("shared", result.reuse.is_shared);
             number_attribute(json, "sameComponents", result.reuse.same_components);
             number_attribute(json, "knownFiles", result.reuse.known_files);
             number_attribute(json, "newFiles", result.reuse.new_files);
           });
           if (!result.manifest.empty()) {
             llvm::Expected<llvm::json::Value> manifest = llvm::json::parse(result.manifest);
             if (manifest)
               json.attribute("manifest", *manifest);
             else // a plugin has put something else in its place
               llvm::consumeError(manifest.takeError());
           }
         });
}

std::string build_statistics_text(const BuildStatistics &statistics) {
  auto number = [](const char *format, double value) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return std::string(text);
  };
  constexpr double megabyte = 1024 * 1024;
  std::string text;
  for (size_t phase = 0; phase < build_phase_count; ++phase) {
    std::string name = phase_name(static_cast<BuildPhase>(phase));
    text += name + std::string(7 - name.size(), ' ') + number("%8.2f ms", statistics.work[phase] * 1e3) + "\n";
  }
  text += "all of it in " + number("%.2f ms", statistics.seconds * 1e3) + " on " + counted(statistics.jobs, "thread") +
          ", " + counted(statistics.batch, "component") + " at a time\n";
  text += number("%.1f MB read", static_cast<double>(statistics.bytes_read) / megabyte) + ", " +
          counted(statistics.written, "file") +
          number(" (%.1f MB) written, ", static_cast<double>(statistics.bytes_written) / megabyte) +
          std::to_string(statistics.unchanged) + " unchanged, " +
          number("%.1f MB of memory at most", static_cast<double>(statistics.peak_memory) / megabyte) + "\n";
  return text;
}

} // namespace foreload::cli
