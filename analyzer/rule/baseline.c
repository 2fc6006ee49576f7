/* Baselines: read, asked, and written again. */
#include "baseline.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/heap.h"
#include "base/table.h"
#include "model/call_name.h"
#include "model/kinds.h"
#include "source/path.h"

enum { FINGERPRINT = 16, LINE_ROOM = 4096, PROGRAMS_AT_MOST = 16, PROGRAM_LENGTH = 200 };

#define HEADER "# leakwatch baseline, version 2"
#define OLD_HEADER "# leakwatch baseline, version 1" /* without programs */
#define MANY "*"
#define ADVICE "# Findings that are known."

struct known {
    struct baseline_row row;
    char fingerprint[FINGERPRINT + 1];
    bool seen;
    struct known *next; /* in the order of the file */
    UT_hash_handle hh;
};

struct program {
    char *name;
    UT_hash_handle hh;
};

struct baseline {
    struct program *ran;
    struct known *by_fingerprint, *first, **end;
    char *remarks; /* the comments that belong to no entry; NULL: none */
};

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

struct reading {
    struct baseline *baseline;
    struct known *block; /* that the next lines belong to */
    char *pending;       /* comments that belong to what follows; NULL: none */
    bool apart;          /* a blank line stands behind that block */
    const char *path;
    unsigned line;
    struct baseline_error *error;
};

static int fail(const struct reading *reading, const char *what)
{
    snprintf(reading->error->text, sizeof reading->error->text, "%s:%u: %s", reading->path, reading->line, what);
    return -1;
}

static bool is_fingerprint(const char *text)
{
    return strlen(text) == FINGERPRINT && strspn(text, "0123456789abcdef") == FINGERPRINT;
}

/* "fd-leak 0123456789abcdef" */
static int begin_block(struct reading *reading, char *line)
{
    struct known *block, *other;
    char *fingerprint = strchr(line, ' ');
    if (fingerprint == NULL || !is_fingerprint(fingerprint + 1))
        return fail(reading, "a finding begins with its kind and its fingerprint of 16 hexadecimal digits");
    *fingerprint++ = '\0';
    if (kinds__find(line) == NULL)
        return fail(reading, "no kind of finding is called so; leakwatch report --help lists them");
    HASH_FIND_STR(reading->baseline->by_fingerprint, fingerprint, other);
    if (other != NULL)
        return fail(reading, "this fingerprint stands in the baseline already");
    block = heap__zeroed(1, sizeof(*block));
    memcpy(block->fingerprint, fingerprint, FINGERPRINT);
    block->row = (struct baseline_row){.kind = kinds__find(line)->name, .fingerprint = block->fingerprint, .count = 1};
    block->row.above = reading->pending;
    reading->pending = NULL;
    HASH_ADD_STR(reading->baseline->by_fingerprint, fingerprint, block);
    *reading->baseline->end = block;
    reading->baseline->end = &block->next;
    reading->block = block;
    return 0;
}

static int read_count(struct reading *reading, const char *text)
{
    char *end;
    errno = 0;
    reading->block->row.count = strtoull(text, &end, 10);
    if (errno != 0 || !isdigit((unsigned char)text[0]) || *end != '\0' || reading->block->row.count == 0)
        return fail(reading, "count wants a number of at least 1");
    return 0;
}

static void add_program(struct baseline_row *row, const char *name)
{
    row->programs = heap__room(row->programs, row->program_count, &row->program_room, sizeof(char *));
    row->programs[row->program_count++] = heap__copied(name);
}

static int read_program(struct reading *reading, const char *text)
{
    if (text[0] == '\0')
        return fail(reading, "program wants a name, with its arguments");
    add_program(&reading->block->row, text);
    return 0;
}

