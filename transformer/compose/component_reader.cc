#include "compose/component_reader.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <algorithm>
#include <cerrno>

namespace foreload {

std::chrono::milliseconds retry_delay(const RetryOptions &options, unsigned retry) {
  std::chrono::milliseconds delay = options.first_delay;
  for (unsigned i = 0; i < retry && delay < options.longest_delay; ++i)
    delay *= 2;
  return std::min(delay, options.longest_delay);
}

bool is_transient(std::error_code error) {
  for (std::errc kind :
       {std::errc::resource_unavailable_try_again, std::errc::interrupted, std::errc::device_or_resource_busy,
        std::errc::text_file_busy, std::errc::timed_out, std::errc::io_error, std::errc::too_many_files_open,
        std::errc::too_many_files_open_in_system, std::errc::not_enough_memory, std::errc::connection_reset,
        std::errc::host_unreachable, std::errc::network_unreachable, std::errc::network_down})
    if (error == kind)
      return true;
#ifdef ESTALE // of a share that was mounted anew
  if (error.value() == ESTALE && (error.category() == std::generic_category() || error.category() == std::system_category()))
    return true;
#endif
  return false;
}

std::optional<std::string> component_path(llvm::StringRef written) {
  using namespace llvm::sys;
  if (written.empty() || written.contains('\0') || path::is_absolute(written, path::Style::posix))
    return std::nullopt;
  llvm::SmallString<128> normal = written;
  path::remove_dots(normal, /*remove_dot_dot=*/true, path::Style::posix);
  if (normal.empty() || *path::begin(normal, path::Style::posix) == ".." || normal.back() == '/')
    return std::nullopt;
  return normal.str().str();
}

ComponentReader::ComponentReader(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, std::string base,
                                 uint64_t max_bytes, bool leave_code_fences)
    : file_system_(std::move(file_system)), base_(llvm::StringRef(base).rtrim('/').str()), max_bytes_(max_bytes),
      leave_code_fences_(leave_code_fences) {}

static void fail(ReadOutcome &outcome, std::error_code error) {
  outcome.code = 7002;
  outcome.error = "cannot be read: " + error.message();
  outcome.transient = is_transient(error);
}

bool ComponentReader::is_below_base(llvm::StringRef file, ReadOutcome &outcome) const {
  llvm::SmallString<128> real_base, real_file;
  std::error_code error = file_system_->getRealPath(base_.empty() ? "/" : base_, real_base);
  if (!error)
    error = file_system_->getRealPath(file, real_file);
  if (error) {
    fail(outcome, error);
    return false;
  }
  llvm::StringRef rest = real_file;
  if (rest.consume_front(real_base) && (rest.consume_front("/") || real_base.str().back() == '/'))
    return true;
  outcome.code = 7003;
  outcome.error = "is a link to a file outside of the base directory";
  return false;
}

ReadOutcome ComponentReader::read(llvm::StringRef path, ComponentCache &cache) const {
  ReadOutcome outcome;
  std::string name = file(path);
  llvm::ErrorOr<llvm::vfs::Status> status = file_system_->status(name);
  if (!status) {
    fail(outcome, status.getError());
    return outcome;
  }
  outcome.status = *status;
  if (!status->isRegularFile()) {
    outcome.code = 7002;
    outcome.error = "cannot be read: it is not a file";
    return outcome;
  }
  outcome.component = cache.unchanged(name, *status);
  if (outcome.component) {
    outcome.unchanged = true;
    return outcome;
  }
  // Asked of the file before it is read, and of what was read: it may grow.
  if (is_too_large(outcome, status->getSize()) || !is_below_base(name, outcome))
    return outcome;

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> opened = file_system_->openFileForRead(name);
  if (!opened) {
    fail(outcome, opened.getError());
    return outcome;
  }
  // Volatile: a file that is mapped and then cut short ends the process that reads on.
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      (*opened)->getBuffer(name, /*FileSize=*/-1, /*RequiresNullTerminator=*/false, /*IsVolatile=*/true);
  if (!buffer) {
    fail(outcome, buffer.getError());
    return outcome;
  }
  parse(outcome, std::move(name), (*buffer)->getBuffer());
  return outcome;
}

ReadOutcome ComponentReader::parse(llvm::StringRef path, llvm::StringRef text) const {
  ReadOutcome outcome;
  parse(outcome, file(path), text);
  return outcome;
}

void ComponentReader::parse(ReadOutcome &outcome, std::string file, llvm::StringRef text) const {
  if (is_too_large(outcome, text.size()))
    return;
  if (find_invalid_utf8(text) != llvm::StringRef::npos) {
    outcome.code = 7009;
    outcome.error = "is not valid UTF-8";
    return;
  }
  outcome.component =
      parse_markdown_component(std::make_shared<SourceFile>(std::move(file), text.str()), leave_code_fences_);
}

bool ComponentReader::is_too_large(ReadOutcome &outcome, uint64_t size) const {
  if (size <= max_bytes_)
    return false;
  outcome.code = 7006;
  outcome.error = "has more than " + std::to_string(max_bytes_) + " bytes";
  return true;
}

} // namespace foreload
