#include "host/compose_plugin.h"
#include "emit/source_map.h"

#include <llvm/ADT/STLExtras.h>

#include <cassert>

namespace foreload {

namespace {

class ComposePlugin final : public Plugin {
public:
  ComposePlugin(ComposeConfig config, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system)
      : Plugin(compose_traits()), base_(llvm::StringRef(config.options.base).rtrim('/').str()),
        leave_code_fences_(config.options.leave_code_fences), context_(std::move(config.request.context)),
        composer_(std::move(config.options), std::move(file_system)) {}

  std::optional<ModuleText> transform(HookContext &context, llvm::StringRef id, llvm::StringRef code) override;

private:
  static PluginTraits compose_traits() {
    PluginTraits traits;
    traits.name = "foreload:compose";
    traits.leaves_outputs = true;
    traits[Hook::Transform] = HookUse();
    traits[Hook::Transform]->filter.suffixes = {".md"};
    traits[Hook::Transform]->filter.code = {"{"};
    return traits;
  }

  ModuleText emit(const ComposeResult &result, const ComposedComponent &composed, llvm::StringRef id,
                  llvm::StringRef code) const;

  const std::string base_;
  const bool leave_code_fences_;
  const std::map<std::string, std::string> context_;
  Composer composer_;
};

std::optional<ModuleText> ComposePlugin::transform(HookContext &context, llvm::StringRef id, llvm::StringRef code) {
  llvm::StringRef below = id;
  if (!below.consume_front(base_) || !below.consume_front("/"))
    return std::nullopt;
  ComposeRequest request;
  request.components.push_back({below.str(), 0});
  request.texts[below.str()] = code.str();
  request.context = context_;
  ComposeResult result = composer_.compose(request);

  for (const ComponentResult &component : result.components)
    if (!component.requested && component_path(component.path))
      context.add_dependency(base_ + "/" + component.path);
  for (Diagnostic &diagnostic : result.diagnostics)
    context.report(std::move(diagnostic));
  const std::shared_ptr<const ComposedComponent> &composed = result.components.front().composed;
  if (!composed || composed->content == code)
    return std::nullopt;
  return emit(result, *composed, id, code);
}

/// The same text once more, with a map: what was put in comes from where it was named.
ModuleText ComposePlugin::emit(const ComposeResult &result, const ComposedComponent &composed, llvm::StringRef id,
                               llvm::StringRef code) const {
  std::map<std::string, llvm::StringRef> bodies;
  for (const ComponentResult &component : result.components)
    if (component.composed)
      bodies[component.path] = llvm::StringRef(component.composed->content)
                                   .substr(component.composed->body.begin, component.composed->body.size());
  auto source = std::make_shared<SourceFile>(id.str(), code.str());
  std::shared_ptr<const MarkdownComponent> component = parse_markdown_component(source, leave_code_fences_);
  TextEmitter emitter;
  uint32_t done = 0;
  for (const ComponentSlot &slot : component->slots) {
    emitter.copy(*source, {done, slot.span.begin});
    done = slot.span.end;
    if (slot.kind == ComponentSlot::Component) {
      std::optional<std::string> path = component_path(component->references[slot.name].path);
      if (auto body = path ? bodies.find(*path) : bodies.end(); body != bodies.end())
        emitter.generate_mapped(body->second, *source, slot.span.begin);
      else
        emitter.copy(*source, slot.span);
    } else if (auto value = context_.find(component->variables[slot.name]); value != context_.end()) {
      emitter.generate_mapped(value->second, *source, slot.span.begin);
    } else {
      emitter.copy(*source, slot.span);
    }
  }
  emitter.copy(*source, {done, source->size()});
  assert(emitter.code() == composed.content);
  return {composed.content, emitter.map(id)};
}

} // namespace

std::shared_ptr<Plugin> make_compose_plugin(ComposeConfig config,
                                            llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system) {
  return std::make_shared<ComposePlugin>(std::move(config), std::move(file_system));
}

} // namespace foreload
