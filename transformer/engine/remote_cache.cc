#include "engine/remote_cache.h"

#include <curl/curl.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstring>

namespace foreload {

namespace {

/// An ActionResult names two blobs here, and a few dozen of them elsewhere.
constexpr uint64_t max_action_size = 1 << 20;
constexpr uint64_t max_blob_size = uint64_t(1) << 30;

/// libcurl, loaded when it is needed: most do without, and need not have it.
struct Curl {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_perform) easy_perform;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;

  /// Null: it is not installed.
  static const Curl *get() {
    static const Curl curl = load();
    return curl.easy_init ? &curl : nullptr;
  }

private:
  static Curl load() {
    Curl curl = {};
    void *library = nullptr;
    for (const char *name : {"libcurl.so.4", "libcurl-gnutls.so.4"})
      if (!library)
        library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    bool is_complete = library != nullptr;
    auto find = [&](auto &function, const char *name) {
      void *symbol = library ? ::dlsym(library, name) : nullptr;
      is_complete &= symbol != nullptr;
      std::memcpy(&function, &symbol, sizeof symbol);
    };
    find(curl.global_init, "curl_global_init");
    find(curl.easy_init, "curl_easy_init");
    find(curl.easy_cleanup, "curl_easy_cleanup");
    find(curl.easy_reset, "curl_easy_reset");
    find(curl.easy_setopt, "curl_easy_setopt");
    find(curl.easy_perform, "curl_easy_perform");
    find(curl.easy_getinfo, "curl_easy_getinfo");
    find(curl.easy_strerror, "curl_easy_strerror");
    find(curl.slist_append, "curl_slist_append");
    find(curl.slist_free_all, "curl_slist_free_all");
    return is_complete && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl : Curl{};
  }
};

/// Where an answer goes.
struct Received {
  std::string bytes;
  uint64_t max_size;
};

size_t receive(char *data, size_t size, size_t count, void *to) {
  auto *received = static_cast<Received *>(to);
  if (received->bytes.size() + size * count > received->max_size)
    return 0; // libcurl takes it for an error, and ends the transfer
  received->bytes.append(data, size * count);
  return size * count;
}

size_t send(char *to, size_t size, size_t count, void *from) {
  auto *rest = static_cast<llvm::StringRef *>(from);
  size_t sent = std::min(size * count, rest->size());
  std::memcpy(to, rest->data(), sent);
  *rest = rest->drop_front(sent);
  return sent;
}

/// The URL without user and password.
std::string shown_url(llvm::StringRef url) {
  auto [scheme, rest] = url.split("://");
  llvm::StringRef host = rest.take_front(rest.find('/'));
  size_t at = host.rfind('@');
  return (scheme + "://" + (at == llvm::StringRef::npos ? rest : rest.drop_front(at + 1))).str();
}

} // namespace

struct RemoteCache::Connection {
  const Curl &curl;
  CURL *handle;
  curl_slist *headers = nullptr;

  explicit Connection(const Curl &library) : curl(library), handle(library.easy_init()) {}
  ~Connection() {
    curl.slist_free_all(headers);
    curl.easy_cleanup(handle);
  }
  Connection(const Connection &) = delete;
  Connection &operator=(const Connection &) = delete;

  template <class T> void set(CURLoption option, T value) { curl.easy_setopt(handle, option, value); }
};

llvm::Expected<std::unique_ptr<RemoteCache>> RemoteCache::open(RemoteCacheOptions options) {
  llvm::StringRef url = options.url;
  if (!url.consume_front("http://") && !url.consume_front("https://"))
    return llvm::createStringError(std::errc::invalid_argument, "it is no URL with http:// or https://");
  while (options.url.back() == '/')
    options.url.pop_back();
  const Curl *curl = Curl::get();
  if (!curl)
    return llvm::createStringError(std::errc::not_supported, "libcurl is not installed (Debian: libcurl4)");
  return std::unique_ptr<RemoteCache>(new RemoteCache(std::move(options), std::make_unique<Connection>(*curl)));
}