/* "  count  3" */
static int read_field(struct reading *reading, char *line)
{
    char *key = line + strspn(line, " \t"), *value = key + strcspn(key, " \t");
    if (reading->block == NULL)
        return fail(reading, "this belongs to no finding: a line with a kind and a fingerprint comes first");
    if (*value != '\0')
        *value++ = '\0';
    value += strspn(value, " \t");
    if (strcmp(key, "count") == 0)
        return read_count(reading, value);
    if (strcmp(key, "program") == 0)
        return read_program(reading, value);
    const char **text = strcmp(key, "where") == 0    ? &reading->block->row.where
                        : strcmp(key, "reason") == 0 ? &reading->block->row.reason
                                                     : NULL;
    if (text == NULL)
        return fail(reading, "a finding has a count, programs, a where and a reason, nothing else");
    if (*text != NULL)
        return fail(reading, "this finding has one already: one line, however long, is room for all of it");
    *text = heap__copied(value);
    return 0;
}

static void append_line(char **text, const char *line)
{
    char *longer = heap__printed("%s%s\n", *text ? *text : "", line);
    free(*text);
    *text = longer;
}

static void append_text(char **text, char **more)
{
    if (*more == NULL)
        return;
    char *longer = heap__printed("%s%s", *text ? *text : "", *more);
    free(*text);
    free(*more);
    *text = longer;
    *more = NULL;
}

/* A comment belongs to the entry that it touches: to the one above it, or else to the one that follows. */
static void read_comment(struct reading *reading, const char *line)
{
    if (reading->line == 1 || strncmp(line, ADVICE, strlen(ADVICE)) == 0)
        return;
    append_line(reading->block != NULL && !reading->apart ? &reading->block->row.inside : &reading->pending, line);
}

/* What stands above all entries, and touches none, is of the file. */
static void read_blank(struct reading *reading)
{
    reading->apart = true;
    if (reading->block == NULL)
        append_text(&reading->baseline->remarks, &reading->pending);
}

static int read_line(struct reading *reading, char *line)
{
    size_t length = strcspn(line, "\r\n");
    bool whole = line[length] != '\0' || length < LINE_ROOM - 1;
    line[length] = '\0';
    while (length > 0 && isspace((unsigned char)line[length - 1]))
        line[--length] = '\0';
    if (!whole)
        return fail(reading, "the line is too long");
    if (reading->line == 1 && strncmp(line, HEADER, strlen(HEADER)) != 0 &&
        strncmp(line, OLD_HEADER, strlen(OLD_HEADER)) != 0)
        return fail(reading, "this is no baseline: its first line is not \"" HEADER "\"; make one with "
                             "leakwatch gate --update-baseline");
    if (line[strspn(line, " \t")] == '#') {
        read_comment(reading, line);
        return 0;
    }
    if (line[0] == '\0') {
        read_blank(reading);
        return 0;
    }
    reading->apart = false;
    return line[0] == ' ' || line[0] == '\t' ? read_field(reading, line) : begin_block(reading, line);
}

static int read_all(struct reading *reading, FILE *file)
{
    char line[LINE_ROOM];
    int result = 0;
    for (reading->line = 1; result == 0 && fgets(line, sizeof line, file) != NULL; reading->line++)
        result = read_line(reading, line);
    if (result != 0)
        return result;
    if (ferror(file))
        return fail(reading, strerror(errno));
    return reading->line == 1 ? fail(reading, "this is no baseline: it is empty") : 0;
}

int baseline__read(struct baseline **baseline, const char *path, struct baseline_error *error)
{
    struct reading reading = {.path = path, .error = error};
    FILE *file = fopen(path, "re");
    *baseline = NULL;
    if (file == NULL) {
        snprintf(error->text, sizeof error->text, "%s: the baseline cannot be read: %s%s", path, strerror(errno),
                 errno == ENOENT ? "; --update-baseline makes it" : "");
        return -1;
    }
    reading.baseline = *baseline = heap__zeroed(1, sizeof(**baseline));
    reading.baseline->end = &reading.baseline->first;
    int result = read_all(&reading, file);
    fclose(file);
    append_text(&reading.baseline->remarks, &reading.pending);
    for (struct known *known = reading.baseline->first; known != NULL; known = known->next)
        known->row.where = known->row.where != NULL ? known->row.where : heap__copied("");
    if (result != 0) {
        baseline__free(*baseline);
        *baseline = NULL;
    }
    return result;
}

static void free_programs(struct baseline_row *row)
{
    for (size_t i = 0; i < row->program_count; i++)
        free(row->programs[i]);
    free(row->programs);
}

