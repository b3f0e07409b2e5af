// Which components are wanted together, learned from what was asked for.
#pragma once
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/Support/Error.h>

#include <mutex>
#include <string>
#include <vector>

namespace foreload {

/// Names components that go with others, whatever was learned.
struct PredictionRule {
  std::string when; ///< a glob over the paths of what is asked for; `*` stands for `/`, too
  std::vector<std::string> load;
};

struct PredictionOptions {
  std::vector<PredictionRule> rules = {};
  size_t max_predicted = 8;    ///< for one request
  double least_likely = 0.3;   ///< what is less likely to follow is not predicted
  double decay = 0.98;         ///< what a request still counts when the next one comes
  size_t max_components = 512; ///< that are remembered
  size_t max_related = 32;     ///< to each of them
};

/// How good the predictions were. Measured on each request: what was predicted from the one before it, against what it
/// asked for that the one before it had not.
struct PredictionStatistics {
  uint64_t requests = 0;  ///< that followed a prediction
  uint64_t predicted = 0; ///< components
  uint64_t wanted = 0;    ///< components that were asked for anew
  uint64_t correct = 0;   ///< both

  double precision() const { return predicted ? static_cast<double>(correct) / static_cast<double>(predicted) : 0; }
  double recall() const { return wanted ? static_cast<double>(correct) / static_cast<double>(wanted) : 0; }
};

/// Counts which components occur in the same request and in the one that follows it. Old requests count for less and less.
/// Safe for concurrent use by multiple threads.
class UsageModel {
public:
  explicit UsageModel(PredictionOptions options) : options_(std::move(options)) {}

  /// Learns from a request for \p components, judges what was predicted before it, and predicts what will follow: what
  /// the rules say, in their order, then the likeliest first. Never what \p components has.
  std::vector<std::string> record(llvm::ArrayRef<std::string> components);

  /// What would be predicted now for \p components.
  std::vector<std::string> predict(llvm::ArrayRef<std::string> components) const;

  /// The \p count components that were asked for most, of late; the first is the most asked for.
  std::vector<std::string> hottest(size_t count) const;

  PredictionStatistics statistics() const;

  /// Takes what an earlier process saved. A file that is not there is nothing learned; one that is damaged is an error,
  /// and changes nothing.
  llvm::Error load(llvm::StringRef file);
  /// Writes the file whole or not at all.
  llvm::Error save(llvm::StringRef file) const;

private:
  struct Component {
    double uses = 0;   ///< of the age at `clock`
    uint64_t clock = 0; ///< the request that `uses` and `related` were brought up to
    llvm::StringMap<double> related;
  };

  double aged(double weight, uint64_t since) const;
  void bring_up_to_date(Component &component) const;
  void forget_weakest();
  std::vector<std::string> predict_locked(llvm::ArrayRef<std::string> components) const;

  const PredictionOptions options_;
  mutable std::mutex mutex_; ///< guards what follows
  llvm::StringMap<Component> components_;
  uint64_t clock_ = 0; ///< counts requests
  std::vector<std::string> previous_;
  std::vector<std::string> predicted_;
  PredictionStatistics statistics_;
};

} // namespace foreload