RemoteCache::RemoteCache(RemoteCacheOptions options, std::unique_ptr<Connection> connection)
    : options_(std::move(options)), connection_(std::move(connection)),
      end_(std::chrono::steady_clock::now() + options_.patience), name_(shown_url(options_.url)) {
  Connection &own = *connection_;
  for (const std::string &header : options_.headers)
    own.headers = own.curl.slist_append(own.headers, header.c_str());
  // Many servers do not know that clients ask before they send, and each of those costs a second.
  own.headers = own.curl.slist_append(own.headers, "Expect:");
}

RemoteCache::~RemoteCache() = default;

void RemoteCache::give_up(std::string problem) { problem_ = std::move(problem); }

/// The answer to a request; nothing: there is none, which is a problem() unless the server says so.
std::optional<std::string> RemoteCache::request(const std::string &path, llvm::StringRef *body, uint64_t max_size) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
  if (problem_.empty() && left.count() <= 0)
    give_up("it took too long");
  if (!problem_.empty())
    return std::nullopt;

  Connection &own = *connection_;
  own.curl.easy_reset(own.handle); // connections stay open
  Received received{{}, max_size};
  own.set(CURLOPT_URL, (options_.url + path).c_str());
  own.set(CURLOPT_HTTPHEADER, own.headers);
  own.set(CURLOPT_USERAGENT, "foreload/" FORELOAD_VERSION);
  own.set(CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  own.set(CURLOPT_NOSIGNAL, 1L);
  own.set(CURLOPT_WRITEFUNCTION, &receive);
  own.set(CURLOPT_WRITEDATA, &received);
  if (body) {
    own.set(CURLOPT_UPLOAD, 1L);
    own.set(CURLOPT_READFUNCTION, &send);
    own.set(CURLOPT_READDATA, body);
    own.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body->size()));
  }
  CURLcode outcome = own.curl.easy_perform(own.handle);
  long status = 0;
  own.curl.easy_getinfo(own.handle, CURLINFO_RESPONSE_CODE, &status);
  if (outcome == CURLE_WRITE_ERROR)
    give_up("it sends more than it should");
  else if (outcome != CURLE_OK)
    give_up(own.curl.easy_strerror(outcome));
  else if (status / 100 == 2)
    return std::move(received.bytes);
  else if (body || (status != 404 && status != 410))
    give_up("it answers with status " + std::to_string(status));
  return std::nullopt;
}

std::optional<std::vector<OutputBlob>> RemoteCache::action(const Digest &key) {
  std::optional<std::string> bytes = request("/ac/" + hex(key), nullptr, max_action_size);
  if (!bytes)
    return std::nullopt;
  std::optional<std::vector<OutputBlob>> outputs = decode_action_result(*bytes);
  if (!outputs)
    give_up("it has something else than results of actions");
  return outputs;
}

std::optional<std::string> RemoteCache::blob(const OutputBlob &blob) {
  if (blob.size > max_blob_size)
    return std::nullopt;
  std::optional<std::string> bytes = request("/cas/" + blob.hash, nullptr, blob.size);
  if (bytes && (bytes->size() != blob.size || hex(digest_of(*bytes)) != blob.hash)) {
    give_up("it has a blob whose hash is another one");
    return std::nullopt;
  }
  return bytes;
}

void RemoteCache::store(const Digest &key, llvm::ArrayRef<Blob> blobs) {
  if (options_.read_only)
    return;
  std::vector<OutputBlob> outputs;
  for (const Blob &blob : blobs) {
    outputs.push_back({blob.name, hex(digest_of(blob.bytes)), blob.bytes.size()});
    llvm::StringRef body = blob.bytes;
    if (!request("/cas/" + outputs.back().hash, &body, max_action_size))
      return;
  }
  // Last, so that who finds it finds the blobs, too.
  std::string result = encode_action_result(outputs);
  llvm::StringRef body = result;
  request("/ac/" + hex(key), &body, max_action_size);
}

} // namespace foreload
