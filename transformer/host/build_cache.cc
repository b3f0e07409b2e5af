#include "host/build_cache.h"

#include "engine/build_record.h"
#include "engine/replace_file.h"
#include "host/build_codec.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <unistd.h>

namespace foreload {

/// Files that are kept: a record for each directory, output and set of options, and an owner for each output.
constexpr size_t max_records = 64;

/// What besides the disk the result depends on.
static Digest key_of(const HostOptions &host, const BuildOptions &build) {
  const auto &[directory, out, packed, run, on_progress] = build; // threads make no difference
  ArchiveWriter key;
  key(program_identity());
  archive_options(key, host, host.root);
  key(directory, out);
  return digest_of(key.bytes());
}

BuildCache::BuildCache(const HostOptions &host, const BuildOptions &build, ObservedFileSystem &files)
    : files_(files), own_{build.out},
      is_repeatable_(host.plugins.empty() && !host.compose && !host.trace && !host.ask_first && build.packed.empty()),
      key_(key_of(host, build)),
      record_(host.cache->folder + "/builds/" + hex(key_).substr(0, 16) + ".record"),
      owner_(host.cache->folder + "/builds/" + hex(digest_of(build.out)).substr(0, 16) + ".owner"),
      token_(std::to_string(::getpid()) + " " + std::to_string(nanoseconds_now())) {
  if (is_repeatable_ && host.cache->remote)
    shared_.emplace(host, build, files);
}

std::optional<BuildResult> BuildCache::find() {
  std::optional<BuildRecord> record = is_repeatable_ ? BuildRecord::read(record_, key_) : std::nullopt;
  if (record && record->is_current(own_)) {
    BuildResult result;
    ArchiveReader archive(record->result());
    archive(result);
    if (archive.is_complete()) {
      if (record->is_stale())
        record->refresh(record_);
      result.reuse.is_unchanged = true;
      return result;
    }
  }
  claim_output();
  std::vector<std::string> written;
  std::optional<BuildResult> result = shared_ ? shared_->find(written) : std::nullopt;
  if (result) {
    write_record(*result, written);
    add_problem(*result);
  }
  return result;
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

void BuildCache::keep(BuildResult &result, llvm::ArrayRef<std::string> written) {
  // What could not be read or written is tried again.
  if (!is_repeatable_ ||
      llvm::any_of(result.diagnostics, [](const Diagnostic &diagnostic) { return diagnostic.code >= 9000; }))
    return;
  write_record(result, written);
  if (shared_)
    shared_->keep(result, written);
  add_problem(result);
}

void BuildCache::add_problem(BuildResult &result) const {
  if (std::optional<Diagnostic> problem = shared_ ? shared_->problem() : std::nullopt)
    result.diagnostics.push_back(std::move(*problem));
}

/// Removes the oldest records.
static void limit_records(const std::string &folder) {
  std::vector<std::pair<llvm::sys::TimePoint<>, std::string>> records;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (llvm::ErrorOr<llvm::sys::fs::basic_file_status> status = at->status())
      records.emplace_back(status->getLastModificationTime(), at->path());
  if (records.size() <= max_records)
    return;
  llvm::sort(records);
  for (size_t at = 0; at < records.size() - max_records; ++at)
    llvm::sys::fs::remove(records[at].second);
}

void BuildCache::write_record(const BuildResult &result, llvm::ArrayRef<std::string> written) const {
  std::optional<Observations> seen = files_.observations(own_);
  if (!seen)
    return;
  std::vector<WrittenFile> outputs;
  for (const std::string &path : written) {
    std::optional<FileStamp> stamp = stamp_of_file(path);
    if (!stamp)
      return;
    outputs.push_back({path, *stamp});
  }
  if (!has_output()) // the stamps may be of another build's files
    return;
  ArchiveWriter archive;
  archive(result);
  if (!BuildRecord::write(record_, key_, *seen, outputs, files_.begun(), archive.bytes()))
    limit_records(llvm::sys::path::parent_path(record_).str());
}

} // namespace foreload
