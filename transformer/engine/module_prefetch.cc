#include "engine/module_prefetch.h"

#include "parse/module_scan.h"

#include <llvm/Support/Threading.h>

#include <algorithm>

namespace foreload {

/// The thread that links the page is one besides.
static unsigned thread_limit() {
  constexpr unsigned most = 8;
  return std::clamp(llvm::hardware_concurrency().compute_thread_count() - 1, 1u, most);
}

ModulePrefetch::ModulePrefetch(ModuleStore &modules, size_t limit)
    : modules_(modules), limit_(limit), workers_([this](unsigned) { work(); }) {}

ModulePrefetch::~ModulePrefetch() {
  {
    std::lock_guard lock(mutex_);
    is_ended_ = true;
  }
  wake_.notify_all();
  workers_.join();
}

void ModulePrefetch::start(const ModuleFacts &root) {
  if (root.sites.empty() || modules_.remembered(root.source->path()))
    return;
  {
    std::lock_guard lock(mutex_);
    if (!roots_.insert(root.source->path()).second)
      return;
  }
  want_rendered(root);
  std::lock_guard lock(mutex_);
  while (workers_.count() < std::min<size_t>(thread_limit(), wanted_.size()) && workers_.start()) {
  }
  if (workers_.count() == 0)
    wanted_.clear();
}

void ModulePrefetch::forget(llvm::ArrayRef<std::string> paths) {
  std::lock_guard lock(mutex_);
  for (const std::string &path : paths)
    roots_.erase(path);
}

void ModulePrefetch::forget_all() {
  std::lock_guard lock(mutex_);
  roots_.clear();
}

ModulePrefetch::Statistics ModulePrefetch::statistics() {
  std::lock_guard lock(mutex_);
  return {files_, busy_ > 0 || !wanted_.empty()};
}

void ModulePrefetch::work() {
  llvm::set_thread_name("read ahead");
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return is_ended_ || !wanted_.empty(); });
    if (is_ended_)
      return;
    Wanted wanted = std::move(wanted_.back());
    wanted_.pop_back();
    ++busy_;
    lock.unlock();
    follow(wanted);
    lock.lock();
    if (--busy_ == 0 && wanted_.empty())
      seen_.clear();
  }
}

void ModulePrefetch::follow(const Wanted &wanted) {
  if (wanted.specifier.find('?') != std::string::npos) // no component, whatever the file is
    return;
  ResolveResult found = modules_.guess(wanted.specifier, wanted.importer);
  if (found.resolution != Resolution::Found || (!is_component_path(found.path) && !module_language(found.path)))
    return;
  {
    std::lock_guard lock(mutex_);
    std::string name = wanted.member.empty() ? wanted.name : wanted.name + "." + wanted.member;
    if (seen_.size() >= limit_ || !seen_.emplace(found.path, std::move(name)).second)
      return;
  }
  bool is_new = false;
  std::string nobody_reads_it;
  std::shared_ptr<const ModuleFacts> facts = modules_.read(found.path, nobody_reads_it, is_new);
  if (is_new) {
    std::lock_guard lock(mutex_);
    ++files_;
  }
  if (!facts || !facts->usable)
    return;
  if (facts->kind == ModuleKind::Astro && wanted.name == "default")
    want_rendered(*facts);
  else if (wanted.name == "*")
    follow_export(*facts, llvm::StringRef(wanted.member).split('.').first);
  else
    follow_export(*facts, wanted.name);
}

/// As the linker does, but for what a namespace in a namespace has, and without an eye to what a name means twice.
void ModulePrefetch::follow_export(const ModuleFacts &module, llvm::StringRef name) {
  std::string path = module.source->path().str();
  for (const ExportFact &fact : module.exports) {
    if (fact.exported != name)
      continue;
    if (!fact.specifier.empty())
      return want({path, fact.specifier, fact.local, ""});
    for (const ImportFact &import : module.imports)
      if (!import.local.empty() && import.local == fact.local)
        return want({path, import.specifier, import.imported, ""});
    return;
  }
  if (name != "default")
    for (const ExportFact &fact : module.exports)
      if (fact.exported == "*")
        want({path, fact.specifier, name.str(), ""});
}

void ModulePrefetch::want_rendered(const ModuleFacts &component) {
  std::string path = component.source->path().str();
  std::set<std::pair<uint32_t, llvm::StringRef>> wanted;
  for (const RenderSite &site : component.sites)
    if (site.import != no_index && wanted.insert({site.import, site.member}).second)
      want({path, component.imports[site.import].specifier, component.imports[site.import].imported, site.member});
}

void ModulePrefetch::want(Wanted wanted) {
  {
    std::lock_guard lock(mutex_);
    wanted_.push_back(std::move(wanted));
  }
  wake_.notify_one();
}

} // namespace foreload
