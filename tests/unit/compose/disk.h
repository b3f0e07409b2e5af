// A disk for components whose reads can be slow, fail and be watched.
#pragma once
#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

/// Files below /base, in memory.
class Disk : public llvm::vfs::ProxyFileSystem {
public:
  explicit Disk(const std::map<std::string, std::string> &files) : ProxyFileSystem(make(files)) {}

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &path) override {
    {
      std::unique_lock lock(mutex_);
      std::string name = path.str().substr(6);
      opened_.push_back(name);
      ++opening_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return opening_ >= together_; });
      if (held_.count(name))
        changed_.wait(lock, [&] { return !held_.count(name); });
      if (auto failure = failures_.find(name); failure != failures_.end() && failure->second.second > 0) {
        --failure->second.second;
        return failure->second.first;
      }
    }
    return ProxyFileSystem::openFileForRead(path);
  }

  /// The next \p times that \p name is opened fail.
  void fail(const std::string &name, std::errc error, int times) {
    std::lock_guard lock(mutex_);
    failures_[name] = {std::make_error_code(error), times};
  }
  /// No file is opened until \p count have been asked for: a test hangs if they are not asked for side by side.
  void expect_together(size_t count) { together_ = count; }
  /// Whoever opens \p name waits for release().
  void hold(const std::string &name) { held_[name] = true; }
  void release(const std::string &name) {
    std::lock_guard lock(mutex_);
    held_.erase(name);
    changed_.notify_all();
  }
  void wait_until_opened(const std::string &name) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return std::find(opened_.begin(), opened_.end(), name) != opened_.end(); });
  }
  std::vector<std::string> opened() {
    std::lock_guard lock(mutex_);
    return opened_;
  }

private:
  static llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> make(const std::map<std::string, std::string> &files) {
    auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
    disk->setCurrentWorkingDirectory("/"); // without one, it knows no real paths
    for (const auto &[path, text] : files)
      disk->addFile("/base/" + path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
    return disk;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> opened_;
  std::map<std::string, std::pair<std::error_code, int>> failures_;
  std::map<std::string, bool> held_;
  size_t opening_ = 0;
  size_t together_ = 0;
};
