# leakwatch: the command. All of it but main.c is a library, so that the tests can be linked with its parts.

file(GLOB analyzer_sources CONFIGURE_DEPENDS analyzer/*.c analyzer/*/*.c analyzer/*/*/*.c)
list(REMOVE_ITEM analyzer_sources ${PROJECT_SOURCE_DIR}/analyzer/main.c)

# leakwatch_embed(<file>…): the files as bytes, with their hashes, in a source of their own, so that the command needs no
# files beside itself. What it defines is declared in analyzer/reports/assets.h.
function(leakwatch_embed)
    set(source "/* Made by CMake. */\n#include \"reports/assets.h\"\n")
    foreach(file IN LISTS ARGN)
        get_filename_component(path ${file} ABSOLUTE)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
        get_filename_component(name ${file} NAME)
        string(MAKE_C_IDENTIFIER ${name} name)
        file(READ ${path} bytes HEX)
        file(SHA256 ${path} hash)
        string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
        string(REGEX REPLACE "(..)" "0x\\1," hash "${hash}")
        string(APPEND source "const struct asset asset_${name} = {{${hash}}, (const char *)(const unsigned char[]){${bytes} 0}};\n")
    endforeach()
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/embedded.c CONTENT "${source}" @ONLY)
endfunction()
find_path(DYGRAPHS dygraph.min.js PATHS /usr/share/javascript/dygraphs REQUIRED) # libjs-dygraphs: draws the charts of trends
leakwatch_embed(analyzer/reports/html/report.css analyzer/reports/html/report.js analyzer/trend/trend.css
                analyzer/trend/trend.js ${DYGRAPHS}/dygraph.css ${DYGRAPHS}/dygraph.min.js)
list(APPEND analyzer_sources ${PROJECT_BINARY_DIR}/embedded.c)

add_library(leakwatch_analyzer STATIC ${analyzer_sources})
target_include_directories(leakwatch_analyzer PUBLIC analyzer include)
target_include_directories(leakwatch_analyzer SYSTEM PUBLIC ${LIBDW_INCLUDE} ${LIBELF_INCLUDE} ${JANSSON_INCLUDE}
                           ${SQLITE_INCLUDE} ${UTHASH_INCLUDE} ${MICROHTTPD_INCLUDE} ${NCURSES_INCLUDE} ${LIBIBERTY_INCLUDE})
target_link_libraries(leakwatch_analyzer PUBLIC ${LIBDW_LIBRARY} ${LIBELF_LIBRARY} ${JANSSON_LIBRARY} ${SQLITE_LIBRARY} ${MICROHTTPD_LIBRARY} ${NCURSES_LIBRARY}
                      ${LIBIBERTY_LIBRARY} -lm)
if(CAPSTONE_LIBRARY)
    target_include_directories(leakwatch_analyzer SYSTEM PUBLIC ${CAPSTONE_INCLUDE})
    target_link_libraries(leakwatch_analyzer PUBLIC ${CAPSTONE_LIBRARY})
endif()

# Where the command finds libleakwatch.so and leakwatch.py: beside itself in a build directory, or on these ways from an
# installed one; Debian's packages have the library below the name of the machine.
file(RELATIVE_PATH library_from_command ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/libleakwatch.so)
file(RELATIVE_PATH python_from_command ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_DATADIR}/leakwatch/python)
set_source_files_properties(analyzer/run/environment.c PROPERTIES COMPILE_DEFINITIONS
    "LEAKWATCH_LIBRARY_FROM_COMMAND=\"${library_from_command}\";LEAKWATCH_PYTHON_FROM_COMMAND=\"${python_from_command}\";\
LEAKWATCH_LIBRARY_OF_MACHINE=\"../lib/${CMAKE_LIBRARY_ARCHITECTURE}/libleakwatch.so\"")
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/python)
file(GLOB python_modules CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/leakwatch/*.py)
foreach(module IN LISTS python_modules)
    get_filename_component(name ${module} NAME)
    file(CREATE_LINK ${module} ${PROJECT_BINARY_DIR}/python/${name} COPY_ON_ERROR SYMBOLIC)
endforeach()
target_compile_definitions(leakwatch_analyzer PUBLIC _GNU_SOURCE= LEAKWATCH_VERSION="${PROJECT_VERSION}"
                           LEAKWATCH_DATE="${LEAKWATCH_DATE}")

if(LEAKWATCH_SANITIZE)
    set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(leakwatch_analyzer PUBLIC ${sanitizers})
    target_link_options(leakwatch_analyzer PUBLIC ${sanitizers})
endif()

if(EXISTS ${PROJECT_SOURCE_DIR}/analyzer/main.c)
    add_executable(leakwatch analyzer/main.c)
    target_link_libraries(leakwatch PRIVATE leakwatch_analyzer)
    set_target_properties(leakwatch PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
    add_dependencies(leakwatch leakwatch_preload)
endif()

# The manual pages are what the commands' own --help says: leakwatch.1, and one of each command. The shells'
# completion is made of the same tables.
if(TARGET leakwatch AND (NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR))
    set(LEAKWATCH_MANUAL ${PROJECT_BINARY_DIR}/manual)
    add_custom_command(OUTPUT ${LEAKWATCH_MANUAL}/done DEPENDS leakwatch scripts/cmake/Manual.cmake VERBATIM
                       COMMAND ${CMAKE_COMMAND} "-DCOMMAND=${CMAKE_CROSSCOMPILING_EMULATOR};$<TARGET_FILE:leakwatch>"
                               -DDIRECTORY=${LEAKWATCH_MANUAL} -P ${PROJECT_SOURCE_DIR}/scripts/cmake/Manual.cmake)
    add_custom_target(leakwatch_manual ALL DEPENDS ${LEAKWATCH_MANUAL}/done)
endif()
