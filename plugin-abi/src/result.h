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
  fl_result(const fl_result &) = delete;
  fl_result &operator=(const fl_result &) = delete;

  foreload::TransformResult transformed; ///< its diagnostics are moved to `diagnostics`
  std::string json;
  std::string drawn; ///< what fl_result_text gives
  std::vector<foreload::Diagnostic> diagnostics;
  fl_counters counters = {};
  std::vector<foreload::ComponentResult> components;
  fl_compose_statistics compose_statistics = {};

  std::vector<fl_unresolved> unresolved_views;
  std::vector<fl_diagnostic> diagnostic_views;
  std::vector<std::vector<fl_related>> related_views;
  std::vector<fl_component> component_views;

private:
  void view_diagnostics();
};
