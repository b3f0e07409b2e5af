#include "host/build_cache.h"

#include "engine/build_record.h"
#include "engine/diagnostic_codec.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace foreload {

/// Records that are kept: one for each directory, output and set of options.
constexpr size_t max_records = 32;

constexpr StrategyOption last_of(StrategyOption) { return StrategyOption::Reference; }
constexpr HostMode last_of(HostMode) { return HostMode::Build; }

/// What besides the disk the result depends on. All options are named here, so that none is forgotten.
static Digest key_of(const HostOptions &host, const BuildOptions &build) {
  const auto &[root, lift, strategy, auto_lift, dedupe, speculative, runtime_module, ask_first, runtime_aliases, mode,
               compose, plugins, trace, cache] = host;
  const auto &[directory, out, packed, run, on_progress] = build;
  ArchiveWriter archive;
  archive(program_identity(), root, lift, strategy, auto_lift, dedupe, speculative, runtime_module, runtime_aliases, mode,
          directory, out);
  return digest_of(archive.bytes());
}

/// The numbers and texts of a result; how it was come by is not among them.
template <class Archive> void fields(Archive &archive, ValueOf<BuildResult> auto &value) {
  auto &[manifest, components, changed, loaders, lifted, reuse, diagnostics, statistics] = value;
  archive(manifest, components, changed, loaders, lifted, diagnostics);
}

BuildCache::BuildCache(const HostOptions &host, const BuildOptions &build, const ObservedFileSystem &files)
    : files_(files), own_{build.out},
      is_repeatable_(host.plugins.empty() && !host.compose && !host.trace && !host.ask_first && build.packed.empty()), key_(key_of(host, build)),
      record_(host.cache->folder + "/builds/" + hex(key_).substr(0, 16) + ".record") {}

std::optional<BuildResult> BuildCache::find() const {
  if (!is_repeatable_)
    return std::nullopt;
  std::optional<BuildRecord> record = BuildRecord::read(record_, key_);
  if (!record || !record->is_current(own_))
    return std::nullopt;
  BuildResult result;
  ArchiveReader archive(record->result());
  archive(result);
  if (!archive.is_complete())
    return std::nullopt;
  if (record->is_stale())
    record->refresh(record_);
  result.reuse.is_unchanged = true;
  return result;
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

void BuildCache::keep(const BuildResult &result, llvm::ArrayRef<std::string> written) const {
  // What could not be read or written is tried again.
  if (!is_repeatable_ ||
      llvm::any_of(result.diagnostics, [](const Diagnostic &diagnostic) { return diagnostic.code >= 9000; }))
    return;
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
  ArchiveWriter archive;
  archive(result);
  if (!BuildRecord::write(record_, key_, *seen, outputs, files_.begun(), archive.bytes()))
    limit_records(llvm::sys::path::parent_path(record_).str());
}

} // namespace foreload
