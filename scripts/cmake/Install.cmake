# What `cmake --install` puts where: the library, the command and its manual, the public headers, and the two ways by
# which other builds find them (pkg-config and find_package).

include(CMakePackageConfigHelpers)

install(TARGETS leakwatch_preload LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET leakwatch)
    install(TARGETS leakwatch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET leakwatch_manual)
    install(DIRECTORY ${LEAKWATCH_MANUAL}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
    install(FILES ${LEAKWATCH_MANUAL}/completion/leakwatch DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${LEAKWATCH_MANUAL}/completion/_leakwatch DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
    install(FILES ${LEAKWATCH_MANUAL}/completion/leakwatch.fish
            DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
install(DIRECTORY include/leakwatch DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp" PATTERN "*.py" PATTERN "*.def")
install(FILES preload/valgrind.supp DESTINATION ${CMAKE_INSTALL_DATADIR}/leakwatch)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Relative to the file itself, so that an installation can be moved.
file(RELATIVE_PATH prefix_from_pc ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(scripts/cmake/leakwatch.pc.in ${PROJECT_BINARY_DIR}/leakwatch.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/leakwatch.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/leakwatch)
configure_package_config_file(scripts/cmake/leakwatchConfig.cmake.in ${PROJECT_BINARY_DIR}/leakwatchConfig.cmake
                              INSTALL_DESTINATION ${package_directory}
                              PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/leakwatchConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/leakwatchConfig.cmake ${PROJECT_BINARY_DIR}/leakwatchConfigVersion.cmake
        DESTINATION ${package_directory})
