# CPack: Debian packages and a tarball. `cpack --config build/CPackConfig.cmake -B packages` makes
#   leakwatch          the command, its manual pages, completion and Python module
#   libleakwatch       libleakwatch.so alone, for machines where programs are only watched
#   libleakwatch-dev   headers, pkg-config file and CMake package
#   leakwatch-VERSION-Linux-MACHINE.tar.gz   all of it, as `cmake --install` has it; it may be unpacked anywhere
# The packages have Debian's layout, whatever prefix the build was made for, and so are components of their own, which
# `cmake --install` leaves out.

set(debian ${PROJECT_BINARY_DIR}/debian)
set(library_directory lib/${CMAKE_LIBRARY_ARCHITECTURE})
leakwatch_layout(${library_directory} vendor-completions ${LEAKWATCH_MANUAL}/debian debian_ EXCLUDE_FROM_ALL)

# The module itself stands in a directory of its own: `leakwatch pytest` names that in PYTHONPATH, which must not put all of
# Debian's modules before those of a virtual environment.
file(GLOB modules CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/leakwatch/*.py)
foreach(module IN LISTS modules)
    get_filename_component(name ${module} NAME)
    install(CODE "
        set(directory \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/python3/dist-packages\")
        file(MAKE_DIRECTORY \"\${directory}\")
        file(CREATE_LINK ../../../share/leakwatch/python/${name} \"\${directory}/${name}\" SYMBOLIC)"
            COMPONENT debian_command EXCLUDE_FROM_ALL)
endforeach()

# ---- What Debian wants to know -----------------------------------------------------------------------------------------

find_program(LEAKWATCH_GZIP gzip REQUIRED)
execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C date -R -u -d ${LEAKWATCH_DATE}
                OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE)
set(LEAKWATCH_MAINTAINER "the leakwatch authors <leakwatch@example.org>" CACHE STRING "Whom the packages name")
set(maintainer "${LEAKWATCH_MAINTAINER}")
file(READ LICENSE license)
string(REGEX REPLACE "^[^\n]*\n\n[^\n]*\n\n" "" license "${license}") # its name and whose it is, which stand above it
string(REGEX REPLACE "\n+$" "" license "${license}")
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license "${license}")

# leakwatch_debian_documents(<package> <component>): its copyright, changelog and exceptions for lintian.
function(leakwatch_debian_documents package component)
    set(made ${debian}/${package})
    configure_file(scripts/packages/copyright.in ${made}/copyright @ONLY)
    configure_file(scripts/packages/changelog.in ${made}/changelog @ONLY)
    execute_process(COMMAND ${LEAKWATCH_GZIP} -9nf ${made}/changelog)
    install(FILES ${made}/copyright ${made}/changelog.gz DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}
            COMPONENT ${component} EXCLUDE_FROM_ALL)
    if(EXISTS ${PROJECT_SOURCE_DIR}/scripts/packages/${package}.lintian)
        install(FILES scripts/packages/${package}.lintian DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
                RENAME ${package} COMPONENT ${component} EXCLUDE_FROM_ALL)
    endif()
endfunction()
leakwatch_debian_documents(libleakwatch debian_library)
leakwatch_debian_documents(libleakwatch-dev debian_development)

# The command contains parts of others: their own words stand beside it, as Debian's packages of them have these.
foreach(part dygraphs=libjs-dygraphs libiberty=libiberty-dev)
    string(REGEX MATCH "^(.*)=(.*)$" part ${part})
    set(words /usr/share/doc/${CMAKE_MATCH_2}/copyright)
    if(EXISTS ${words})
        install(FILES ${words} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/leakwatch RENAME copyright.${CMAKE_MATCH_1}
                COMPONENT debian_command EXCLUDE_FROM_ALL)
    endif()
endforeach()
set(LEAKWATCH_PARTS "\nComment: leakwatch contains parts of dygraphs (Expat) and libiberty (LGPL-2.1+);\n copyright.dygraphs and copyright.libiberty beside this file are theirs.")
leakwatch_debian_documents(leakwatch debian_command)

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME leakwatch)
set(CPACK_PACKAGE_CONTACT "${maintainer}")
set(CPACK_PACKAGE_FILE_NAME leakwatch-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL debian_library debian_development debian_command)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_DEBIAN_LIBRARY_PACKAGE_NAME libleakwatch)
set(CPACK_DEBIAN_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS libunwind8) # which it loads by itself, where it is
set(CPACK_DEBIAN_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/scripts/packages/triggers)
set(CPACK_COMPONENT_DEBIAN_LIBRARY_DESCRIPTION "finds resources that a program never gives back
Preloaded into a program, this library keeps a small file of tables of what
it acquires and releases: descriptors, streams, directories, children, locks
and threads, with the stack of each. The program runs as it always did and
is not rebuilt. The leakwatch package reads these files.")

set(CPACK_DEBIAN_DEBIAN_DEVELOPMENT_PACKAGE_NAME libleakwatch-dev)
set(CPACK_DEBIAN_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libleakwatch (= ${PROJECT_VERSION})")
set(CPACK_COMPONENT_DEBIAN_DEVELOPMENT_DESCRIPTION "scopes for programs that leakwatch watches (headers)
A scope is a piece of work that should give back what it borrows, such as a
request. These headers for C and C++ mark them; nothing is linked, and a
program that is not watched pays one branch. With a pkg-config file and a
package for CMake.")

set(CPACK_DEBIAN_DEBIAN_COMMAND_PACKAGE_NAME leakwatch)
set(CPACK_DEBIAN_DEBIAN_COMMAND_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DEBIAN_COMMAND_PACKAGE_DEPENDS "libleakwatch (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEBIAN_COMMAND_PACKAGE_RECOMMENDS python3)
set(CPACK_DEBIAN_DEBIAN_COMMAND_PACKAGE_SUGGESTS "libleakwatch-dev, prometheus, python3-pytest")
set(CPACK_DEBIAN_DEBIAN_COMMAND_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/scripts/packages/postinst
                                                      ${PROJECT_SOURCE_DIR}/scripts/packages/prerm)
set(CPACK_COMPONENT_DEBIAN_COMMAND_DESCRIPTION "tells what a program never gave back, and where it took it
Descriptors, streams, sockets, directories, children, locks and threads that
a program acquired and did not release, with the stack that acquired them,
file and line; what became of the others of the same place; and who held the
table when it was full. Reports for people, for continuous integration, and
metrics for Prometheus. Python's lines are told as C's are.")
include(CPack)
