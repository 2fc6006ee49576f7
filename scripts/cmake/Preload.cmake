# libleakwatch.so: what the watched program loads. It needs the C library and nothing else.

include(CheckCCompilerFlag)
check_c_compiler_flag("-Werror -fno-tree-loop-distribute-patterns" LEAKWATCH_HAS_NO_LOOP_PATTERNS)
file(GLOB preload_sources CONFIGURE_DEPENDS preload/*/*.c preload/*/*.S)

# The page of hot data begins with what these have of it, the first of them with the page itself: see LW_HOT_DATA. What every
# open and close asks for stands in a few lines then, before the tables.
set(hot_first process/state.c account/usual.c ledger/samples.c wake/fork.c lock/files.c ledger/map.c)
list(TRANSFORM hot_first PREPEND ${PROJECT_SOURCE_DIR}/preload/)
list(REMOVE_ITEM preload_sources ${hot_first})
# Then what runs as a ledger begins and ends: the kernel maps code in pieces of 64 KiB, each by a page fault.
file(GLOB begun preload/wake/*.c preload/life/ends.c preload/ledger/*.c preload/process/*.c preload/span/*.c preload/stack/*.c
     preload/hooks/files.c preload/hooks/closes.c)
list(REMOVE_ITEM begun ${hot_first})
list(REMOVE_ITEM preload_sources ${begun})
list(PREPEND preload_sources ${hot_first} ${begun})

# leakwatch_compile_preload(<target>): as what it is, whoever is linked with it.
function(leakwatch_compile_preload target)
    target_include_directories(${target} PRIVATE preload include)
    target_include_directories(${target} SYSTEM PRIVATE ${LIBUNWIND_INCLUDE})
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE= LEAKWATCH_VERSION="${PROJECT_VERSION}")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)

    # -fno-omit-frame-pointer      a hook finds its caller through its own frame
    # -ftls-model=initial-exec     thread-local data without a call into the loader, which may allocate
    # -fno-stack-protector, -fno-jump-tables, -fno-tree-loop-distribute-patterns
    #                              hooks are called before this library's own relocations are done: no guard word, no table
    #                              of addresses, no memset made out of a loop
    # -D__nonnull(parameters)=     a program may hand NULL to what the headers declare nonnull: a hook that looks must see it
    # -U_FORTIFY_SOURCE            the hooks define the functions that fortified headers would redirect
    target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:C>:-fvisibility=hidden> $<$<COMPILE_LANGUAGE:C>:-fno-omit-frame-pointer>
        $<$<COMPILE_LANGUAGE:C>:-ftls-model=initial-exec> $<$<COMPILE_LANGUAGE:C>:-fno-stack-protector>
        "$<$<COMPILE_LANGUAGE:C>:-D__nonnull(parameters)=>" $<$<COMPILE_LANGUAGE:C>:-fno-jump-tables> $<$<COMPILE_LANGUAGE:C>:-U_FORTIFY_SOURCE>)
    if(LEAKWATCH_HAS_NO_LOOP_PATTERNS)
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:-fno-tree-loop-distribute-patterns>)
    endif()
endfunction()

# What runs below the hooks has no use for a frame of its own: a register more, and three instructions less in each call.
file(GLOB frameless preload/account/*.c preload/stack/*.c preload/ledger/*.c preload/process/*.c)
set_source_files_properties(${frameless} PROPERTIES COMPILE_OPTIONS -fomit-frame-pointer)

# It gathers neighbouring fields in a vector, by more instructions than it takes to store each by itself.
set_source_files_properties(preload/account/usual.c preload/account/handles.c PROPERTIES
                            COMPILE_OPTIONS "-fomit-frame-pointer;-fno-tree-slp-vectorize")

# What a hook writes down of its frame stays there as long as it runs: see LW_FRAME.
if(CMAKE_SYSTEM_PROCESSOR MATCHES aarch64 AND CMAKE_C_COMPILER_ID STREQUAL GNU)
    file(GLOB framed preload/hooks/*.c preload/api/*.c)
    set_source_files_properties(${framed} PROPERTIES COMPILE_OPTIONS -fstack-reuse=none)
endif()

# The compiler must not see in a function of texts.c what it is, and call it.
set_source_files_properties(preload/system/texts.c PROPERTIES COMPILE_OPTIONS -fno-builtin)

# The tests link what they need of it; under the sanitizers it is compiled for them once more, with these.
add_library(leakwatch_preload_objects OBJECT ${preload_sources})
leakwatch_compile_preload(leakwatch_preload_objects)
add_library(leakwatch_preload SHARED $<TARGET_OBJECTS:leakwatch_preload_objects>)
set_target_properties(leakwatch_preload PROPERTIES OUTPUT_NAME leakwatch LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
                      LINKER_LANGUAGE C)
if(LEAKWATCH_TESTS)
    if(LEAKWATCH_SANITIZE)
        add_library(leakwatch_preload_parts STATIC ${preload_sources})
        leakwatch_compile_preload(leakwatch_preload_parts)
        # Without the check for null: gcc asks for the flags of the addition that makes the address of a thread's variable,
        # and the linker puts another instruction in its place, which leaves none.
        target_compile_options(leakwatch_preload_parts PRIVATE -fsanitize=address,undefined -fno-sanitize=null
                                                               -fno-sanitize-recover=all)
    else()
        add_library(leakwatch_preload_parts STATIC $<TARGET_OBJECTS:leakwatch_preload_objects>)
        set_target_properties(leakwatch_preload_parts PROPERTIES LINKER_LANGUAGE C)
    endif()
    target_include_directories(leakwatch_preload_parts INTERFACE preload include)
    # Its own memcpy is for it, not for other libraries that a test is linked with.
    target_link_options(leakwatch_preload_parts INTERFACE -Wl,--exclude-libs,libleakwatch_preload_parts.a)
endif()

# What it exports: every row of the hook table, by an anonymous version script. (With a named version the loader would
# not take its `open` for the program's open@GLIBC_2.2.5.)
set(exports ${PROJECT_BINARY_DIR}/exports.map)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/preload/hooks.def)
set(names)
if(EXISTS ${PROJECT_SOURCE_DIR}/preload/hooks.def)
    file(STRINGS preload/hooks.def rows REGEX "^LW_HOOK[A-Z_]*\\(")
    foreach(row IN LISTS rows)
        string(REGEX REPLACE "^LW_HOOK[A-Z_]*\\( *([A-Za-z0-9_]+).*" "        \\1;\n" name "${row}")
        string(APPEND names "${name}")
    endforeach()
endif()
file(CONFIGURE OUTPUT ${exports} CONTENT "{\n    global:\n@names@        leakwatch_*;\n    local:\n        *;\n};\n" @ONLY)
# noseparate-code: one segment for all that is not written to. Each segment is a system call at the start of every process.
target_link_options(leakwatch_preload PRIVATE -Wl,-z,noseparate-code -Wl,--version-script=${exports} -Wl,--no-undefined -Wl,--as-needed
                    -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete -Wl,-z,noexecstack)
set_target_properties(leakwatch_preload PROPERTIES LINK_DEPENDS ${exports})
