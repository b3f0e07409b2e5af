// foreload_plugin.hpp: native plugins in C++17, over foreload_plugin.h, which is the specification.
//
//     class Upper : public foreload::Plugin {
//     public:
//       explicit Upper(const foreload::Setup &setup) {}
//       std::optional<foreload::Text> transform(foreload::Context &context, std::string_view id,
//                                               std::string_view code) override { ... }
//     };
//     FORELOAD_PLUGIN(Upper, "upper", foreload::Traits().transform({.suffixes = {".astro"}}))
//
// The constructor that takes a Setup has to be there. (`{.suffixes = …}` is C++20; in C++17, make a Filter first.)
// An exception that leaves a hook becomes a report with its words; one that leaves the constructor keeps the host from
// opening. Hooks of one object are called from several threads at once.
#ifndef FORELOAD_FORELOAD_PLUGIN_HPP
#define FORELOAD_FORELOAD_PLUGIN_HPP

#include "foreload_plugin.h"

#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foreload {

inline std::string_view view(fl_str text) { return {text.data ? text.data : "", text.size}; }
inline fl_str view(std::string_view text) { return {text.data(), text.size()}; }

/// What load and transform give.
struct Text {
  std::string code;
  std::string map = {}; ///< empty: every line and column is where it was
};

/// What an import means.
struct Resolved {
  std::string id;
  bool external = false;
};

/// What a plugin is made for.
struct Setup {
  std::string_view root;
  std::string_view options; ///< JSON, or empty
};

/// One call of a hook. Not to be kept.
class Context {
public:
  explicit Context(const fl_context *context) : context_(*context) {}

  std::string_view root() const { return view(context_.root); }
  std::string_view directory() const { return view(context_.directory); }
  std::string_view options() const { return view(context_.options); }
  bool is_build() const { return context_.mode == FL_MODE_BUILD; }
  bool is_cancelled() const { return context_.host->is_cancelled(&context_) != 0; }

  std::optional<Resolved> resolve(std::string_view specifier, std::string_view importer) const {
    fl_resolved out = {};
    out.size = sizeof out;
    if (context_.host->resolve(&context_, view(specifier), view(importer), &out) != FL_HOOK_DONE)
      return std::nullopt;
    return Resolved{std::string(view(out.id)), out.external != 0};
  }
  /// The bytes are there until the hook returns.
  std::optional<std::string_view> read_file(std::string_view path) const {
    fl_str out = {};
    if (context_.host->read_file(&context_, view(path), &out) != FL_HOOK_DONE)
      return std::nullopt;
    return view(out);
  }
  void add_dependency(std::string_view path) const { context_.host->add_dependency(&context_, view(path)); }
  void log(fl_severity severity, std::string_view message) const {
    context_.host->log(&context_, severity, view(message));
  }
  void report(const fl_report &report) const { context_.host->report(&context_, &report); }
  void emit_file(std::string_view path, std::string_view code, std::string_view map = {}) const {
    fl_file file = {sizeof(fl_file), view(path), view(code), view(map)};
    context_.host->emit_file(&context_, &file);
  }

private:
  const fl_context &context_;
};

/// Hooks are called only if the plugin's Traits name them.
class Plugin {
public:
  virtual ~Plugin() = default;
  virtual void build_start(Context &) {}
  virtual std::optional<Resolved> resolve_id(Context &, std::string_view /*specifier*/, std::string_view /*importer*/) {
    return std::nullopt;
  }
  virtual std::optional<Text> load(Context &, std::string_view /*id*/) { return std::nullopt; }
  virtual std::optional<Text> transform(Context &, std::string_view /*id*/, std::string_view /*code*/) {
    return std::nullopt;
  }
  virtual void module_parsed(Context &, const fl_module_info &) {}
  virtual void watch_change(Context &, std::string_view /*path*/, fl_file_event) {}
  virtual void build_end(Context &) {}
  virtual void generate(Context &, const fl_file * /*outputs*/, size_t /*count*/) {}
};

