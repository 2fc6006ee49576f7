# What is installed where: the library, the headers with the two ways by which other builds find them (pkg-config and
# find_package), and the command with its manual pages, completion and Python module.

include(CMakePackageConfigHelpers)

# leakwatch_development(<directory of libraries> <component> [EXCLUDE_FROM_ALL])
function(leakwatch_development libraries component)
    set(made ${PROJECT_BINARY_DIR}/development/${component})
    set(CMAKE_INSTALL_LIBDIR ${libraries})
    # Relative to the file itself, so that an installation can be moved.
    file(RELATIVE_PATH prefix_from_pc /prefix/${libraries}/pkgconfig /prefix)
    configure_file(scripts/cmake/leakwatch.pc.in ${made}/leakwatch.pc @ONLY)
    install(FILES ${made}/leakwatch.pc DESTINATION ${libraries}/pkgconfig COMPONENT ${component} ${ARGN})
    set(package_directory ${libraries}/cmake/leakwatch)
    configure_package_config_file(scripts/cmake/leakwatchConfig.cmake.in ${made}/leakwatchConfig.cmake
                                  INSTALL_DESTINATION ${package_directory}
                                  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
    write_basic_package_version_file(${made}/leakwatchConfigVersion.cmake COMPATIBILITY SameMajorVersion)
    install(FILES ${made}/leakwatchConfig.cmake ${made}/leakwatchConfigVersion.cmake
            DESTINATION ${package_directory} COMPONENT ${component} ${ARGN})
    install(DIRECTORY include/leakwatch DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ${component} ${ARGN}
            FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp" PATTERN "*.def")
endfunction()

# leakwatch_documents(<component> [EXCLUDE_FROM_ALL]): what is to be read, with scripts/fleet where its guide and the pages look
# for it, and where Debian has examples.
function(leakwatch_documents component)
    set(documents ${CMAKE_INSTALL_DATADIR}/doc/leakwatch)
    install(FILES README.md DESTINATION ${documents} COMPONENT ${component} ${ARGN})
    install(DIRECTORY docs DESTINATION ${documents} COMPONENT ${component} ${ARGN})
    install(DIRECTORY scripts/fleet DESTINATION ${documents}/examples COMPONENT ${component} ${ARGN} PATTERN pack EXCLUDE)
    install(PROGRAMS scripts/fleet/containers/pack DESTINATION ${documents}/examples/fleet/containers
            COMPONENT ${component} ${ARGN})
    install(CODE "file(CREATE_LINK examples \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${documents}/scripts\" SYMBOLIC)"
            COMPONENT ${component} ${ARGN})
endfunction()

# leakwatch_layout(<directory of libraries> <of zsh's completion> <directory of manual pages> <what components begin with>
#                  [EXCLUDE_FROM_ALL])
function(leakwatch_layout libraries zsh pages begin)
    install(TARGETS leakwatch_preload LIBRARY DESTINATION ${libraries} COMPONENT ${begin}library ${ARGN})
    install(FILES preload/valgrind.supp DESTINATION ${CMAKE_INSTALL_DATADIR}/leakwatch COMPONENT ${begin}library ${ARGN})
    leakwatch_development(${libraries} ${begin}development ${ARGN})
    file(GLOB modules CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/leakwatch/*.py)
    install(FILES ${modules} DESTINATION ${CMAKE_INSTALL_DATADIR}/leakwatch/python COMPONENT ${begin}command ${ARGN})
    leakwatch_documents(${begin}command ${ARGN})
    if(TARGET leakwatch)
        install(TARGETS leakwatch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${begin}command ${ARGN})
    endif()
    if(TARGET leakwatch_manual)
        set(completion ${LEAKWATCH_MANUAL}/completion)
        install(DIRECTORY ${pages}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${begin}command ${ARGN})
        install(FILES ${completion}/leakwatch DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
                COMPONENT ${begin}command ${ARGN})
        install(FILES ${completion}/_leakwatch DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${zsh}
                COMPONENT ${begin}command ${ARGN})
        install(FILES ${completion}/leakwatch.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
                COMPONENT ${begin}command ${ARGN})
    endif()
endfunction()

leakwatch_layout(${CMAKE_INSTALL_LIBDIR} site-functions "${LEAKWATCH_MANUAL}/man1" "")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT command)
if(TARGET leakwatch_manual AND CMAKE_LIBRARY_ARCHITECTURE)
    include(scripts/cmake/Packages.cmake)
endif()
