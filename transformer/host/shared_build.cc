#include "host/shared_build.h"

#include "engine/diagnostic_codec.h"
#include "engine/file_finder.h"
#include "engine/output_writer.h"
#include "host/build_codec.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace foreload {

namespace path = llvm::sys::path;

/// The blobs of a build.
constexpr llvm::StringLiteral inputs_blob = "inputs", outputs_blob = "outputs";

constexpr Observation::Kind last_of(Observation::Kind) { return Observation::Kind::Other; }

struct SharedBuild::Input {
  std::string path; ///< below the repository; empty: itself
  Observation::Kind kind = Observation::Kind::Missing;
  std::optional<Digest> content, listing;
  std::string real_path; ///< likewise; empty: nobody asked

  template <class Archive> friend void fields(Archive &archive, ValueOf<Input> auto &value) {
    archive(value.path, value.kind, value.content, value.listing, value.real_path);
  }
};

struct SharedBuild::Output {
  std::string path; ///< below the folder for output
  std::string text;

  template <class Archive> friend void fields(Archive &archive, ValueOf<Output> auto &value) {
    archive(value.path, value.text);
  }
};

/// The nearest folder at or above \p root that is a repository; else \p root.
static std::string repository_of(llvm::StringRef root) {
  for (llvm::StringRef folder = root; !folder.empty(); folder = path::parent_path(folder))
    if (llvm::sys::fs::exists(folder + "/.git"))
      return folder.str();
  return root.str();
}

/// Whether \p text is a path that leads nowhere but down.
static bool leads_down(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> names;
  text.split(names, '/');
  return llvm::none_of(names, [](llvm::StringRef name) { return name.empty() || name == "." || name == ".."; }) &&
         text.find('\0') == llvm::StringRef::npos;
}

/// The first of the names that a resolver looks for in a folder above the repository; empty: there is none.
static std::string resolved_above(llvm::StringRef repository) {
  for (llvm::StringRef folder = path::parent_path(repository); !folder.empty(); folder = path::parent_path(folder))
    for (const char *name : {"node_modules", "package.json", "tsconfig.json", "jsconfig.json"}) {
      std::string candidate = (folder == "/" ? "/" + llvm::Twine(name) : folder + "/" + name).str();
      if (llvm::sys::fs::exists(candidate))
        return candidate;
    }
  return {};
}

SharedBuild::SharedBuild(const HostOptions &host, const BuildOptions &build, ObservedFileSystem &files)
    : host_(host), build_(build), files_(files), repository_(repository_of(host.root)) {
  if (!below(build.directory)) {
    problem_ = "the components are not below '" + repository_ + "'";
  } else if (std::string other = resolved_above(repository_); !other.empty()) {
    problem_ = "imports may lead to '" + other + "', which is outside of the repository";
  } else {
    llvm::Expected<std::unique_ptr<RemoteCache>> remote = RemoteCache::open(*host.cache->remote);
    if (remote)
      remote_ = std::move(*remote);
    else
      problem_ = llvm::toString(remote.takeError());
  }
}

std::optional<std::string> SharedBuild::below(llvm::StringRef file) const {
  if (!file.consume_front(repository_) || !(file.empty() || file.consume_front("/")))
    return std::nullopt;
  return file.str();
}

std::string SharedBuild::above(llvm::StringRef file) const {
  return file.empty() ? repository_ : repository_ + "/" + file.str();
}

std::optional<Digest> SharedBuild::find_key() {
  std::vector<Diagnostic> unreadable;
  std::vector<std::string> paths = FileFinder(files_, build_.out, unreadable, [](llvm::StringRef file) {
                                     return is_component_path(file) || is_markdown_path(file);
                                   }).find(build_.directory);
  ArchiveWriter key;
  key(std::string("shared build"), program_identity());
  archive_options(key, host_, *below(host_.root));
  key(*below(build_.directory), build_.out.empty());
  for (const std::string &file : paths) {
    std::optional<Digest> content = files_.content(file);
    if (!content)
      return std::nullopt;
    key(llvm::StringRef(file).drop_front(build_.directory.size()), *content);
  }
  return unreadable.empty() ? std::optional(digest_of(key.bytes())) : std::nullopt;
}

bool SharedBuild::is_same_here(const Input &input) {
  if (!input.path.empty() && !leads_down(input.path))
    return false;
  std::string file = above(input.path);
  if (input.content && files_.content(file) != input.content)
    return false;
  if (input.listing && digest_of_listing(files_, file, {build_.out}, /*is_portable=*/true) != input.listing)
    return false;
  if (llvm::SmallString<256> real; !input.real_path.empty())
    if (files_.getRealPath(file, real) || real != above(input.real_path))
      return false;
  return kind_of(files_.status(file)) == input.kind;
}

