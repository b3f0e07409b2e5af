// What plugins cost and what was read, for people and for trace viewers.
#include "host/host_state.h"

#include <llvm/Support/JSON.h>
#include <llvm/Support/raw_ostream.h>

namespace foreload {

std::string Host::statistics() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, 2);
  auto number = [&](llvm::StringRef name, uint64_t value) { json.attribute(name, static_cast<int64_t>(value)); };
  json.object([&] {
    json.attributeArray("plugins", [&] {
      for (const PluginTiming &plugin : state_->pipeline.timings())
        json.object([&] {
          json.attribute("name", plugin.plugin);
          json.attributeObject("hooks", [&] {
            for (size_t hook = 0; hook < hook_count; ++hook) {
              const HookTiming &timing = plugin.hooks[hook];
              if (timing.calls || timing.filtered)
                json.attributeObject(hook_name(static_cast<Hook>(hook)), [&] {
                  number("calls", timing.calls);
                  number("filtered", timing.filtered);
                  number("nanoseconds", timing.nanoseconds);
                  number("longest", timing.longest);
                });
            }
          });
        });
    });
    ModuleStore::Statistics modules = state_->modules.statistics();
    json.attributeObject("modules", [&] {
      number("analyzed", modules.analyzed);
      number("known", modules.known);
      number("readAhead", modules.read_ahead);
      json.attribute("isReadingAhead", modules.is_reading_ahead);
    });
  });
  stream << "\n";
  stream.flush();
  return text;
}

std::string Host::trace() const { return state_->timeline.to_json(); }

} // namespace foreload
