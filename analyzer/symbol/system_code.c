/* Which code is the user's own. */
#include "system_code.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "source/path.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* By the name of the file that is loaded. */
static const struct module_name {
    enum code_origin origin;
    const char *pattern;
} module_names[] = {
    {CODE_LEAKWATCH, "libleakwatch.so*"}, {CODE_ENTRY, "libc.so.*"},         {CODE_ENTRY, "libc-*.so"},
    {CODE_ENTRY, "libpthread.so.*"},      {CODE_ENTRY, "libpthread-*.so"},   {CODE_ENTRY, "ld-linux*.so*"},
    {CODE_ENTRY, "ld-[0-9]*.so"},         {CODE_ENTRY, "libdl.so.*"},        {CODE_LIBRARY, "libstdc++.so.*"},
    {CODE_LIBRARY, "libc++.so.*"},        {CODE_LIBRARY, "libc++abi.so.*"},  {CODE_LIBRARY, "libgcc_s.so.*"},
    {CODE_LIBRARY, "libunwind*.so.*"},    {CODE_LIBRARY, "linux-vdso*.so*"}, {CODE_LIBRARY, "[[]vdso]"},
    {CODE_INTERPRETER, "python3"},        {CODE_INTERPRETER, "python3.*"},   {CODE_INTERPRETER, "libpython3*.so*"},
    {CODE_INTERPRETER, "libffi.so*"},
};

/* Extensions that come with CPython lie here. */
static const char extensions[] = "/lib-dynload/";

/* Functions that lie in the executable itself, outside of main. */
static const char *const entries[] = {"_start", "__libc_start_main", "__libc_start_call_main", "start_thread"};

/* Of languages' own libraries, linked into the executable or compiled into it from headers. */
static const char *const library_names[] = {
    "std::", "__gnu_cxx::", "core::", "alloc::", "<std::", "<core::", "<alloc::"};

enum code_origin system_code__of_module(const char *module)
{
    for (size_t i = 0; module != NULL && i < LENGTH(module_names); i++)
        if (fnmatch(module_names[i].pattern, base_name(module), 0) == 0)
            return module_names[i].origin;
    return module != NULL && strstr(module, extensions) != NULL ? CODE_INTERPRETER : CODE_USER;
}

static bool is_entry(const char *function)
{
    for (size_t i = 0; i < LENGTH(entries); i++)
        if (strcmp(function, entries[i]) == 0)
            return true;
    return false;
}

static bool is_library_name(const char *function)
{
    for (size_t i = 0; i < LENGTH(library_names); i++)
        if (strncmp(function, library_names[i], strlen(library_names[i])) == 0)
            return true;
    return false;
}

enum code_origin system_code__of_frame(const struct frame *frame, enum code_origin module)
{
    if (module != CODE_USER && module != CODE_INTERPRETER)
        return module;
    if (frame->function != NULL && is_entry(frame->function))
        return CODE_ENTRY;
    if (module == CODE_INTERPRETER)
        return module;
    if (frame->function != NULL && is_library_name(frame->function))
        return CODE_LIBRARY;
    return frame->file != NULL && source_path__is_system(frame->file) ? CODE_LIBRARY : CODE_USER;
}
