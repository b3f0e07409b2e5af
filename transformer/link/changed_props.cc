#include "link/changed_props.h"

#include <algorithm>

namespace foreload {

namespace {

/// Whether a component changes what it is given as \p prop.
bool changes(const LinkedModule &component, const SiteProp &prop) {
  const ModuleFacts &facts = *component.facts;
  if (component.loader_context.changes_props || prop.kind == SiteProp::Kind::Spread)
    return true;
  auto name = std::find(facts.prop_names.begin(), facts.prop_names.end(), prop.name);
  if (name == facts.prop_names.end())
    return facts.changes_props || component.is_changed_below(facts.props_group);
  auto index = static_cast<uint32_t>(name - facts.prop_names.begin());
  return std::find(facts.changed_props.begin(), facts.changed_props.end(), index) != facts.changed_props.end() ||
         component.is_changed_below(facts.props_group) ||
         (index < facts.prop_groups.size() && component.is_changed_below(facts.prop_groups[index]));
}

bool uses_data(const ModuleFacts &facts, uint32_t code) {
  const std::vector<CodeUse> &uses = facts.codes[code].uses;
  return std::any_of(uses.begin(), uses.end(), [](const CodeUse &use) { return use.of == CodeUse::Of::Data; });
}

bool changes_some(const LinkedModule &component) {
  const ModuleFacts &facts = *component.facts;
  return facts.changes_props || component.loader_context.changes_props ||
         component.is_changed_below(facts.props_group) ||
         std::any_of(facts.prop_groups.begin(), facts.prop_groups.end(),
                     [&](uint32_t group) { return component.is_changed_below(group); });
}

} // namespace

void find_changed_props(ModuleGraph &graph) {
  std::vector<std::vector<std::pair<uint32_t, uint32_t>>> rendered_by(graph.modules.size()); // module, site
  std::vector<uint32_t> queue;
  for (uint32_t i = 0; i < graph.modules.size(); ++i) {
    for (uint32_t site = 0; site < graph.modules[i].site_targets.size(); ++site)
      if (uint32_t target = graph.modules[i].site_targets[site]; target != no_index)
        rendered_by[target].push_back({i, site});
    if (changes_some(graph.modules[i]))
      queue.push_back(i);
  }
  while (!queue.empty()) {
    uint32_t component = queue.back();
    queue.pop_back();
    for (auto [parent, site] : rendered_by[component]) {
      LinkedModule &module = graph.modules[parent];
      std::vector<uint32_t> &changed = module.changed_groups;
      size_t before = changed.size();
      for (const SiteProp &prop : module.facts->sites[site].props) {
        bool is_data = prop.code != no_index && uses_data(*module.facts, prop.code);
        if ((prop.groups.empty() && !is_data) || !changes(graph.modules[component], prop))
          continue;
        module.changes_data |= is_data;
        changed.insert(changed.end(), prop.groups.begin(), prop.groups.end());
        module.changed_by = component;
      }
      std::sort(changed.begin(), changed.end());
      changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
      if (changed.size() == before)
        continue;
      graph.changes_astro |= module.is_changed_below(module.facts->astro_group);
      if (changes_some(module))
        queue.push_back(parent);
    }
  }
  for (LinkedModule &module : graph.modules)
    for (const ValueFact &value : module.facts->values)
      module.changes_data |= value.declaration != no_index && module.is_changed_below(value.group) &&
                             uses_data(*module.facts, module.facts->declarations[value.declaration].code);
}

} // namespace foreload
