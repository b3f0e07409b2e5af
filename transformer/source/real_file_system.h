// The disk, read the way sources are: many small files, each of them once, and whole folders.
//
// LLVM's own asks for the size of each file before it reads it, maps those of 16 KB and more into memory, and makes two
// strings of each name in a folder. That is half of the time that reading a file of 2 KB takes.
#pragma once
#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/Support/VirtualFileSystem.h>

namespace foreload {

/// The process's disk, with the process's working directory. What is opened is never waited for: a pipe that nobody
/// writes to is empty. Safe for concurrent use by multiple threads.
llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> real_file_system();

} // namespace foreload
