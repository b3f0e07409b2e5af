# Third-party code, each piece as a target. Nothing is vendored: tree-sitter and its grammar are compiled from the C
# sources inside their npm packages (pinned in package-lock.json), the rest are distribution packages.

find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(doctest QUIET)

# libcurl's headers only: the library is loaded at run time, by those who use a remote cache.
find_path(FORELOAD_CURL_INCLUDE_DIR curl/curl.h REQUIRED)

if(NOT EXISTS "${FORELOAD_NODE_MODULES}/tree-sitter/vendor/tree-sitter/lib/src/lib.c")
  message(FATAL_ERROR "tree-sitter's sources are not in ${FORELOAD_NODE_MODULES}: run 'npm ci' first, or 'make', which does")
endif()
set(tree_sitter "${FORELOAD_NODE_MODULES}/tree-sitter/vendor/tree-sitter/lib")
set(grammar "${FORELOAD_NODE_MODULES}/tree-sitter-typescript/tsx/src")
add_library(foreload-tree-sitter STATIC "${tree_sitter}/src/lib.c" "${grammar}/parser.c" "${grammar}/scanner.c")
target_include_directories(foreload-tree-sitter SYSTEM PUBLIC "${tree_sitter}/include" PRIVATE "${tree_sitter}/src" "${grammar}")
target_compile_definitions(foreload-tree-sitter PRIVATE _POSIX_C_SOURCE=200112L _DEFAULT_SOURCE)
target_compile_options(foreload-tree-sitter PRIVATE -w)

# Any LLVM from 14 on will do; a version can be forced with -DLLVM_DIR=/usr/lib/llvm-19/lib/cmake/llvm.
if(NOT LLVM_DIR)
  foreach(version 19 18 17 16 15 14)
    if(EXISTS "/usr/lib/llvm-${version}/lib/cmake/llvm/LLVMConfig.cmake" AND EXISTS "/usr/lib/llvm-${version}/lib/libLLVMSupport.a")
      set(LLVM_DIR "/usr/lib/llvm-${version}/lib/cmake/llvm")
      break()
    endif()
  endforeach()
endif()
find_package(LLVM REQUIRED CONFIG)
message(STATUS "LLVM Support ${LLVM_PACKAGE_VERSION}")
add_library(foreload-llvm-support INTERFACE)
target_include_directories(foreload-llvm-support SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(foreload-llvm-support INTERFACE ${LLVM_DEFINITIONS_LIST})
# By path, not by LLVM's own targets: those pull in zlib, tinfo and zstd, which Support needs only for what we never call.
find_library(LLVM_SUPPORT_LIBRARY LLVMSupport PATHS ${LLVM_LIBRARY_DIRS} NO_DEFAULT_PATH REQUIRED)
find_library(LLVM_DEMANGLE_LIBRARY LLVMDemangle PATHS ${LLVM_LIBRARY_DIRS} NO_DEFAULT_PATH REQUIRED)
target_link_libraries(foreload-llvm-support INTERFACE ${LLVM_SUPPORT_LIBRARY} ${LLVM_DEMANGLE_LIBRARY} ${CMAKE_DL_LIBS})
if(LLVM_ENABLE_TERMINFO)
  add_library(foreload-no-terminfo STATIC cmake/no_terminfo.c)
  target_link_libraries(foreload-llvm-support INTERFACE foreload-no-terminfo)
endif()
target_compile_options(foreload-tree-sitter PRIVATE -ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)
# Caches know by it which build of foreload has computed what is in them.
add_link_options(-Wl,--build-id)
if(NOT FORELOAD_SANITIZE) # hidden, clang's static sanitizer runtime would not replace malloc for shared libraries
  add_link_options(-Wl,--exclude-libs,ALL)
endif()
# LLVM 14 defines StringRef::npos in its archive as well; gcc's unique symbols clash with that, weak ones do not.
target_compile_options(foreload-llvm-support INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
