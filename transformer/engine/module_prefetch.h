// Reads what a page is made of before anybody asks for it.
//
// A dev server asks for a page, and for its components one after the other as the page's code comes to import them. Each
// of them is linked with all that it renders, so that the first one waits until the whole tree is read. That tree is known
// from the files alone: other threads go through it meanwhile, and what they find is in the store when it is asked for.
//
// A page is linked breadth first. So the threads here begin at the other end, with what was found last: both meet in the
// middle, and who comes second to a file waits for the first.
#pragma once
#include "engine/module_store.h"
#include "engine/workers.h"

#include <llvm/ADT/StringSet.h>

#include <condition_variable>
#include <set>

namespace foreload {

/// Fills a store. Safe for concurrent use by multiple threads. What cannot be found or read is left out without a word:
/// who needs it will say so.
class ModulePrefetch {
public:
  /// \p modules must outlive this. No more than \p limit files are read at a time that it has something to do.
  explicit ModulePrefetch(ModuleStore &modules, size_t limit = 10'000);
  /// Ends what is under way, and waits for the files that are being read.
  ~ModulePrefetch();

  /// Begins to read the components that \p root renders, and those that these render, unless that was done before, or the
  /// root is a part of something for which it was. Returns at once.
  void start(const ModuleFacts &root);
  /// Components at \p paths have changed: their trees may be others.
  void forget(llvm::ArrayRef<std::string> paths);
  void forget_all();

  struct Statistics {
    uint64_t files = 0; ///< that were read ahead: nobody had read them before
    bool is_busy = false;
  };
  Statistics statistics();

private:
  /// An export that may be a component.
  struct Wanted {
    std::string importer, specifier, name;
    std::string member; ///< `Card` of the namespace \c name
  };

  void work();
  void follow(const Wanted &wanted);
  void follow_export(const ModuleFacts &module, llvm::StringRef name);
  /// Wants all that a component renders.
  void want_rendered(const ModuleFacts &component);
  void want(Wanted wanted);

  ModuleStore &modules_;
  const size_t limit_;
  std::mutex mutex_; ///< guards what follows
  std::condition_variable wake_;
  llvm::StringSet<> roots_;
  std::vector<Wanted> wanted_;
  std::set<std::pair<std::string, std::string>> seen_; ///< files and names of theirs, for as long as there is work
  uint64_t files_ = 0;
  unsigned busy_ = 0; ///< threads that have something to do
  bool is_ended_ = false;
  Workers workers_;
};

} // namespace foreload
