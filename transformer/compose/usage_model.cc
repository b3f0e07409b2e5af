#include "compose/usage_model.h"
#include "engine/replace_file.h"

#include <llvm/Support/GlobPattern.h>
#include <llvm/Support/MemoryBuffer.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace foreload {

using Json = nlohmann::ordered_json;

namespace {

struct Weighted {
  std::string path;
  double weight;
};

/// The heaviest first, and by path where they weigh the same, so that nothing depends on hash order.
void sort_by_weight(std::vector<Weighted> &list) {
  std::sort(list.begin(), list.end(),
            [](const Weighted &a, const Weighted &b) { return a.weight != b.weight ? a.weight > b.weight : a.path < b.path; });
}

bool contains(llvm::ArrayRef<std::string> list, llvm::StringRef path) {
  return std::find(list.begin(), list.end(), path) != list.end();
}

llvm::Error damaged(const char *why) {
  return llvm::createStringError(std::errc::invalid_argument, "the record of use is damaged: %s", why);
}

} // namespace

double UsageModel::aged(double weight, uint64_t since) const {
  return weight * std::pow(options_.decay, static_cast<double>(clock_ - since));
}

void UsageModel::bring_up_to_date(Component &component) const {
  component.uses = aged(component.uses, component.clock);
  for (auto &related : component.related)
    related.second = aged(related.second, component.clock);
  component.clock = clock_;
}

std::vector<std::string> UsageModel::record(llvm::ArrayRef<std::string> requested) {
  std::vector<std::string> components = requested.vec();
  std::sort(components.begin(), components.end());
  components.erase(std::unique(components.begin(), components.end()), components.end());

  std::lock_guard lock(mutex_);
  if (!previous_.empty()) {
    std::vector<std::string> wanted;
    std::set_difference(components.begin(), components.end(), previous_.begin(), previous_.end(), std::back_inserter(wanted));
    ++statistics_.requests;
    statistics_.predicted += predicted_.size();
    statistics_.wanted += wanted.size();
    for (const std::string &path : wanted)
      statistics_.correct += contains(predicted_, path);
  }

  ++clock_;
  for (const std::string &path : components) {
    Component &component = components_[path];
    bring_up_to_date(component);
    component.uses += 1;
    for (const std::string &other : components)
      if (other != path)
        component.related[other] += 1;
  }
  // What follows a request goes with it, too. The one before counts once more only for those that it did not have.
  for (const std::string &path : previous_) {
    auto at = components_.find(path);
    if (at == components_.end() || contains(components, path))
      continue;
    bring_up_to_date(at->second);
    for (const std::string &other : components)
      if (!contains(previous_, other))
        at->second.related[other] += 1;
  }
  forget_weakest();
  previous_ = std::move(components);
  predicted_ = predict_locked(previous_);
  return predicted_;
}

void UsageModel::forget_weakest() {
  for (auto &entry : components_) {
    auto &related = entry.second.related;
    if (related.size() <= options_.max_related)
      continue;
    std::vector<Weighted> list;
    for (const auto &other : related)
      list.push_back({other.first().str(), other.second});
    sort_by_weight(list);
    for (size_t i = options_.max_related; i < list.size(); ++i)
      related.erase(list[i].path);
  }
  if (components_.size() <= options_.max_components)
    return;
  std::vector<Weighted> list;
  for (const auto &entry : components_)
    list.push_back({entry.first().str(), aged(entry.second.uses, entry.second.clock)});
  sort_by_weight(list);
  for (size_t i = options_.max_components; i < list.size(); ++i)
    components_.erase(list[i].path);
}

std::vector<std::string> UsageModel::predict(llvm::ArrayRef<std::string> components) const {
  std::lock_guard lock(mutex_);
  return predict_locked(components);
}

std::vector<std::string> UsageModel::predict_locked(llvm::ArrayRef<std::string> components) const {
  std::vector<std::string> predicted;
  auto add = [&](llvm::StringRef path) {
    if (predicted.size() < options_.max_predicted && !contains(components, path) && !contains(predicted, path))
      predicted.push_back(path.str());
  };
  for (const PredictionRule &rule : options_.rules) {
    llvm::Expected<llvm::GlobPattern> glob = llvm::GlobPattern::create(rule.when);
    if (!glob) {
      llvm::consumeError(glob.takeError()); // the configuration's reader has said so
      continue;
    }
    if (std::any_of(components.begin(), components.end(), [&](const std::string &path) { return glob->match(path); }))
      for (const std::string &path : rule.load)
        add(path);
  }

  // The likelihood of what one component alone is evidence for; several do not add up to more.
  llvm::StringMap<double> likelihood;
  for (const std::string &path : components) {
    auto at = components_.find(path);
    if (at == components_.end() || at->second.uses <= 0)
      continue;
    for (const auto &related : at->second.related) {
      double &best = likelihood[related.first()];
      best = std::max(best, std::min(1.0, related.second / at->second.uses));
    }
  }
  std::vector<Weighted> list;
  for (const auto &entry : likelihood)
    if (entry.second >= options_.least_likely)
      list.push_back({entry.first().str(), entry.second});
  sort_by_weight(list);
  for (const Weighted &entry : list)
    add(entry.path);
  return predicted;
}

