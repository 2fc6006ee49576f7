/* Who gave something back.
 *
 * DESIGN. Between the line of Python that ran last and the call lie C functions. Where one of them ends an object, no line
 * closed it: the names of those functions are in the symbol table, exported, or in type objects (type_slots.c), so that one
 * of them is to be seen also in an interpreter without symbols. What __del__ does is the interpreter's doing, too. */
#include "finaliser.h"

#include <fnmatch.h>
#include <string.h>

static const char python[] = "python";

/* The first that fits; those of the collector call the others, and the end calls all of them. */
static const struct trace {
    const char *pattern; /* of a function's name */
    enum finaliser says;
} traces[] = {
    {"Py_FinalizeEx", FINALISER_END},
    {"_Py_Finalize*", FINALISER_END},
    {"finalize_modules*", FINALISER_END},
    {"PyImport_Cleanup", FINALISER_END},
    {"PyInterpreterState_*", FINALISER_END},
    {"gc_collect_*", FINALISER_COLLECTOR},
    {"finalize_garbage*", FINALISER_COLLECTOR},
    {"collect.constprop*", FINALISER_COLLECTOR},
    {"PyGC_Collect", FINALISER_COLLECTOR},
    {"_PyGC_Collect*", FINALISER_COLLECTOR},
    {"_PyObject_GC_*", FINALISER_COLLECTOR}, /* whoever allocates may have to wait for it */
    {"PyType_GenericAlloc", FINALISER_COLLECTOR},
    {"*dealloc*", FINALISER_REFERENCE},
    {"PyObject_CallFinalizerFromDealloc", FINALISER_REFERENCE},
    {"_PyFrame_Clear*", FINALISER_REFERENCE},
};

/* What ends an object, also one whose methods are Python's (gzip closes its file so). Without one of those around it, it is
 * the collector who asks. */
static const char *const finalisers[] = {
    "*tp_finalize",  "iobase_finalize", "sock_finalize",          "ScandirIterator_finalize",
    "gen_finalize*", "_PyGen_Finalize", "PyObject_CallFinalizer*"};

static bool is_line(const struct frame *frame)
{
    return frame->language != NULL && strcmp(frame->language, python) == 0 && frame->module == NULL;
}

bool finaliser__knows_lines(const struct stack *stack)
{
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        if (is_line(stack->frames[i]))
            return true;
    return false;
}

static bool is_del(const struct frame *frame)
{
    static const char del[] = "__del__";
    size_t length = frame->function ? strlen(frame->function) : 0;
    return is_line(frame) && length >= sizeof del - 1 && strcmp(frame->function + length - (sizeof del - 1), del) == 0;
}

static enum finaliser say(const char *function)
{
    for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++)
        if (fnmatch(traces[i].pattern, function, 0) == 0)
            return traces[i].says;
    return FINALISER_NONE;
}

static bool is_finaliser(const char *function)
{
    for (size_t i = 0; i < sizeof finalisers / sizeof finalisers[0]; i++)
        if (fnmatch(finalisers[i], function, 0) == 0)
            return true;
    return false;
}

static bool ends_object(const struct frame *frame)
{
    return is_del(frame) || (!is_line(frame) && frame->function != NULL && is_finaliser(frame->function));
}

enum finaliser finaliser__of(const struct stack *stack)
{
    enum finaliser found = FINALISER_NONE;
    size_t first = 0;
    bool ended = false;
    for (size_t i = 0; stack != NULL && i < stack->count; i++) {
        if (ends_object(stack->frames[i])) {
            first = is_del(stack->frames[i]) ? i + 1 : i;
            ended = true;
        }
    }
    for (size_t i = first; stack != NULL && i < stack->count && !is_line(stack->frames[i]); i++) {
        const char *function = stack->frames[i]->function;
        enum finaliser says = function ? say(function) : FINALISER_NONE;
        found = says > found ? says : found;
    }
    return found == FINALISER_NONE && ended ? FINALISER_COLLECTOR : found;
}
