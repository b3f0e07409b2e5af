// `foreload build`: every component below a directory, in one graph. Not part of the host's interface.
//
// What is known of a file by itself is found in parallel, what files have to do with each other by one thread in
// between, and then outputs are made and written in parallel again. Results are put in the order of the files' paths,
// so that nothing depends on which thread was first.
#pragma once
#include "engine/file_watcher.h"
#include "engine/output_writer.h"
#include "host/host_state.h"

#include <atomic>

namespace foreload {

/// What another process has left of a build, of which nothing has changed since but the text of some files.
struct LastBuild {
  llvm::StringRef session;          ///< what BuildSession::save() gave
  std::vector<std::string> changed; ///< these files
  std::string manifest;
  /// What is known of a file as it was then; null: nothing.
  std::function<std::shared_ptr<const ModuleFacts>(llvm::StringRef path)> facts;
};

/// Builds one project, again if it is to. To be used by one thread, which does part of the work.
class BuildSession {
public:
  enum class Then : uint8_t { Nothing, Save, Update };

  /// \p then: what will be called after the build.
  BuildSession(Host::State &state, BuildOptions options, Then then = Then::Nothing);
  BuildResult build();
  /// Builds again after changes. What was written and would not be now is removed.
  BuildResult update(const FileChanges &changes);
  /// Everything that resume() needs.
  std::string save();
  /// Does what build() does, in place of it, by what was known. Nothing: that is not enough for these changes.
  std::optional<BuildResult> resume(const LastBuild &last);
  /// The files that the build consists of. Sorted.
  std::vector<std::string> output_paths() const;
  /// After resume(): of these, those that were made now, or found to be as they would be made.
  const std::set<std::string> &made_paths() const { return made_; }

private:
  class Stretch;

  /// A component or a document, and what hooks have said in its transform.
  struct Item {
    std::string path;
    bool is_document = false;
    std::shared_ptr<const ModuleFacts> facts; ///< null: it was restored, and has not changed
    HookOutput output = {};
    EmittedText text = {}; ///< until it is written; no path: there is none
    bool is_changed = false;
  };
  /// What a thread has to hand on when it has written something.
  struct Written {
    std::string lines;              ///< for pack_
    std::vector<std::string> files; ///< below the output's folder
  };

  bool is_kept() const { return then_ == Then::Update; }
  void reset();
  void start_counting();
  bool is_out_in_the_way();
  void claim_out() const;
  bool has_components_in_out() const;
  void find();
  void read(BatchRunner &runner);
  void link(HookOutput &output);
  void emit(BatchRunner &runner, llvm::ArrayRef<Item *> items);
  void finish(BatchRunner &runner, HookOutput &output);
  void count(unsigned jobs, Timeline::Clock::time_point start);
  void tell_plugins(const FileChanges &changes);
  void invalidate(const FileChanges &changes);
  void remove_outputs_of_missing_inputs();
  void remove_abandoned_outputs() const;
  /// What update() does if nothing but the texts of some files has changed. Nothing: it turns out that there is more to
  /// it.
  std::optional<BuildResult> update_texts(llvm::ArrayRef<std::string> paths);
  bool are_texts(const FileChanges &changes);
  bool is_new_input(llvm::StringRef path);
  Item *item_of(llvm::StringRef path);
  bool restore(llvm::StringRef bytes);

  void emit_item(Item &item);
  /// Writes what is in a batch, and what hooks have emitted for it.
  void write_batch(size_t turn, llvm::ArrayRef<Item *> items);
  /// \p is_source: it stands in for a file of the project, else it is one more.
  void write(EmittedText &text, bool is_source, Written &written);
  void write_file(llvm::StringRef below, llvm::StringRef text, Written &written);
  /// Remembers what \p input has led to, and removes what it had led to before and does not any more.
  void note_outputs(const std::string &input, std::vector<std::string> files);
  void name_thread(unsigned worker);
  void report(Diagnostic diagnostic);
  void show(BuildPhase phase, size_t more, size_t total);

  Host::State &state_;
  const BuildOptions options_;
  const Then then_;
  const std::string directory_;
  const bool streams_; ///< outputs are written as soon as they are made
  OutputWriter writer_;
  std::map<std::string, std::vector<std::string>> outputs_; ///< by input; under "" those of the project

  // Of one build:
  std::shared_ptr<HookSession> session_;
  RunShape shape_;
  std::vector<std::string> paths_; ///< of all inputs, sorted
  std::vector<Item> items_;        ///< components, then documents, each sorted
  size_t component_count_ = 0;
  size_t turn_ = 0;         ///< of pack_: the next one
  bool has_links_ = false;  ///< a change of an input may be told by another path
  bool has_failed_ = false; ///< something could not be read or written: it is tried again
  std::optional<PackWriter> pack_;
  std::atomic<uint64_t> bytes_read_;
  std::array<std::atomic<int64_t>, build_phase_count> work_; ///< nanoseconds
  std::mutex mutex_;           ///< guards what follows and outputs_, while there are several threads
  std::set<std::string> made_; ///< paths of outputs
  BuildResult result_;
  BuildProgress progress_;
};

} // namespace foreload
