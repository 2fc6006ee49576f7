/* CPython's own words, through functions that it exports: one build serves every version. */
#define _GNU_SOURCE
#include "interpreter.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef void object;

static struct {
    int (*add_audit_hook)(audit_hook *, void *);
    int (*is_initialized)(void);
    object *(*thread_state)(void);
    object *(*frame)(void); /* borrowed */
    object *(*back)(object *);
    object *(*code)(object *);
    int (*line)(object *);
    object *(*attribute)(object *, const char *);
    object *(*encoded)(object *, const char *, const char *);
    char *(*bytes)(object *);
    void (*forget)(object *);
    void (*take_error)(object **, object **, object **);
    void (*put_error)(object *, object *, object *);
    void (*clear_error)(void);
    const char *(*version)(void);
    object *(*main_interpreter)(void);
    object *(*interpreter)(void);
} python;

static const struct {
    const char *name;
    void *place;
} functions[] = {
    {"PySys_AddAuditHook", &python.add_audit_hook},
    {"Py_IsInitialized", &python.is_initialized},
    {"PyGILState_GetThisThreadState", &python.thread_state},
    {"PyEval_GetFrame", &python.frame},
    {"PyFrame_GetLineNumber", &python.line},
    {"PyObject_GetAttrString", &python.attribute},
    {"PyUnicode_AsEncodedString", &python.encoded},
    {"PyBytes_AsString", &python.bytes},
    {"Py_DecRef", &python.forget},
    {"PyErr_Fetch", &python.take_error},
    {"PyErr_Restore", &python.put_error},
    {"PyErr_Clear", &python.clear_error},
    {"Py_GetVersion", &python.version},
    {"PyInterpreterState_Main", &python.main_interpreter},
    /* 3.9 on */
    {"PyFrame_GetBack", &python.back},
    {"PyFrame_GetCode", &python.code},
    {"PyInterpreterState_Get", &python.interpreter},
};
enum { NEEDED = 14 };

bool interpreter_find(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *found = dlsym(RTLD_DEFAULT, functions[i].name);
        memcpy(functions[i].place, &found, sizeof found);
        if (!found && i < NEEDED)
            return false;
    }
    return true;
}

void interpreter_audit(audit_hook *hook)
{
    python.add_audit_hook(hook, NULL);
}

bool interpreter_runs(void)
{
    return python.is_initialized() && python.thread_state();
}

bool interpreter_is_hidden(void)
{
    int major = 0, minor = 0;
    if (sscanf(python.version(), "%d.%d", &major, &minor) != 2 || minor >= 12)
        return false;
    object *(*interpreter)(void) = python.interpreter;
    void *found = interpreter ? NULL : dlsym(RTLD_DEFAULT, "_PyInterpreterState_Get"); /* 3.8 */
    if (found)
        memcpy(&interpreter, &found, sizeof found);
    return interpreter && interpreter() != python.main_interpreter();
}

/* Lone surrogates that stand for bytes become those again, others their three bytes. */
static size_t add_text(object *code, const char *attribute, char *text, size_t room)
{
    object *string = python.attribute(code, attribute);
    object *bytes = string ? python.encoded(string, "utf-8", "surrogateescape") : NULL;
    if (string && !bytes) {
        python.clear_error();
        bytes = python.encoded(string, "utf-8", "surrogatepass");
    }
    size_t length = bytes ? (size_t)snprintf(text, room, "%s", python.bytes(bytes)) : 0;
    if (bytes)
        python.forget(bytes);
    if (string)
        python.forget(string);
    python.clear_error();
    return length < room ? length : room - 1;
}

static bool has(object *code, const char *attribute)
{
    object *found = python.attribute(code, attribute);
    python.clear_error();
    if (found)
        python.forget(found);
    return found != NULL;
}

static void describe(object *frame, char *text)
{
    object *code = python.code ? python.code(frame) : python.attribute(frame, "f_code");
    int line = python.line(frame); /* -1: none */
    size_t length = (size_t)snprintf(text, LINE_ROOM, "%d\n", line > 0 ? line : 0);
    length +=
        add_text(code, has(code, "co_qualname") ? "co_qualname" : "co_name", text + length, LINE_ROOM - length - 1);
    text[length++] = '\n';
    add_text(code, "co_filename", text + length, LINE_ROOM - length);
    python.forget(code);
}

static object *caller_of(object *frame)
{
    if (python.back)
        return python.back(frame);
    object *back = python.attribute(frame, "f_back");
    static object *none;
    if (!none)
        none = dlsym(RTLD_DEFAULT, "_Py_NoneStruct");
    if (back != none)
        return back;
    python.forget(back);
    return NULL;
}

int interpreter_frames(char (*lines)[LINE_ROOM], int room)
{
    object *type, *value, *trace, *frame = python.frame(), *owned = NULL;
    int count = 0;
    python.take_error(&type, &value, &trace);
    for (; frame; count++) {
        if (count < room)
            describe(frame, lines[count]);
        object *back = caller_of(frame);
        if (owned)
            python.forget(owned);
        owned = frame = back;
    }
    python.put_error(type, value, trace);
    return count;
}
