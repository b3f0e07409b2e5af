// Finds out which modules there are and where they lead: the one walk over a whole project.
//
// What a module imports is known when it has been read, so that discovery is one long chain of reads that fans out. One
// thread, the coordinator, owns the graph and knows what was seen; it hands out files, many at a time, over one channel
// and gets what is in them over another. Workers share nothing with it but the resolver's listings, in which a file is an
// address: each worker resolves what it finds, and the coordinator compares addresses, never paths. With nothing to
// take in, the coordinator reads files itself; helpers come when there is more than it gets done in the time that a
// thread takes to start. When no file is on its way any more, discovery has ended, and modules are numbered anew in an
// order that does not depend on who came first.
#pragma once
#include "link/import_graph.h"
#include "source/diagnostic.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/Support/VirtualFileSystem.h>

namespace foreload {

struct CrawlOptions {
  ResolverOptions resolver;
  /// Directories and files, absolute: every module below a directory is a root, and so is each file. Folders that are
  /// hidden, node_modules and what an earlier build has written are left out.
  std::vector<std::string> roots;
  /// Globs of files and folders that are as if they were not there, imported or not. Those that begin with neither `/`
  /// nor `**` are relative to the resolver's root.
  std::vector<std::string> exclude;
  bool into_packages = false; ///< read what is installed, too
  unsigned threads = 0;       ///< at most; 0: as many as the machine runs at once
  /// How many files have to wait before a thread is started for them.
  unsigned files_per_thread = 150;
  /// How many files a worker takes at most: enough that a channel's lock is nothing beside reading them, few enough that
  /// nobody waits for one who has got all the rest.
  unsigned files_at_once = 16;
};

struct CrawlResult {
  ImportGraph graph;
  std::vector<Diagnostic> diagnostics; ///< what could not be read or parsed; sorted
  unsigned threads = 1;                ///< that have read
  size_t folders = 0;                  ///< that were walked through
  uint64_t lookups = 0;                ///< imports that were looked for
  uint64_t cache_hits = 0;             ///< those of them that were found without asking the disk
};

CrawlResult crawl_modules(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, const CrawlOptions &options);

} // namespace foreload
