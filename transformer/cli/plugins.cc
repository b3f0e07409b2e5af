#include "cli/plugins.h"

#include "cli/diagnostic_text.h"
#include "cli/project.h"
#include "host/native_plugin.h"

#include <llvm/Support/MemoryBuffer.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace foreload::cli {

llvm::Expected<std::vector<std::shared_ptr<Plugin>>> load_plugins(llvm::ArrayRef<std::string> given,
                                                                  llvm::StringRef root) {
  std::vector<std::shared_ptr<Plugin>> plugins;
  for (llvm::StringRef text : given) {
    auto [file, value] = text.split('=');
    std::string options = value.str();
    if (!options.empty() && options[0] != '{') {
      auto buffer = llvm::MemoryBuffer::getFile(options);
      if (!buffer)
        return llvm::createStringError(buffer.getError(), "options of plugin '" + file + "': '" + value +
                                                              "': " + buffer.getError().message());
      options = (*buffer)->getBuffer().str();
    }
    llvm::Expected<std::shared_ptr<Plugin>> plugin = load_native_plugin(absolute_path(file), options, root);
    if (!plugin)
      return plugin.takeError();
    plugins.push_back(std::move(*plugin));
  }
  return plugins;
}

static std::string milliseconds(uint64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ms", static_cast<double>(nanoseconds) / 1e6);
  return text;
}

std::string statistics_text(llvm::StringRef json, Painter paint) {
  struct Row {
    std::string name;
    uint64_t nanoseconds, longest, calls, filtered;
  };
  std::vector<Row> rows;
  nlohmann::json statistics = nlohmann::json::parse(json);
  for (const auto &plugin : statistics["plugins"])
    for (const auto &[hook, timing] : plugin["hooks"].items())
      rows.push_back({plugin["name"].get<std::string>() + " " + hook, timing["nanoseconds"], timing["longest"],
                      timing["calls"], timing["filtered"]});
  std::stable_sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) { return a.nanoseconds > b.nanoseconds; });
  size_t width = 0;
  for (const Row &row : rows)
    width = std::max(width, shown_columns(row.name));
  std::string text;
  for (const Row &row : rows)
    text += row.name + std::string(width - shown_columns(row.name) + 2, ' ') +
            paint(Colour::Bold, milliseconds(row.nanoseconds)) + " in " + counted(row.calls, "call") + ", longest " +
            milliseconds(row.longest) + ", " + std::to_string(row.filtered) + " filtered\n";
  return text;
}

} // namespace foreload::cli
