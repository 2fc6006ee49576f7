/* Shapes of call sites: what programs do with what a release returns, and what is expected to be said of it.
 *
 * A shape is a function that releases something with give_back() or reopen(). Both record the stack and jump back into
 * the harness, so that nothing that follows a release is ever executed: it only has to be there. */
#ifndef SHAPES_H
#define SHAPES_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* recorder.c, a library of its own, of which the shapes' compilers know nothing. */
int give_back(int fd);
void *reopen(void *stream);

struct context {
    int fd, second_fd, count;
    int *fds;
    bool is_verbose, is_odd;
    void *stream;
    int (*release)(int);
    int last_status;
    int statuses[4];
    char *buffer;
};

struct outcome_record {
    int before, status, after;
};

/* others.c: another file, which only link time optimization sees. */
void log_status(int status);
void log_two(const char *text, int status);
void log_seven(int a, int b, int c, int d, int e, int f, int status);
void log_format(const char *format, ...);
void note(void);
int next_number(void);
bool has_number(void);
void look_at(const int *status);
void look_at_record(const struct outcome_record *record);
int other_give_back(int fd);
void other_discard(int fd);
__attribute__((noreturn)) void die(const char *text);

enum expected { IGNORED = 1, CHECKED = 2, SOME_PATHS = 4, CHECKED_OR_SOME = CHECKED | SOME_PATHS };

struct shape {
    const char *name;
    enum expected expected;
    void (*run)(struct context *context);
    int (*tell)(struct context *context); /* or this: the harness looks at what it returns */
    void *unused[4];                      /* to the size that sections are aligned to */
};

#define ADD_SHAPE(name, expected, run, tell)                                                                           \
    extern const struct shape shape_of_##name;                                                                         \
    __attribute__((section("shapes"), used, aligned(64)))                                                              \
    const struct shape shape_of_##name = {#name, expected, run, tell, {NULL, NULL, NULL, NULL}}

/* SHAPE(name, expected) { … }: a function that returns nothing. TELLING_SHAPE: one that returns an int. */
#define SHAPE(name, expected)                                                                                          \
    static void run_##name(struct context *context);                                                                   \
    ADD_SHAPE(name, expected, run_##name, NULL);                                                                       \
    static void run_##name(struct context *context)
#define TELLING_SHAPE(name, expected)                                                                                  \
    static int run_##name(struct context *context);                                                                    \
    ADD_SHAPE(name, expected, NULL, run_##name);                                                                       \
    static int run_##name(struct context *context)

#ifdef __cplusplus
}
#endif

#endif