std::vector<std::string> UsageModel::hottest(size_t count) const {
  std::lock_guard lock(mutex_);
  std::vector<Weighted> list;
  for (const auto &entry : components_)
    list.push_back({entry.first().str(), aged(entry.second.uses, entry.second.clock)});
  sort_by_weight(list);
  std::vector<std::string> paths;
  for (const Weighted &entry : llvm::ArrayRef(list).take_front(count))
    paths.push_back(entry.path);
  return paths;
}

PredictionStatistics UsageModel::statistics() const {
  std::lock_guard lock(mutex_);
  return statistics_;
}

llvm::Error UsageModel::load(llvm::StringRef file) {
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer) {
    if (buffer.getError() == std::errc::no_such_file_or_directory)
      return llvm::Error::success();
    return llvm::createStringError(buffer.getError(), "the record of use cannot be read: %s",
                                   buffer.getError().message().c_str());
  }
  llvm::StringRef text = (*buffer)->getBuffer();
  Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("components") || !json["components"].is_array() || json.value("version", Json()) != 1)
    return damaged("it is not what foreload writes");
  llvm::StringMap<Component> components;
  for (const Json &entry : json["components"]) {
    if (!entry.is_object() || !entry.contains("path") || !entry["path"].is_string() || !entry.contains("uses") ||
        !entry["uses"].is_number() || !entry.contains("related") || !entry["related"].is_object())
      return damaged("a component of it is incomplete");
    Component &component = components[entry["path"].get<std::string>()];
    component.uses = entry["uses"].get<double>();
    for (const auto &[path, weight] : entry["related"].items()) {
      if (!weight.is_number())
        return damaged("a weight of it is no number");
      component.related[path] = weight.get<double>();
    }
  }
  PredictionStatistics statistics;
  if (auto at = json.find("statistics"); at != json.end() && at->is_object())
    for (auto [name, field] : {std::pair{"requests", &statistics.requests}, {"predicted", &statistics.predicted},
                               {"wanted", &statistics.wanted}, {"correct", &statistics.correct}})
      if (auto number = at->find(name); number != at->end() && number->is_number_unsigned())
        *field = number->get<uint64_t>();

  std::vector<std::string> previous;
  if (auto at = json.find("previous"); at != json.end() && at->is_array())
    for (const Json &path : *at)
      if (path.is_string())
        previous.push_back(path.get<std::string>());
  std::sort(previous.begin(), previous.end());

  std::lock_guard lock(mutex_);
  components_ = std::move(components);
  statistics_ = statistics;
  clock_ = 0; // weights are saved as they were then; only what happens from now on ages them
  forget_weakest();
  previous_ = std::move(previous);
  predicted_ = predict_locked(previous_);
  return llvm::Error::success();
}

llvm::Error UsageModel::save(llvm::StringRef file) const {
  Json json;
  {
    std::lock_guard lock(mutex_);
    json["version"] = 1;
    json["statistics"] = {{"requests", statistics_.requests}, {"predicted", statistics_.predicted},
                          {"wanted", statistics_.wanted}, {"correct", statistics_.correct}};
    json["previous"] = previous_;
    std::vector<llvm::StringRef> paths;
    for (const auto &entry : components_)
      paths.push_back(entry.first());
    std::sort(paths.begin(), paths.end());
    Json &list = json["components"] = Json::array();
    for (llvm::StringRef path : paths) {
      Component component = components_.find(path)->second;
      bring_up_to_date(component);
      std::vector<Weighted> related;
      for (const auto &other : component.related)
        related.push_back({other.first().str(), other.second});
      sort_by_weight(related);
      Json weights = Json::object();
      for (const Weighted &other : related)
        weights[other.path] = other.weight;
      list.push_back({{"path", path.str()}, {"uses", component.uses}, {"related", std::move(weights)}});
    }
  }
  std::string text = json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (std::error_code error = replace_file(file, text))
    return llvm::createStringError(error, "the record of use cannot be written: %s", error.message().c_str());
  return llvm::Error::success();
}

} // namespace foreload
