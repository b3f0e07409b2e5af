#include "host/timeline.h"

#include <llvm/Support/JSON.h>
#include <llvm/Support/Threading.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>

namespace foreload {

void Timeline::add(std::string name, const char *category, llvm::StringRef about, Clock::time_point start,
                   Clock::time_point end) {
  if (!records_)
    return;
  std::lock_guard lock(mutex_);
  events_.push_back({std::move(name), category, about.str(), llvm::get_threadid(), start, end});
}

void Timeline::name_thread(std::string name) {
  if (!records_)
    return;
  std::pair<uint64_t, std::string> thread{llvm::get_threadid(), std::move(name)};
  std::lock_guard lock(mutex_);
  if (std::find(threads_.begin(), threads_.end(), thread) == threads_.end())
    threads_.push_back(std::move(thread));
}

std::string Timeline::to_json() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream);
  auto microseconds = [](Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); };
  std::lock_guard lock(mutex_);
  json.object([&] {
    json.attribute("displayTimeUnit", "ms");
    json.attributeArray("traceEvents", [&] {
      for (const auto &[thread, name] : threads_)
        json.object([&, &number = thread, &title = name] {
          json.attribute("name", "thread_name");
          json.attribute("ph", "M");
          json.attribute("pid", 1);
          json.attribute("tid", static_cast<int64_t>(number));
          json.attributeObject("args", [&] { json.attribute("name", title); });
        });
      for (const Event &event : events_)
        json.object([&] {
          json.attribute("name", event.name);
          json.attribute("cat", event.category);
          json.attribute("ph", "X");
          json.attribute("pid", 1);
          json.attribute("tid", static_cast<int64_t>(event.thread));
          json.attribute("ts", microseconds(event.start - begin_));
          json.attribute("dur", microseconds(event.end - event.start));
          if (!event.about.empty())
            json.attributeObject("args", [&] { json.attribute("id", llvm::json::fixUTF8(event.about)); });
        });
    });
  });
  stream << "\n";
  stream.flush();
  return text;
}

} // namespace foreload
