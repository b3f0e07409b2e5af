// What an fl_result holds, whichever call made it.
#pragma once
#include "foreload/foreload.h"
#include "compose/composer.h"
#include "host/host.h"

#include <vector>

/// The views point into the strings of the vectors beside them, which do not change once a result is made.
struct fl_result {
  explicit fl_result(foreload::TransformResult result);
  explicit fl_result(foreload::BuildResult result);
  explicit fl_result(foreload::ExplainResult result);
  fl_result(foreload::ComposeResult result, std::string json);
  explicit fl_result(foreload::WaterfallResult result);
  explicit fl_result(foreload::LoadResult result);
  /// \p specifier is the id of an import that is to be left as it is.
  fl_result(foreload::ResolveIdResult result, llvm::StringRef specifier);
  explicit fl_result(std::vector<foreload::Diagnostic> said);
  explicit fl_result(std::string text) : json(std::move(text)) {}
  fl_result(const fl_result &) = delete;
  fl_result &operator=(const fl_result &) = delete;

  foreload::TransformResult transformed; ///< its diagnostics are moved to `diagnostics`
  std::string json;
  std::string drawn; ///< what fl_result_text gives
  std::vector<foreload::Diagnostic> diagnostics;
  fl_counters counters = {};
  std::vector<foreload::ComponentResult> components;
  fl_compose_statistics compose_statistics = {};
  std::string resolved_id;
  bool resolved_external = false;

  std::vector<fl_unresolved> unresolved_views;
  std::vector<fl_diagnostic> diagnostic_views;
  std::vector<std::vector<fl_related>> related_views;
  std::vector<fl_component> component_views;
  std::vector<fl_file> file_views;

private:
  void view_diagnostics();
  void view_transformed();
};