static void free_ran(struct baseline *baseline)
{
    struct program *program, *next;
    HASH_ITER(hh, baseline->ran, program, next) {
        HASH_DEL(baseline->ran, program);
        free(program->name);
        free(program);
    }
}

void baseline__free(struct baseline *baseline)
{
    if (baseline == NULL)
        return;
    HASH_CLEAR(hh, baseline->by_fingerprint);
    free_ran(baseline);
    for (struct known *known = baseline->first, *next; known != NULL; known = next) {
        next = known->next;
        free_programs(&known->row);
        free((char *)(uintptr_t)known->row.where);
        free((char *)(uintptr_t)known->row.reason);
        free(known->row.above);
        free(known->row.inside);
        free(known);
    }
    free(baseline->remarks);
    free(baseline);
}

/* ---- Asking ------------------------------------------------------------------------------------------------------ */

uint64_t baseline__allows(struct baseline *baseline, const struct finding *finding)
{
    struct known *known;
    HASH_FIND_STR(baseline->by_fingerprint, finding->fingerprint, known);
    if (known == NULL)
        return 0;
    known->seen = true;
    return known->row.count;
}

/* Paths may be others next time, their last names not; of what is too long the beginning counts. */
char *baseline__program(const struct process *process)
{
    char *name = heap__copied(base_name(process->exe));
    for (size_t i = 1; process->argv != NULL && process->argv[0] != NULL && process->argv[i] != NULL; i++) {
        char *longer = heap__printed("%s %s", name, base_name(process->argv[i]));
        free(name);
        name = longer;
    }
    if (strlen(name) > PROGRAM_LENGTH)
        name[PROGRAM_LENGTH] = '\0';
    for (char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at == 127)
            *at = '_';
    for (size_t length = strlen(name); length > 1 && name[length - 1] == ' '; length--)
        name[length - 1] = '\0';
    return name;
}

void baseline__ran(struct baseline *baseline, const struct process *process)
{
    struct program *program;
    char *name = baseline__program(process);
    HASH_FIND_STR(baseline->ran, name, program);
    if (program != NULL) {
        free(name);
        return;
    }
    program = heap__zeroed(1, sizeof(*program));
    program->name = name;
    HASH_ADD_KEYPTR(hh, baseline->ran, program->name, strlen(program->name), program);
}

static bool did_run(const struct baseline *baseline, const char *name)
{
    struct program *program;
    HASH_FIND_STR(baseline->ran, name, program);
    return program != NULL;
}

static bool did_all_run(const struct baseline *baseline, const struct baseline_row *row)
{
    for (size_t i = 0; i < row->program_count; i++)
        if (!did_run(baseline, row->programs[i]))
            return false;
    return true;
}