/// Which modules a hook is for; see fl_filter.
struct Filter {
  std::vector<std::string_view> include = {}, suffixes = {}, exclude = {}, code = {};
  fl_order order = FL_ORDER_NORMAL;
};

/// Says which hooks a plugin has. The texts have to be literals.
class Traits {
public:
  Traits &enforce(fl_order order) { return enforce_ = order, *this; }
  Traits &apply(fl_apply apply) { return apply_ = apply, *this; }
  Traits &build_start(Filter filter = {}) { return build_start_.set(filter), *this; }
  Traits &resolve_id(Filter filter = {}) { return resolve_id_.set(filter), *this; }
  Traits &load(Filter filter = {}) { return load_.set(filter), *this; }
  Traits &transform(Filter filter = {}) { return transform_.set(filter), *this; }
  Traits &module_parsed(Filter filter = {}) { return module_parsed_.set(filter), *this; }
  Traits &watch_change(Filter filter = {}) { return watch_change_.set(filter), *this; }
  Traits &build_end(Filter filter = {}) { return build_end_.set(filter), *this; }
  Traits &generate(Filter filter = {}) { return generate_.set(filter), *this; }

  /// The table of the plugin class \p P. Has to live as long as what comes of it.
  template <typename P> fl_plugin table(std::string_view name) const {
    fl_plugin plugin = {};
    plugin.size = sizeof plugin;
    plugin.abi_version = FL_PLUGIN_ABI_VERSION;
    plugin.enforce = enforce_;
    plugin.apply = apply_;
    plugin.name = view(name);
    plugin.create = [](void **instance, fl_str root, fl_str options, fl_str *refusal) -> int32_t {
      static thread_local std::string reason;
      try {
        *instance = static_cast<Plugin *>(new P(Setup{view(root), view(options)}));
        return FL_HOOK_DONE;
      } catch (const std::exception &error) {
        reason = error.what();
      } catch (...) {
        reason = "an unknown exception";
      }
      *refusal = view(reason);
      return FL_HOOK_FAILED;
    };
    plugin.destroy = [](void *instance) { delete static_cast<Plugin *>(instance); };
    if (build_start_.is_set)
      plugin.build_start = [](void *instance, const fl_context *context) {
        return guarded(context, [&](Context &c) { return of(instance).build_start(c), FL_HOOK_DONE; });
      };
    if (resolve_id_.is_set)
      plugin.resolve_id = [](void *instance, const fl_context *context, fl_str specifier, fl_str importer,
                             fl_resolved *out) {
        return guarded(context, [&](Context &c) {
          auto found = of(instance).resolve_id(c, view(specifier), view(importer));
          if (!found)
            return FL_HOOK_NONE;
          auto *kept = new Resolved(std::move(*found));
          out->id = view(kept->id);
          out->external = kept->external;
          out->owner = kept;
          out->free = [](void *owner) { delete static_cast<Resolved *>(owner); };
          return FL_HOOK_DONE;
        });
      };
    if (load_.is_set)
      plugin.load = [](void *instance, const fl_context *context, fl_str id, fl_module_text *out) {
        return guarded(context, [&](Context &c) { return give(of(instance).load(c, view(id)), out); });
      };
    if (transform_.is_set)
      plugin.transform = [](void *instance, const fl_context *context, fl_str id, fl_str code, fl_module_text *out) {
        return guarded(context, [&](Context &c) { return give(of(instance).transform(c, view(id), view(code)), out); });
      };
    if (module_parsed_.is_set)
      plugin.module_parsed = [](void *instance, const fl_context *context, const fl_module_info *module) {
        return guarded(context, [&](Context &c) { return of(instance).module_parsed(c, *module), FL_HOOK_DONE; });
      };
    if (watch_change_.is_set)
      plugin.watch_change = [](void *instance, const fl_context *context, fl_str path, int32_t event) {
        return guarded(context, [&](Context &c) {
          return of(instance).watch_change(c, view(path), static_cast<fl_file_event>(event)), FL_HOOK_DONE;
        });
      };
    if (build_end_.is_set)
      plugin.build_end = [](void *instance, const fl_context *context) {
        return guarded(context, [&](Context &c) { return of(instance).build_end(c), FL_HOOK_DONE; });
      };
    if (generate_.is_set)
      plugin.generate = [](void *instance, const fl_context *context, const fl_file *outputs, size_t count) {
        return guarded(context, [&](Context &c) { return of(instance).generate(c, outputs, count), FL_HOOK_DONE; });
      };
    plugin.build_start_use = &build_start_.use;
    plugin.resolve_id_use = &resolve_id_.use;
    plugin.load_use = &load_.use;
    plugin.transform_use = &transform_.use;
    plugin.module_parsed_use = &module_parsed_.use;
    plugin.watch_change_use = &watch_change_.use;
    plugin.build_end_use = &build_end_.use;
    plugin.generate_use = &generate_.use;
    return plugin;
  }

private:
  /// A hook's fl_hook_use with what it points to. Stays where it is: Traits is copied before table() is called, not after.
  struct Use {
    Use() = default;
    Use(const Use &other) : is_set(other.is_set) {
      for (int list = 0; list < 4; ++list)
        texts[list] = other.texts[list];
      use.order = other.use.order;
      link();
    }
    Use &operator=(const Use &) = delete;

