// `foreload build`: every component below a directory, in one graph.
#include "host/file_finder.h"
#include "host/host_state.h"
#include "plan/loader_key.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace foreload {

namespace {

using Json = nlohmann::ordered_json;

bool is_same_folder(llvm::vfs::FileSystem &file_system, llvm::StringRef a, llvm::StringRef b) {
  llvm::ErrorOr<llvm::vfs::Status> first = file_system.status(a), second = file_system.status(b);
  return a == b || (first && second && first->equivalent(*second));
}

/// Writes a file whole or not at all: to a temporary beside it, which then takes its name.
std::error_code write_file(const std::string &path, llvm::StringRef text) {
  if (std::error_code error = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path)))
    return error;
  llvm::SmallString<256> temporary;
  int descriptor;
  if (std::error_code error =
          llvm::sys::fs::createUniqueFile(path + ".%%%%%%.tmp", descriptor, temporary, llvm::sys::fs::OF_None, 0644))
    return error;
  llvm::raw_fd_ostream stream(descriptor, true);
  stream << text;
  stream.close();
  std::error_code error = stream.error();
  stream.clear_error();
  if (!error)
    error = llvm::sys::fs::rename(temporary, path);
  if (error)
    llvm::sys::fs::remove(temporary);
  return error;
}

} // namespace

BuildResult Host::build(const BuildOptions &options) {
  BuildResult result;
  std::string directory = options.directory;
  while (directory.size() > 1 && directory.back() == '/')
    directory.pop_back();

  if (!options.out.empty() && is_same_folder(*state_->file_system, directory, options.out)) {
    result.diagnostics.push_back(file_error(options.out, 9003, "the output would be written over the components"));
    return result;
  }
  std::vector<std::shared_ptr<const ModuleFacts>> roots;
  std::vector<std::shared_ptr<const ModuleFacts>> untouched;
  std::vector<std::shared_ptr<const ModuleFacts>> markdown;
  std::set<std::string> inputs;
  for (const std::string &path :
       FileFinder(*state_->file_system, options.out, result.diagnostics, [](llvm::StringRef file) {
         return is_component_path(file) || is_markdown_path(file);
       }).find(directory)) {
    std::string error;
    std::shared_ptr<const ModuleFacts> facts = state_->modules.facts(path, error);
    if (is_component_path(path))
      inputs.insert(path);
    if (!facts) {
      result.diagnostics.push_back(file_error(path, 9001, "the file could not be read: " + error));
      continue;
    }
    if (facts->kind == ModuleKind::Markdown) {
      if (!facts->sites.empty())
        markdown.push_back(std::move(facts));
      continue;
    }
    result.diagnostics.insert(result.diagnostics.end(), facts->diagnostics.begin(), facts->diagnostics.end());
    (facts->usable ? roots : untouched).push_back(std::move(facts));
  }
  result.components = roots.size() + untouched.size();

  std::vector<std::shared_ptr<const ModuleFacts>> linked = roots;
  linked.insert(linked.end(), markdown.begin(), markdown.end());
  ModuleGraph graph = link_modules(linked, state_->modules);
  result.diagnostics.insert(result.diagnostics.end(), graph.diagnostics.begin(), graph.diagnostics.end());
  state_->report_unresolved(graph, result.diagnostics);
  std::vector<bool> pages(graph.modules.size());
  for (size_t i = 0; i < graph.modules.size(); ++i)
    pages[i] = is_page(graph.modules[i].path, state_->options.root);
  for (size_t i = roots.size(); i < linked.size(); ++i) // renders of Astro components begin there
    for (uint32_t target : graph.modules[i].site_targets)
      if (target != no_index)
        pages[target] = true;
  std::vector<bool> lift_points = find_lift_points(graph, pages, state_->plan_options());

  auto write = [&](llvm::StringRef below, llvm::StringRef text) {
    if (options.out.empty())
      return;
    std::string path = options.out + "/" + below.str();
    if (inputs.contains(path)) // `build a/b --out a` with a folder a/b/b
      result.diagnostics.push_back(file_error(path, 9003, "the output would be written over the component"));
    else if (std::error_code error = write_file(path, text))
      result.diagnostics.push_back(file_error(path, 9002, "the file could not be written: " + error.message()));
  };
  auto below = [&](llvm::StringRef path) { return path.substr(directory.size() + 1); };
  auto write_emitted = [&](const EmittedText &text, llvm::StringRef comment) {
    std::string file = below(text.path).str();
    std::string name = llvm::sys::path::filename(file).str();
    write(file, comment.empty() ? text.code : text.code + comment.str() + url_path(name + ".map") + "\n");
    write(file + ".map", text.map);
  };

  std::set<uint32_t> lifted;
  Json components = Json::object();
  for (uint32_t i = 0; i < roots.size(); ++i) {
    const LinkedModule &module = graph.modules[i];
    PlanOptions plan_options = state_->plan_options();
    plan_options.is_lift_point = lift_points[i];
    LiftPlan plan = plan_lift_point(graph, i, plan_options);
    EmittedComponent emitted = emit_component(graph, plan, state_->emit_options());
    report_plan(graph, plan, result.diagnostics);
    if (emitted.changed) {
      ++result.changed;
      write_emitted(emitted.code, "");
    } else {
      write(below(module.path), module.facts->source->text());
    }
    if (emitted.has_companion)
      write_emitted(emitted.companion, "//# sourceMappingURL=");

    Json json;
    json["liftPoint"] = static_cast<bool>(lift_points[i]);
    if (module.facts->loader) {
      ++result.loaders;
      json["loader"] = {{"key", loader_key(module.path, state_->options.root)}};
    } else {
      json["loader"] = nullptr;
    }
    json["startsOwn"] = plan.starts_own;
    json["lifts"] = Json::array();
    std::set<std::string> dependencies;
    for (const LiftedLoader &loader : plan.lifted) {
      const LinkedModule &from = graph.modules[loader.module];
      lifted.insert(loader.module);
      dependencies.insert(state_->display_path(from.path));
      json["lifts"].push_back({{"component", state_->display_path(from.path)},
                               {"key", loader_key(from.path, state_->options.root)},
                               {"strategy", strategy_text(loader.strategy)}});
    }
    for (uint32_t target : module.site_targets)
      if (target != no_index)
        dependencies.insert(state_->display_path(graph.modules[target].path));
    json["companion"] = emitted.has_companion ? Json(below(emitted.companion.path).str()) : Json();
    json["dependencies"] = dependencies;
    components[below(module.path).str()] = std::move(json);
  }
  for (const std::shared_ptr<const ModuleFacts> &facts : untouched)
    write(below(facts->source->path()), facts->source->text());
  result.lifted = lifted.size();

  Json manifest;
  manifest["version"] = 1;
  manifest["generator"] = "foreload " FORELOAD_VERSION;
  manifest["components"] = std::move(components);
  result.manifest = manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  write("manifest.json", result.manifest);
  sort_diagnostics(result.diagnostics);
  return result;
}

} // namespace foreload
