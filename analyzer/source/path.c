/* Paths of source files, as the compiler wrote them and as a reader wants them. */
#include "path.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Where the last component that was written begins; never before the floor. */
static char *last_component(char *out, const char *floor)
{
    while (out > floor && out[-1] != '/')
        out--;
    return out;
}

/* Takes "." and "x/.." out, in place. What leads above the beginning of a relative path stays. */
static void simplify(char *path)
{
    char *out = path + (path[0] == '/'), *floor = out;
    for (const char *in = out; *in != '\0';) {
        size_t length = strcspn(in, "/");
        bool is_up = length == 2 && in[0] == '.' && in[1] == '.';
        if (is_up && out > floor) {
            out = last_component(out, floor);
            out -= out > floor; /* and the slash before it */
        } else if (length > 0 && !(length == 1 && in[0] == '.') && !(is_up && path[0] == '/')) {
            if (out > path && out[-1] != '/')
                *out++ = '/';
            memmove(out, in, length);
            out += length;
            floor = is_up ? out : floor;
        }
        in += length;
        in += *in == '/';
    }
    *out = '\0';
}

char *source_path__join(const char *directory, const char *path)
{
    bool is_whole = path[0] == '/' || path[0] == '<' || directory == NULL || directory[0] == '\0';
    char *joined = is_whole ? heap__copied(path) : heap__printed("%s/%s", directory, path);
    simplify(joined);
    return joined;
}

const char *source_path__below(const char *path, const char *root)
{
    size_t length = root ? strlen(root) : 0;
    while (length > 0 && root[length - 1] == '/')
        length--;
    if (length == 0 || strncmp(path, root, length) != 0 || path[length] != '/')
        return path;
    return path + length + 1;
}

static const char *const system_parts[] = {
    "/usr/include/", "/usr/lib/gcc/",     "/usr/lib/llvm-",     "/include/c++/",
    "/rustc/",       "/library/std/src/", "/library/core/src/",
};

bool source_path__is_system(const char *path)
{
    for (size_t i = 0; i < sizeof system_parts / sizeof system_parts[0]; i++)
        if (strstr(path, system_parts[i]) != NULL)
            return true;
    return false;
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Programs that packages install are scripts without an ending. */
static bool is_command(const char *path)
{
    const char *name = base_name(path);
    static const char directory[] = "/bin/";
    size_t length = sizeof directory - 1;
    return (size_t)(name - path) >= length && strncmp(name - length, directory, length) == 0 &&
           strchr(name, '.') == NULL;
}

bool source_path__is_package(const char *path)
{
    return strstr(path, "/site-packages/") != NULL || strstr(path, "/dist-packages/") != NULL || is_command(path);
}

/* What leakwatch.py does in a program is not the program's. */
static bool is_binding(const char *path)
{
    static const char *const names[] = {"leakwatch.py", "leakwatch_exits.py"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(base_name(path), names[i]) == 0)
            return true;
    return false;
}

bool source_path__is_script_library(const char *path)
{
    return is_binding(path) || begins_with(path, "<frozen ") ||
           (strstr(path, "/lib/python") != NULL && !source_path__is_package(path));
}

bool source_path__is_system_library(const char *module)
{
    static const char *const directories[] = {"/usr/lib/", "/lib/", "/usr/lib64/", "/lib64/", "/usr/local/lib/"};
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        if (begins_with(module, directories[i]))
            return true;
    return false;
}