    void set(const Filter &given) {
      is_set = true;
      use.order = given.order;
      const std::vector<std::string_view> *lists[] = {&given.include, &given.suffixes, &given.exclude, &given.code};
      for (int list = 0; list < 4; ++list)
        for (std::string_view text : *lists[list])
          texts[list].push_back(view(text));
      link();
    }
    void link() {
      filter = {sizeof(fl_filter),  texts[0].data(), texts[0].size(), texts[1].data(), texts[1].size(),
                texts[2].data(), texts[2].size(), texts[3].data(), texts[3].size()};
      use.size = sizeof use;
      use.filter = &filter;
    }

    bool is_set = false;
    std::vector<fl_str> texts[4];
    fl_filter filter = {};
    fl_hook_use use = {sizeof(fl_hook_use), FL_ORDER_NORMAL, 0, nullptr};
  };

  static Plugin &of(void *instance) { return *static_cast<Plugin *>(instance); }

  static fl_hook_status give(std::optional<Text> text, fl_module_text *out) {
    if (!text)
      return FL_HOOK_NONE;
    auto *kept = new Text(std::move(*text));
    out->code = view(kept->code);
    out->map = view(kept->map);
    out->owner = kept;
    out->free = [](void *owner) { delete static_cast<Text *>(owner); };
    return FL_HOOK_DONE;
  }

  template <typename Call> static int32_t guarded(const fl_context *context, Call &&call) noexcept {
    Context wrapped(context);
    try {
      return call(wrapped);
    } catch (const std::exception &error) {
      wrapped.log(FL_SEVERITY_ERROR, error.what());
    } catch (...) {
      wrapped.log(FL_SEVERITY_ERROR, "an unknown exception");
    }
    return FL_HOOK_FAILED;
  }

  fl_order enforce_ = FL_ORDER_NORMAL;
  fl_apply apply_ = FL_APPLY_ALWAYS;
  Use build_start_, resolve_id_, load_, transform_, module_parsed_, watch_change_, build_end_, generate_;
};

} // namespace foreload

/// Exports the plugin class \p type by the name \p name; what follows is its Traits.
#define FORELOAD_PLUGIN(type, name, ...)                                                                               \
  FL_API const fl_plugin *foreload_plugin(uint32_t, fl_str *) {                                                        \
    static const foreload::Traits traits = __VA_ARGS__;                                                                \
    static const fl_plugin table = traits.table<type>(name);                                                           \
    return &table;                                                                                                     \
  }

#endif
