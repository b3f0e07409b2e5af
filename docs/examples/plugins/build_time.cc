// A plugin in C++: `import { config } from 'virtual:build'` gives the project's package.json, as it was when the site was built.
//
//     c++ -std=c++20 -shared -fPIC -o build_time.so build_time.cc $(pkg-config --cflags foreload)
#include <foreload/foreload_plugin.hpp>

namespace {

class BuildTime : public foreload::Plugin {
public:
  explicit BuildTime(const foreload::Setup &setup) : config_(std::string(setup.root) + "/package.json") {}

  std::optional<foreload::Resolved> resolve_id(foreload::Context &context, std::string_view,
                                               std::string_view) override {
    // What a component imports from it is there when the page is compiled, and may go where the component's loader goes.
    return foreload::Resolved{std::string(context.root()) + "/virtual/build.js"};
  }

  std::optional<foreload::Text> load(foreload::Context &context, std::string_view) override {
    std::optional<std::string_view> package = context.read_file(config_);
    context.add_dependency(config_);
    return foreload::Text{"export const config = " + std::string(package.value_or("null")) + ";\n"};
  }

private:
  std::string config_;
};

} // namespace

FORELOAD_PLUGIN(BuildTime, "build-time",
                foreload::Traits()
                    .resolve_id({.include = {"virtual:build"}})
                    .load({.include = {"virtual/build.js"}}))