const struct baseline_row *baseline__gone(const struct baseline *baseline, size_t index)
{
    for (const struct known *known = baseline->first; known != NULL; known = known->next)
        if (!known->seen && did_all_run(baseline, &known->row) && index-- == 0)
            return &known->row;
    return NULL;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* The innermost frame that is the program's own: function and file, without what moves. */
static const struct frame *place_of(const struct finding *finding)
{
    const struct stack *stack = kinds__main_stack(finding);
    if (stack != NULL && stack->has_lines)
        return stack__user_frame(stack);
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        if (stack__role(stack, stack->frames[i]) == ROLE_OWN)
            return stack->frames[i];
    return stack != NULL && stack->count > 0 ? stack->frames[0] : NULL;
}

char *baseline__where(const struct finding *finding)
{
    const struct frame *frame = place_of(finding);
    char written[CALL_NAME];
    const char *call = finding->call ? call_name__written(written, finding->call) : finding->kind->name;
    const char *scope = finding->scope ? finding->scope : "";
    const char *in = finding->scope ? ", in " : "";
    if (frame == NULL)
        return heap__printed("%s%s%s", call, in, scope);
    const char *file = frame->file ? frame->file : frame->module ? frame->module : "?";
    return heap__printed("%s, %s (%s)%s%s", frame->function ? frame->function : "?", base_name(file), call, in, scope);
}

struct line {
    struct baseline_row row;
    char *own; /* its `where`, where that is not the old baseline's */
};

static int by_place(const void *left, const void *right)
{
    const struct baseline_row *a = &((const struct line *)left)->row, *b = &((const struct line *)right)->row;
    int order = strcmp(a->kind, b->kind);
    order = order ? order : strcmp(a->where, b->where);
    return order ? order : strcmp(a->fingerprint, b->fingerprint);
}

static bool has_program(const struct baseline_row *row, const char *name)
{
    for (size_t i = 0; i < row->program_count; i++)
        if (strcmp(row->programs[i], name) == 0)
            return true;
    return false;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Those that have it now, and of those that had it before the ones that did not run. */
static void settle_programs(struct baseline_row *row, const struct finding *finding, const struct report *report,
                            const struct baseline *old, const struct baseline_row *before)
{
    for (size_t i = 0; i < finding->process_count && row->program_count <= PROGRAMS_AT_MOST; i++) {
        char *name = baseline__program(&report->processes[finding->processes[i]]);
        if (!has_program(row, name))
            add_program(row, name);
        free(name);
    }
    for (size_t i = 0; before != NULL && i < before->program_count; i++)
        if (!did_run(old, before->programs[i]) && !has_program(row, before->programs[i]))
            add_program(row, before->programs[i]);
    if (row->program_count > PROGRAMS_AT_MOST || has_program(row, MANY)) {
        free_programs(row);
        row->programs = NULL;
        row->program_count = row->program_room = 0;
        add_program(row, MANY);
    }
    if (row->program_count > 1)
        qsort(row->programs, row->program_count, sizeof(char *), by_text);
}

static struct line line_of(const struct finding *finding, const struct report *report, const struct baseline *old)
{
    struct known *known = NULL;
    if (old != NULL)
        HASH_FIND_STR(old->by_fingerprint, finding->fingerprint, known);
    char *where = baseline__where(finding);
    struct line line = {.row = {.kind = finding->kind->name,
                                .fingerprint = finding->fingerprint,
                                .where = where,
                                .reason = known ? known->row.reason : NULL,
                                .above = known ? known->row.above : NULL,
                                .inside = known ? known->row.inside : NULL,
                                .count = finding->worst},
                        .own = where};
    settle_programs(&line.row, finding, report, old, known ? &known->row : NULL);
    return line;
}

static bool is_among(const struct line *lines, size_t count, const char *fingerprint)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(lines[i].row.fingerprint, fingerprint) == 0)
            return true;
    return false;
}

static void write_block(FILE *out, const struct baseline_row *row)
{
    fprintf(out, "\n%s%s %s\n  count  %" PRIu64 "\n", row->above ? row->above : "", row->kind, row->fingerprint,
            row->count);
    for (size_t i = 0; i < row->program_count; i++)
        fprintf(out, "  program %s\n", row->programs[i]);
    fputs("  where  ", out);
    escape__print(out, row->where, strlen(row->where));
    putc('\n', out);
    if (row->reason != NULL)
        fprintf(out, "  reason %s\n", row->reason);
    if (row->inside != NULL)
        fputs(row->inside, out);
}

void baseline__write(FILE *out, const struct report *report, enum level least, const struct baseline *old,
                     bool keeps_unseen)
{
    size_t known = old != NULL ? HASH_COUNT(old->by_fingerprint) : 0, count = 0;
    struct line *lines = heap__zeroed(report->finding_count + known, sizeof(*lines));
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].level >= least)
            lines[count++] = line_of(&report->findings[i], report, old);
    size_t seen = count;
    for (const struct known *block = old ? old->first : NULL; block != NULL; block = block->next)
        if ((keeps_unseen || !did_all_run(old, &block->row)) && !is_among(lines, seen, block->row.fingerprint))
            lines[count++].row = block->row;
    qsort(lines, count, sizeof(*lines), by_place);
    fputs(HEADER "\n" ADVICE
                 " Say of each, in a line below it, why it may stay: \"  reason why it may stay\"; what is gone "
                 "can be deleted.\n",
          out);
    if (old != NULL && old->remarks != NULL)
        fputs(old->remarks, out);
    for (size_t i = 0; i < count; i++) {
        write_block(out, &lines[i].row);
        if (lines[i].own != NULL)
            free_programs(&lines[i].row);
        free(lines[i].own);
    }
    free(lines);
}
