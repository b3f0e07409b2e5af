// Facts of files, kept for as long as the files stay as they are.
#pragma once
#include "engine/disk_cache.h"
#include "engine/loader_imports.h"
#include "link/module_graph.h"

#include <llvm/ADT/StringMap.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace foreload {

class ModulePrefetch;

/// What plugins have to say about modules. Called on any thread, never with the store's lock held.
class ModuleHooks {
public:
  virtual ~ModuleHooks() = default;
  /// What an import means; Resolution::NotFound: it is left to the resolver.
  virtual ResolveResult resolve(llvm::StringRef specifier, llvm::StringRef importer) = 0;
  /// A module's text, instead of a file's.
  virtual std::optional<std::string> load(llvm::StringRef path) = 0;
  /// What is to be analyzed instead of \p text.
  virtual std::optional<std::string> prepare(llvm::StringRef path, llvm::StringRef text) = 0;
  virtual void parsed(const ModuleFacts &facts) = 0;
};

/// Reads, analyzes and remembers files. Safe for concurrent use by multiple threads; the lock is never held while a
/// file is read or analyzed, so two threads may do the same file at once, to the same effect. Where files are read
/// ahead that would be common: there, who asks for a file that another thread is at waits for that.
class ModuleStore final : public ModuleSource {
public:
  /// \p ask_first: imports that are not relative are found by add_resolution() only.
  ModuleStore(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, ResolverOptions resolver,
              AnalyzeOptions analyze, bool ask_first);

  /// \p hooks have to outlive all calls. To be set before any.
  void set_hooks(ModuleHooks *hooks) { hooks_ = hooks; }

  /// Facts that \p cache knows are not computed again, and others are added to it. It has to outlive this. To be set
  /// before any call.
  void set_cache(DiskCache *cache);

  /// What is rendered by components that are transformed is read ahead by \p prefetch, unless hooks have a say in it. It
  /// has to outlive all calls. To be set before any.
  void set_prefetch(ModulePrefetch *prefetch) { prefetch_ = prefetch; }

  /// Remembered facts are used while the file's size, time and identity stay the same.
  std::shared_ptr<const ModuleFacts> facts(llvm::StringRef path, std::string &error) override {
    bool is_new;
    return read(path, error, is_new);
  }
  /// The same; \p is_new: they were not remembered.
  std::shared_ptr<const ModuleFacts> read(llvm::StringRef path, std::string &error, bool &is_new);
  /// What the resolver says or, where it finds nothing, what add_resolution() said.
  ResolveResult resolve(llvm::StringRef specifier, llvm::StringRef importer) override;
  std::string case_hint(llvm::StringRef specifier, llvm::StringRef importer) override {
    return resolver_.case_hint(specifier, importer);
  }
  std::string import_scope(llvm::StringRef path) override;
  bool is_loader_imported(llvm::StringRef path) override { return loader_imports_.contains(path, *this); }

  /// What resolve() would say if there were no build tool to be asked first.
  ResolveResult guess(llvm::StringRef specifier, llvm::StringRef importer);

  /// Analyzes \p text as the content of \p path, which need not be what is on disk. It is not analyzed again
  /// if it is what was read of the file, or given of it, last.
  std::shared_ptr<const ModuleFacts> facts_of_text(llvm::StringRef path, llvm::StringRef text);
  /// What the cache knows of a file at \p path with this content, which need not be on disk; null: nothing.
  std::shared_ptr<const ModuleFacts> facts_of_content(llvm::StringRef path, const Digest &content);

  /// An empty \p path: the build tool finds nothing either.
  void add_resolution(llvm::StringRef specifier, llvm::StringRef importer, llvm::StringRef path);

  /// What is remembered of a file, whether it is still so or not; null: nothing.
  std::shared_ptr<const ModuleFacts> remembered(llvm::StringRef path);
  /// A component is going to be linked with all that it renders.
  void read_ahead(const ModuleFacts &component);

  struct Statistics {
    uint64_t analyzed = 0; ///< texts
    uint64_t known = 0;    ///< texts that were the same as what was remembered
    uint64_t read_ahead = 0; ///< files, of those that were analyzed, that nobody had asked for yet
    bool is_reading_ahead = false;
  };
  Statistics statistics();

  uint64_t loader_imports_version() { return loader_imports_.version(*this); }
  /// Who imports whose loader, for a store to start from; nothing, and it looks for itself.
  LoaderImports::Record loader_imports() { return loader_imports_.record(*this); }
  void start_from(LoaderImports::Record record) { loader_imports_.start_from(std::move(record)); }

  /// Forgets files of which nothing has changed but the text: imports mean what they meant.
  void forget_texts(llvm::ArrayRef<std::string> paths);
  void invalidate(llvm::ArrayRef<std::string> paths);
  void invalidate_all();

private:
  struct Entry {
    bool is_file; ///< false: a hook has loaded it, and the rest means nothing
    uint64_t size;
    llvm::sys::TimePoint<> modified;
    llvm::sys::fs::UniqueID identity;
    std::shared_ptr<const ModuleFacts> facts;
  };

  std::string nearest(llvm::StringRef folder, llvm::StringRef file) const;
  std::shared_ptr<const ModuleFacts> analyzed(std::shared_ptr<const SourceFile> source) const;
  /// What is known of a file with this text, or else the analysis of it; tells the hooks.
  std::shared_ptr<const ModuleFacts> looked_at(llvm::StringRef path, llvm::StringRef text);
  /// The facts of a file if they are those of this text; null: they are not known.
  std::shared_ptr<const ModuleFacts> known(llvm::StringRef path, llvm::StringRef text);
  /// \p entry has what the file system says of the file, and gets its facts.
  std::shared_ptr<const ModuleFacts> analyze_file(llvm::StringRef path, const llvm::ErrorOr<llvm::vfs::Status> &status,
                                                  Entry &entry, std::string &error);
  Digest cache_key(llvm::StringRef path, const Digest &content) const;

  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system_;
  std::string root_;
  Resolver resolver_;
  AnalyzeOptions analyze_;
  bool ask_first_;
  ModuleHooks *hooks_ = nullptr;
  DiskCache *cache_ = nullptr;
  ModulePrefetch *prefetch_ = nullptr;
  std::string cache_scope_; ///< all that facts depend on besides their file
  LoaderImports loader_imports_;
  std::atomic<uint64_t> analyzed_count_ = 0, known_count_ = 0;
  std::mutex mutex_; ///< guards what follows
  llvm::StringMap<Entry> entries_;
  llvm::StringMap<std::shared_ptr<const ModuleFacts>> given_; ///< of the last text that was given of each file
  llvm::StringSet<> reading_;         ///< the files that threads are at, if files are read ahead
  std::condition_variable was_read_;  ///< one of them is done
  uint64_t forgotten_ = 0;            ///< grows when files are forgotten: what is being read may be old by then
  llvm::StringMap<std::string> import_scopes_; ///< by folder
  llvm::StringMap<std::string> resolutions_;   ///< by specifier, NUL, importer
};

} // namespace foreload
