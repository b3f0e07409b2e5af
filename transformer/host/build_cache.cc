#include "host/build_cache.h"

#include "engine/replace_file.h"
#include "host/build_codec.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/xxhash.h>

#include <unistd.h>

namespace foreload {

/// Files that are kept: a record and a session for each directory, output and set of options, an owner for each output.
constexpr size_t max_files = 96;

/// What besides the disk the result depends on.
static Digest key_of(const HostOptions &host, const BuildOptions &build) {
  const auto &[directory, out, packed, run, on_progress] = build; // threads make no difference
  ArchiveWriter key;
  key(program_identity());
  archive_options(key, host, host.root);
  key(directory, out);
  return digest_of(key.bytes());
}

BuildCache::BuildCache(const HostOptions &host, const BuildOptions &build, ObservedFileSystem &files,
                       ModuleStore &modules)
    : files_(files), modules_(modules), own_{build.out},
      is_repeatable_(host.plugins.empty() && !host.compose && !host.trace && !host.ask_first && build.packed.empty()),
      key_(key_of(host, build)),
      record_(host.cache->folder + "/builds/" + hex(key_).substr(0, 16) + ".record"),
      session_(host.cache->folder + "/builds/" + hex(key_).substr(0, 16) + ".session"),
      owner_(host.cache->folder + "/builds/" + hex(digest_of(build.out)).substr(0, 16) + ".owner"),
      token_(std::to_string(::getpid()) + " " + std::to_string(nanoseconds_now())) {
  if (is_repeatable_ && host.cache->remote)
    shared_.emplace(host, build, files);
}

std::optional<BuildResult> BuildCache::find() {
  std::optional<BuildRecord> record = is_repeatable_ ? BuildRecord::read(record_, key_) : std::nullopt;
  if (std::optional<std::vector<std::string>> changed = record ? record->changed_texts(own_) : std::nullopt) {
    BuildResult result;
    uint64_t session = 0;
    ArchiveReader archive(record->result());
    archive(result, session);
    if (archive.is_complete() && changed->empty()) {
      if (record->is_stale())
        record->refresh(record_);
      result.reuse.is_unchanged = true;
      return result;
    }
    if (archive.is_complete() && !shared_) {
      if (auto bytes = llvm::MemoryBuffer::getFile(session_, /*IsText=*/false, /*RequiresNullTerminator=*/false);
          bytes && llvm::xxHash64((*bytes)->getBuffer()) == session)
        last_session_ = std::move(*bytes);
      last_ = std::move(record);
      changed_ = std::move(*changed);
      manifest_ = std::move(result.manifest);
    }
  }
  claim_output();
  std::vector<std::string> written;
  std::optional<BuildResult> result = shared_ ? shared_->find(written) : std::nullopt;
  if (result) {
    write_record(*result, written, nullptr, false);
    add_problem(*result);
  }
  return result;
}

std::optional<LastBuild> BuildCache::last() {
  if (!last_session_)
    return std::nullopt;
  return LastBuild{last_session_->getBuffer(), changed_, manifest_,
                   [this](llvm::StringRef path) -> std::shared_ptr<const ModuleFacts> {
                     std::optional<Digest> content = last_->content(path);
                     return content ? modules_.facts_of_content(path, *content) : nullptr;
                   }};
}

void BuildCache::claim_output() const {
  if (!own_.out.empty())
    (void)replace_file(owner_, token_); // if it fails, has_output() says so
}

/// Whether what is in the output is this build's: no other one has begun to write there.
bool BuildCache::has_output() const {
  if (own_.out.empty())
    return true;
  auto owner = llvm::MemoryBuffer::getFile(owner_);
  return owner && (*owner)->getBuffer() == token_;
}

void BuildCache::keep(BuildResult &result, BuildSession &session, bool is_resumed) {
  // What could not be read or written is tried again.
  if (!is_repeatable_ ||
      llvm::any_of(result.diagnostics, [](const Diagnostic &diagnostic) { return diagnostic.code >= 9000; }))
    return;
  std::vector<std::string> written = session.output_paths();
  write_record(result, written, &session, is_resumed);
  if (shared_)
    shared_->keep(result, written);
  add_problem(result);
}

void BuildCache::add_problem(BuildResult &result) const {
  if (std::optional<Diagnostic> problem = shared_ ? shared_->problem() : std::nullopt)
    result.diagnostics.push_back(std::move(*problem));
}

/// Removes the oldest files.
static void limit_files(const std::string &folder) {
  std::vector<std::pair<llvm::sys::TimePoint<>, std::string>> records;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (llvm::ErrorOr<llvm::sys::fs::basic_file_status> status = at->status())
      records.emplace_back(status->getLastModificationTime(), at->path());
  if (records.size() <= max_files)
    return;
  llvm::sort(records);
  for (size_t at = 0; at < records.size() - max_files; ++at)
    llvm::sys::fs::remove(records[at].second);
}

/// What the build has seen. One that was resumed has looked at a part of the project only; of the rest the record has
/// told that it is as it was. Nothing: something has changed meanwhile.
std::optional<Observations> BuildCache::seen(bool is_resumed) const {
  if (!is_resumed)
    return files_.observations(own_);
  for (const std::string &path : changed_)
    files_.content(path); // nobody may import it any more
  std::optional<Observations> now = files_.observations(own_);
  if (!now)
    return std::nullopt;
  Observations all = last_->observations();
  for (auto &[path, what] : *now) {
    auto [known, is_new] = all.try_emplace(path, what);
    Observation &before = known->second;
    if (is_new)
      continue;
    bool has_changed = std::binary_search(changed_.begin(), changed_.end(), path);
    auto differ = [](const std::optional<Digest> &a, const std::optional<Digest> &b) { return a && b && a != b; };
    if (before.kind != what.kind || differ(before.listing, what.listing) ||
        (differ(before.content, what.content) && !has_changed))
      return std::nullopt;
    if (what.content || what.listing)
      before.stamp = what.stamp;
    if (what.content)
      before.content = what.content;
    if (what.listing)
      before.listing = what.listing;
    if (!what.real_path.empty())
      before.real_path = what.real_path;
  }
  return all;
}

void BuildCache::write_record(const BuildResult &result, llvm::ArrayRef<std::string> written, BuildSession *session,
                              bool is_resumed) const {
  std::optional<Observations> all = seen(is_resumed);
  if (!all)
    return;
  llvm::StringMap<FileStamp> known;
  if (is_resumed)
    for (const WrittenFile &output : last_->written())
      if (!session->made_paths().contains(output.path))
        known[output.path] = output.stamp;
  std::vector<WrittenFile> outputs;
  for (const std::string &path : written) {
    auto at = known.find(path);
    std::optional<FileStamp> stamp = at != known.end() ? at->second : stamp_of_file(path);
    if (!stamp)
      return;
    outputs.push_back({path, *stamp});
  }
  if (!has_output()) // the stamps may be of another build's files
    return;
  std::string bytes = session ? session->save() : std::string();
  // Without it the next build is done anew.
  if (session)
    (void)replace_file(session_, bytes);
  ArchiveWriter archive;
  archive(result, llvm::xxHash64(bytes));
  if (!BuildRecord::write(record_, key_, *all, outputs, files_.begun(), archive.bytes()))
    limit_files(llvm::sys::path::parent_path(record_).str());
}

} // namespace foreload
