/* What runs functions made at run time. */
#include "runtime.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/table.h"
#include "source/path.h"

struct runtime {
    const struct frame *frame;
    struct frame told;
    UT_hash_handle hh;
};

static const char *const modules[] = {"node",        "nodejs",        "libnode.so*",  "libuv.so*",     "libv8*.so*",
                                      "java",        "libjvm.so",     "libjava.so",   "libjli.so",     "libnio.so",
                                      "libnet.so",   "libzip.so",     "libjimage.so", "libextnet.so",  "dotnet",
                                      "libhost*.so", "libcoreclr.so", "libclrjit.so", "libSystem.*.so"};
enum { MODULES = sizeof modules / sizeof modules[0] };

/* Its own code, and pieces without a name that it made. */
static bool is_runtime(const struct frame *frame)
{
    if (frame->module == NULL)
        return frame->file == NULL && !frame->is_generated;
    for (size_t i = 0; i < MODULES; i++)
        if (fnmatch(modules[i], base_name(frame->module), 0) == 0)
            return true;
    return false;
}

static const struct frame *told_frame(struct runtime **runtimes, const struct frame *frame)
{
    struct runtime *runtime;
    HASH_FIND_PTR(*runtimes, &frame, runtime);
    if (runtime == NULL) {
        runtime = heap__zeroed(1, sizeof(*runtime));
        runtime->frame = frame;
        runtime->told = *frame;
        runtime->told.origin = CODE_LIBRARY;
        HASH_ADD_PTR(*runtimes, frame, runtime);
    }
    return &runtime->told;
}

void runtime__set_apart(struct runtime **runtimes, const struct frame **frames, size_t count)
{
    bool is_named = false;
    for (size_t i = 0; i < count; i++)
        is_named |= frames[i]->is_generated && frames[i]->origin == CODE_USER;
    for (size_t i = 0; is_named && i < count; i++)
        if (frames[i]->origin == CODE_USER && is_runtime(frames[i]))
            frames[i] = told_frame(runtimes, frames[i]);
}

void runtime__free(struct runtime *runtimes)
{
    struct runtime *runtime, *next;
    HASH_ITER(hh, runtimes, runtime, next) {
        HASH_DEL(runtimes, runtime);
        free(runtime);
    }
}
