# find_package(foreload) gives the target foreload::foreload: the shared library and its C header.
include("${CMAKE_CURRENT_LIST_DIR}/foreload-targets.cmake")
