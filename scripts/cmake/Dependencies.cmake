# What has to be installed before leakwatch can be built. Everything that is missing is named at once, with the Debian
# package that brings it.

set(leakwatch_missing)

# leakwatch_need(<variable> <Debian package> <header> [<library>]): sets <variable>_INCLUDE and, with a library,
# <variable>_LIBRARY, or notes the package as missing.
function(leakwatch_need variable package header)
    find_path(${variable}_INCLUDE ${header})
    set(found ${${variable}_INCLUDE})
    if(ARGC GREATER 3)
        find_library(${variable}_LIBRARY ${ARGV3})
        if(NOT ${variable}_LIBRARY)
            set(found FALSE)
        endif()
    endif()
    mark_as_advanced(${variable}_INCLUDE ${variable}_LIBRARY)
    if(NOT found)
        set(leakwatch_missing ${leakwatch_missing} ${package} PARENT_SCOPE)
    endif()
endfunction()

# Only its headers: libleakwatch.so loads libunwind itself when it needs it, and is never linked with it.
leakwatch_need(LIBUNWIND libunwind-dev libunwind.h)

if(LEAKWATCH_ANALYZER)
    leakwatch_need(LIBDW libdw-dev elfutils/libdwfl.h dw)
    leakwatch_need(LIBELF libelf-dev gelf.h elf)
    leakwatch_need(JANSSON libjansson-dev jansson.h jansson)
    leakwatch_need(SQLITE libsqlite3-dev sqlite3.h sqlite3)
    leakwatch_need(MICROHTTPD libmicrohttpd-dev microhttpd.h microhttpd)
    leakwatch_need(NCURSES libncurses-dev curses.h ncursesw)
    leakwatch_need(UTHASH uthash-dev uthash.h)
    leakwatch_need(LIBIBERTY libiberty-dev libiberty/demangle.h iberty)
    if(EXISTS ${PROJECT_SOURCE_DIR}/analyzer/machine/decoder.c)
        leakwatch_need(CAPSTONE libcapstone-dev capstone/capstone.h capstone)
    endif()
endif()

if(LEAKWATCH_TESTS)
    include(CheckLanguage)
    check_language(CXX)
    if(CMAKE_CXX_COMPILER)
        enable_language(CXX)
    else()
        list(APPEND leakwatch_missing g++)
    endif()
    leakwatch_need(CMOCKA libcmocka-dev cmocka.h cmocka)
    find_program(LEAKWATCH_PYTHON python3)
    if(NOT LEAKWATCH_PYTHON)
        list(APPEND leakwatch_missing python3)
    endif()
endif()

if(leakwatch_missing)
    list(REMOVE_DUPLICATES leakwatch_missing)
    list(JOIN leakwatch_missing " " packages)
    message(FATAL_ERROR "leakwatch cannot be built: Debian packages are missing.\n"
                        "    apt-get install ${packages}\n"
                        "scripts/bootstrap installs them. -DLEAKWATCH_ANALYZER=OFF and -DLEAKWATCH_TESTS=OFF need fewer.")
endif()
