/* Frames are compared with remembered ones, once for each stack that is taken: there is a function for each layout, in
 * which its offsets are constants. */
#include "compare.h"

#include "process/process.h"

static inline __attribute__((always_inline)) bool compare(const struct lw_python_layout *layout, uint64_t at,
                                                          const struct lw_python_frame *kept, uint32_t count,
                                                          bool is_cut)
{
    struct lw_python_file file = {0};
    for (const struct lw_python_frame *end = kept + count; kept < end; kept++) {
        struct lw_python_frame now;
        if (!at)
            return false;
        at = lw_python_read(layout, at, &now);
        if (now.code != kept->code || now.instruction != kept->instruction ||
            ((layout->way < WAY_SHIM || now.code) && lw_python_identity(layout, &file, now.code) != kept->identity))
            return false;
    }
    return !at || is_cut;
}

#define LW_LAYOUT(minor, ...)                                                                                          \
    LW_HOT_CODE static bool compare_3_##minor(uint64_t at, const struct lw_python_frame *kept, uint32_t count,         \
                                              bool is_cut)                                                             \
    {                                                                                                                  \
        static const struct lw_python_layout layout = {minor, __VA_ARGS__};                                            \
        return compare(&layout, at, kept, count, is_cut);                                                              \
    }
#include "layouts.def"

LW_HOT_CODE bool lw_python_is_at(uint64_t at, const struct lw_python_frame *kept, uint32_t count, bool is_cut)
{
    static bool (*const compares[])(uint64_t, const struct lw_python_frame *, uint32_t, bool) = {
#define LW_LAYOUT(minor, ...) [minor] = compare_3_##minor,
#include "layouts.def"
    };
    return compares[lw_python.layout.minor](at, kept, count, is_cut);
}
