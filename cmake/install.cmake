# What `cmake --install` installs: the command, the library with its header, and what other projects find it by.
include(CMakePackageConfigHelpers)

install(TARGETS foreload-command RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS foreload EXPORT foreload-targets LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY plugin-abi/include/foreload DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES LICENSE THIRD_PARTY_NOTICES.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/foreload")
install(EXPORT foreload-targets NAMESPACE foreload:: DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/foreload-config-version.cmake" COMPATIBILITY SameMajorVersion)
install(FILES cmake/foreload-config.cmake "${PROJECT_BINARY_DIR}/foreload-config-version.cmake" DESTINATION "${package_folder}")

# The .pc file finds the prefix from where it is itself, so that an install tree can be moved.
file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
configure_file(cmake/foreload.pc.in "${PROJECT_BINARY_DIR}/foreload.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/foreload.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
