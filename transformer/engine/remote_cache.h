// A cache that several machines share: an HTTP server with the layout of Bazel's remote caches. What came of an action is
// at /ac/KEY, and the blobs that it names are at /cas/SHA-256.
//
// The server is not trusted. A blob has to have its hash, and whoever reads one checks that it is about the right thing.
// Nor is it relied on: the first answer that is none ends the conversation, and all of it has a limit of time.
#pragma once
#include "engine/action_result.h"

#include <llvm/Support/Error.h>

#include <chrono>
#include <memory>

namespace foreload {

struct RemoteCacheOptions {
  std::string url;                  ///< http or https; may have credentials and a path
  std::vector<std::string> headers; ///< "Name: value", for each request
  bool read_only = false;           ///< nothing is sent
  std::chrono::milliseconds patience{10'000}; ///< for all requests together
};

/// For one thread.
class RemoteCache {
public:
  /// An error: the URL is none, or libcurl, which is loaded here, is not installed.
  static llvm::Expected<std::unique_ptr<RemoteCache>> open(RemoteCacheOptions options);
  ~RemoteCache();
  RemoteCache(const RemoteCache &) = delete;
  RemoteCache &operator=(const RemoteCache &) = delete;

  struct Blob {
    std::string name;
    llvm::StringRef bytes;
  };

  /// What came of an action; nothing: nobody has said so, or there is a problem().
  std::optional<std::vector<OutputBlob>> action(const Digest &key);
  /// A blob of it, with the right hash.
  std::optional<std::string> blob(const OutputBlob &blob);
  /// Tells what came of an action. Does nothing if the cache is read only.
  void store(const Digest &key, llvm::ArrayRef<Blob> blobs);

  /// Why the server is asked no more; empty: it is fine.
  const std::string &problem() const { return problem_; }
  /// The URL without credentials.
  const std::string &name() const { return name_; }

private:
  struct Connection;

  RemoteCache(RemoteCacheOptions options, std::unique_ptr<Connection> connection);
  std::optional<std::string> request(const std::string &path, llvm::StringRef *body, uint64_t max_size);
  void give_up(std::string problem);

  RemoteCacheOptions options_;
  std::unique_ptr<Connection> connection_;
  std::chrono::steady_clock::time_point end_;
  std::string name_;
  std::string problem_;
};

} // namespace foreload
