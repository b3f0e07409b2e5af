// `foreload build`: every component below a directory, in one graph.
#include "engine/file_finder.h"
#include "engine/replace_file.h"
#include "host/host_state.h"
#include "plan/loader_key.h"

#include <algorithm>
#include <llvm/Support/Path.h>
#include <set>

namespace foreload {

namespace {

bool is_same_folder(llvm::vfs::FileSystem &file_system, llvm::StringRef a, llvm::StringRef b) {
  llvm::ErrorOr<llvm::vfs::Status> first = file_system.status(a), second = file_system.status(b);
  return a == b || (first && second && first->equivalent(*second));
}

/// Adds what plugins have emitted. One with the path of an output takes its place.
void take_files(std::vector<EmittedText> &outputs, HookOutput &output) {
  for (EmittedText &file : output.files) {
    auto same =
        std::find_if(outputs.begin(), outputs.end(), [&](const EmittedText &known) { return known.path == file.path; });
    if (same != outputs.end())
      *same = std::move(file);
    else
      outputs.push_back(std::move(file));
  }
  output.files.clear();
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
  auto session = std::make_shared<HookSession>(state_->pipeline.make_session());
  session->directory = directory;
  state_->begin_build(session);
  HookOutput output;
  state_->pipeline.build_start(*session, output);
  std::set<std::string> inputs;
  std::vector<std::shared_ptr<const ModuleFacts>> documents;
  for (const std::string &path :
       FileFinder(*state_->file_system, options.out, result.diagnostics, [](llvm::StringRef file) {
         return is_component_path(file) || is_markdown_path(file);
       }).find(directory)) {
    std::string error;
    std::shared_ptr<const ModuleFacts> facts = state_->modules.facts(path, error);
    inputs.insert(path);
    if (!facts)
      result.diagnostics.push_back(file_error(path, 9001, "the file could not be read: " + error));
    else if (facts->kind == ModuleKind::Markdown)
      documents.push_back(std::move(facts));
    else
      session->components.push_back(std::move(facts));
  }
  for (const std::shared_ptr<const ModuleFacts> &facts : documents)
    if (!facts->sites.empty())
      session->documents.push_back(facts);
  result.components = session->components.size();

  std::vector<EmittedText> outputs;
  for (const std::shared_ptr<const ModuleFacts> &facts : session->components) {
    if (is_cancelled())
      break;
    PipelineText text = state_->transform(*session, output, *facts);
    result.changed += text.changed;
    outputs.push_back({facts->source->path().str(), text.changed ? std::move(text.code) : facts->source->text().str(),
                       std::move(text.map)});
  }
  for (const std::shared_ptr<const ModuleFacts> &facts : documents) {
    if (is_cancelled())
      break;
    PipelineText text = state_->transform(*session, output, *facts);
    if (text.changed)
      outputs.push_back({facts->source->path().str(), std::move(text.code), std::move(text.map)});
  }
  size_t source_count = outputs.size();
  state_->pipeline.build_end(*session, output);
  take_files(outputs, output);
  state_->pipeline.generate(*session, output, outputs);
  take_files(outputs, output);
  state_->end_build(session);
  state_->add_preparations(output);

  auto write = [&](llvm::StringRef below, llvm::StringRef text) {
    std::string path = options.out + "/" + below.str();
    if (inputs.contains(path)) // `build a/b --out a` with a folder a/b/b
      result.diagnostics.push_back(file_error(path, 9003, "the output would be written over the component"));
    else if (std::error_code error = replace_file(path, text))
      result.diagnostics.push_back(file_error(path, 9002, "the file could not be written: " + error.message()));
  };
  for (size_t at = 0; at < outputs.size() && !options.out.empty(); ++at) {
    EmittedText &text = outputs[at];
    std::string file = text.path.substr(directory.size() + 1);
    if (!text.map.empty()) {
      write(file + ".map", text.map);
      // What compiles a component or Markdown looks for no such comment, and would take it for markup.
      if (at >= source_count)
        text.code += "//# sourceMappingURL=" + url_path(llvm::sys::path::filename(file).str() + ".map") + "\n";
    }
    write(file, text.code);
  }
  for (EmittedText &text : outputs)
    if (text.path == directory + "/manifest.json")
      result.manifest = std::move(text.code);
  result.loaders = output.counters["loaders"];
  result.lifted = output.counters["lifted"];
  result.diagnostics.insert(result.diagnostics.end(), std::make_move_iterator(output.diagnostics.begin()),
                            std::make_move_iterator(output.diagnostics.end()));
  sort_diagnostics(result.diagnostics);
  return result;
}

} // namespace foreload