std::optional<BuildResult> SharedBuild::find(std::vector<std::string> &written) {
  if (!remote_ || !(key_ = find_key()))
    return std::nullopt;
  std::optional<std::vector<OutputBlob>> blobs = remote_->action(*key_);
  // The key comes first in each blob: a server may mix them up.
  auto fetch = [&](llvm::StringRef name, auto &...values) {
    auto blob = llvm::find_if(*blobs, [&](const OutputBlob &candidate) { return candidate.name == name; });
    std::optional<std::string> bytes = blob == blobs->end() ? std::nullopt : remote_->blob(*blob);
    if (!bytes)
      return false;
    Digest key = {};
    ArchiveReader archive(*bytes);
    archive(key, values...);
    if (archive.is_complete() && key == *key_)
      return true;
    problem_ = "what it has is of another build";
    return false;
  };
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  BuildResult result;
  if (!blobs || !fetch(inputs_blob, inputs) || !llvm::all_of(inputs, [&](const Input &input) { return is_same_here(input); }) ||
      !fetch(outputs_blob, result, outputs))
    return std::nullopt;

  if (!llvm::all_of(outputs, [](const Output &output) { return leads_down(output.path); })) {
    problem_ = "it has outputs that lead out of their folder";
    return std::nullopt;
  }
  OutputWriter writer(build_.out);
  for (const Output &output : outputs) {
    written.push_back(writer.path(output.path));
    if (writer.write(output.path, output.text))
      return std::nullopt; // the build comes upon it, too, and says so
  }
  for (Diagnostic &diagnostic : result.diagnostics) {
    diagnostic.file = above(diagnostic.file);
    for (RelatedPlace &place : diagnostic.related)
      place.file = above(place.file);
  }
  result.reuse.is_shared = true;
  return result;
}

/// Nothing: it has seen something that other machines do not have.
std::optional<std::vector<SharedBuild::Input>> SharedBuild::inputs() const {
  std::optional<Observations> seen = files_.observations({build_.out});
  if (!seen)
    return std::nullopt;
  std::vector<Input> result;
  for (const auto &[file, what] : *seen) {
    std::optional<std::string> own = below(file);
    bool is_above = std::string_view(repository_).starts_with(file);
    if (!own) {
      if (what.content || !(what.kind == Observation::Kind::Missing || is_above))
        return std::nullopt;
      continue; // resolved_above() knows better
    }
    Input &input = result.emplace_back();
    input.path = *own;
    input.kind = what.kind;
    input.content = what.content;
    input.listing = what.portable_listing;
    if (what.real_path.empty())
      continue;
    std::optional<std::string> real = below(what.real_path);
    if (!real)
      return std::nullopt;
    input.real_path = *real;
  }
  return result;
}

void SharedBuild::keep(const BuildResult &result, llvm::ArrayRef<std::string> written) {
  if (!remote_ || !key_ || host_.cache->remote->read_only)
    return;
  std::optional<std::vector<Input>> seen = inputs();
  if (!seen) {
    problem_ = "the build has read files outside of the repository, so its result is of no use elsewhere";
    return;
  }
  BuildResult shared = result;
  bool is_portable = true;
  auto relative = [&](std::string &file) {
    std::optional<std::string> own = below(file);
    is_portable &= own.has_value();
    file = own.value_or("");
  };
  auto check = [&](llvm::StringRef text) { is_portable &= text.find(repository_ + "/") == llvm::StringRef::npos; };
  for (Diagnostic &diagnostic : shared.diagnostics) {
    relative(diagnostic.file);
    check(diagnostic.message);
    check(diagnostic.hint);
    for (RelatedPlace &place : diagnostic.related)
      relative(place.file);
  }
  std::vector<Output> outputs;
  for (const std::string &file : written) {
    auto text = llvm::MemoryBuffer::getFile(file, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!text)
      return;
    outputs.push_back({file.substr(build_.out.size() + 1), (*text)->getBuffer().str()});
    check(outputs.back().text);
  }
  if (!is_portable) {
    problem_ = "the result names the folder '" + repository_ + "', so it is of no use elsewhere; with --root at the top of the repository it may be";
    return;
  }
  ArchiveWriter input_bytes, output_bytes;
  input_bytes(*key_, *seen);
  output_bytes(*key_, shared, outputs);
  remote_->store(*key_, {{inputs_blob.str(), input_bytes.bytes()}, {outputs_blob.str(), output_bytes.bytes()}});
}

std::optional<Diagnostic> SharedBuild::problem() const {
  std::string why = remote_ && !remote_->problem().empty() ? remote_->problem() : problem_;
  if (why.empty())
    return std::nullopt;
  Diagnostic diagnostic = file_error(remote_ ? remote_->name() : "", 9005, "the remote cache was not used: " + why);
  diagnostic.severity = Severity::Warning;
  return diagnostic;
}

} // namespace foreload
