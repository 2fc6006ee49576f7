/* Which code is the user's own. */
#include "system_code.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "source_path.h"
#include "stacks.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* By the name of the file that is loaded. */
static const char *const c_libraries[] = {
    "libc.so.*", "libc-*.so", "libpthread.so.*", "libpthread-*.so", "ld-linux*.so*", "ld-[0-9]*.so", "libdl.so.*",
};
static const char *const other_libraries[] = {
    "libstdc++.so.*", "libc++.so.*", "libc++abi.so.*", "libgcc_s.so.*", "libunwind*.so.*", "linux-vdso*.so*", "[[]vdso]",
};
static const char *const leakwatch_libraries[] = {"libleakwatch.so*"};

/* Functions that lie in the executable itself, outside of main. */
static const char *const entries[] = {"_start", "__libc_start_main", "__libc_start_call_main", "start_thread"};

/* Of languages' own libraries, linked into the executable or compiled into it from headers. */
static const char *const system_functions[] = {"std::", "__gnu_cxx::", "core::", "alloc::", "<std::", "<core::", "<alloc::"};

const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool matches(const char *module, const char *const *patterns, size_t count)
{
    for (size_t i = 0; module != NULL && i < count; i++)
        if (fnmatch(patterns[i], base_name(module), 0) == 0)
            return true;
    return false;
}

bool system_code__is_leakwatch(const char *module)
{
    return matches(module, leakwatch_libraries, LENGTH(leakwatch_libraries));
}

static bool is_c_library(const char *module)
{
    return matches(module, c_libraries, LENGTH(c_libraries));
}

bool system_code__is_module(const char *module)
{
    return is_c_library(module) || matches(module, other_libraries, LENGTH(other_libraries)) ||
           system_code__is_leakwatch(module);
}

bool system_code__is_entry(const struct frame *frame)
{
    if (is_c_library(frame->module))
        return true;
    for (size_t i = 0; frame->function != NULL && i < LENGTH(entries); i++)
        if (strcmp(frame->function, entries[i]) == 0)
            return true;
    return false;
}

static bool is_system_function(const char *function)
{
    for (size_t i = 0; function != NULL && i < LENGTH(system_functions); i++)
        if (strncmp(function, system_functions[i], strlen(system_functions[i])) == 0)
            return true;
    return false;
}

bool frame__is_system(const struct frame *frame)
{
    return system_code__is_module(frame->module) || is_system_function(frame->function) ||
           (frame->file != NULL && source_path__is_system(frame->file));
}
