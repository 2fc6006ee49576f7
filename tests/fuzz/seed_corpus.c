/* Writes the fuzzer's seeds: sound ledgers of all sorts, and some that are cut short.
 *
 *     seed_corpus DIRECTORY */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz_input.h"
#include "ledger/merged.h"
#include "ledger_maker.h"
#include "symbol/judged.h"
#include "symbol/resolved.h"
#include "symbol/symbols.h"

static struct maker *killed(void)
{
    struct maker *maker = maker__everything();
    maker__header(maker)->end = LW_RUNNING;
    maker__header(maker)->end_time = 0;
    return maker;
}

static struct maker *live(void)
{
    struct maker *maker = killed();
    maker__header(maker)->image = FUZZ_LIVE;
    return maker;
}

static struct maker *before_exec(void)
{
    struct maker *maker = maker__everything();
    maker__header(maker)->end = LW_EXEC;
    return maker;
}

static struct maker *inherited(void)
{
    struct maker *maker = maker__new();
    struct lw_header *header = maker__header(maker);
    header->inherited_count = 3;
    header->link_kind = LW_LINK_PARENT;
    strcpy(header->link, "/nowhere/leakwatch.parent.1.2.0.lwl");
    for (uint32_t i = 0; i < 3; i++) {
        struct lw_slot *slot = maker__fd(maker, i + 3, 0, LW_FD_FILE);
        slot->flags = i == 2 ? LW_UNTRACKED : LW_INHERITED;
        slot->origin_stack = i;
    }
    return maker;
}

static struct maker *slots_only(void)
{
    struct maker *maker = maker__new();
    uint32_t site = maker__site(maker, 0, 0, "socket", LW_FD_SOCKET);
    for (uint32_t i = 0; i < 7; i++)
        maker__fd(maker, i * 9, site, LW_FD_SOCKET)->error = (int)i;
    return maker;
}

static struct maker *tables_only(void)
{
    struct maker *maker = maker__new();
    uint32_t stack = 0, scope = 0;
    for (uint32_t i = 0; i < 70; i++) {
        stack = maker__frame(maker, 0x1000 + i, 0, stack);
        scope = maker__scope(maker, LW_SCOPE_NAMED, scope, "again");
        maker__site(maker, stack, scope, "open", LW_FD_FILE);
    }
    return maker;
}

static struct maker *full_tables(void)
{
    struct maker *maker = maker__everything();
    for (unsigned id = 0; id < LW_TABLES; id++) {
        struct lw_table *table = &maker__header(maker)->tables[id];
        table->cap = table->count;
        table->count += 10;
        table->folded = 17;
    }
    for (uint32_t i = 20; i < 30; i++)
        maker__fd(maker, i, LW_OTHER, LW_FD_FILE);
    return maker;
}

/* Leftovers of every sort: held, released later, of a scope that failed, of a thread, of what was folded. */
static struct maker *scopes_only(void)
{
    struct maker *maker = maker__new();
    uint32_t stack = maker__source(maker, 7, "handle", "server.py", maker__frame(maker, 0x1000, 0, 0));
    uint32_t scope = maker__scope(maker, LW_SCOPE_NAMED, 0, "server"), sites[3], number;
    for (uint32_t i = 0; i < 3; i++)
        sites[i] = maker__site(maker, stack, scope, "socket", LW_FD_SOCKET);
    const uint32_t scopes[] = {scope, maker__scope(maker, LW_SCOPE_FUNCTION, scope, "handle"),
                               maker__scope(maker, LW_SCOPE_THREAD, 0, NULL), LW_OTHER};
    for (uint32_t i = 0; i < 4; i++) {
        struct lw_leftover *leftover = maker__leftover(maker, scopes[i], i < 3 ? sites[i] : LW_OTHER, &number);
        leftover->count = leftover->entries = 3;
        leftover->later = leftover->delays[i] = i;
        leftover->failed = i < 2 ? 3 : 0;
        maker__left(maker__fd(maker, i + 3, sites[i % 3], LW_FD_SOCKET), number, 4000000000ULL);
        *maker__scope_count(maker, i, scopes[i] % 100) = (struct lw_scope_count){.entered = 9, .ended = 9, .left = 3};
        maker__departure(maker, scopes[i], sites, i)->failed = i < 2;
        maker__disorder(maker, sites[0], sites[i % 3], stack, "close");
    }
    for (enum lw_imbalance_reason reason = LW_ENDED_TWICE; reason <= LW_ATTACHED_TWICE; reason++)
        maker__imbalance(maker, scopes[reason % 4], reason, stack)->begun = stack;
    maker__label(maker__fd(maker, 9, sites[0], LW_FD_SOCKET), "server.py:7");
    return maker;
}

/* Releases that went wrong in every way, with and without stories. */
static struct maker *misuses_only(void)
{
    struct maker *maker = maker__new();
    uint32_t stack = maker__frame(maker, 0x1000, 0, 0);
    uint32_t site = maker__site(maker, stack, 0, "socket", LW_FD_SOCKET);
    for (enum lw_misuse_kind kind = LW_CLOSED_TWICE; kind <= LW_PROBES; kind++) {
        struct lw_misuse *misuse = maker__misuse(maker, kind, stack, "close");
        misuse->site = kind % 2 ? site : 0;
        misuse->first_stack = misuse->site ? stack : 0;
        misuse->victim = kind == LW_CLOSED_REUSED ? site : 0;
        misuse->count = 7;
        misuse->swept = kind % 3;
        misuse->first_error = (int32_t)kind;
    }
    for (enum lw_failure_role role = LW_FAILED_ACQUIRE; role <= LW_LOST_WRITE; role++) {
        struct lw_failure *failure = maker__failure(maker, stack, role == LW_LOST_WRITE ? "exit" : "fclose", 28);
        failure->role = role;
        failure->site = role % 2 ? site : 0;
    }
    return maker;
}

static const struct {
    const char *name;
    struct maker *(*make)(void);
    size_t size; /* 0: whole */
} seeds[] = {
    {"empty", maker__new, 0},
    {"everything", maker__everything, 0},
    {"killed", killed, 0},
    {"live", live, 0},
    {"before_exec", before_exec, 0},
    {"inherited", inherited, 0},
    {"slots_only", slots_only, 0},
    {"tables_only", tables_only, 0},
    {"scopes_only", scopes_only, 0},
    {"full_tables", full_tables, 0},
    {"misuses_only", misuses_only, 0},
    {"cut_header", maker__new, 99},
    {"cut_blocks", maker__everything, 60000},
};

/* Names for addresses of the ledgers' module, a verdict, a trampoline. */
static void put_symbols(FILE *out)
{
    struct symbols *symbols = symbols__new(NULL);
    const struct lw_module description = {.build_id_length = 4, .build_id = {1, 2, 3, 4}};
    const uint32_t module = symbols__module(symbols, "/usr/bin/server", &description);
    const struct frame frames[] = {{.function = "inner", .symbol = "inner", .file = "a.c", .line = 3, .inlined = true},
                                   {.function = "outer", .symbol = "outer", .file = "a.c", .line = 9, .language = "C"}};
    for (uint64_t i = 0; i < 9; i++)
        symbols__add_place(
            symbols,
            &(struct symbols_place){
                .module = module, .offset = 0x1000 + i, .exact = i % 2, .count = i % 3 ? 2 : 1, .frames = frames});
    const struct callsite_frame callers[] = {{module, 0x1000}, {module, 0x1001}};
    const struct callsite_verdict verdict = {
        .verdict = VERDICT_IGNORED, .frame = 1, .where = 0x1002, .how = "overwritten by", .evidence = "mov eax, 1"};
    judged__add(symbols__judged(symbols), callers, 2, &verdict);
    uint64_t size;
    unsigned char *bytes = resolved__bytes(symbols, &size);
    merged__write_symbols(out, bytes, size);
    free(bytes);
    symbols__free(symbols);
}

/* Two ledgers that were written before, as one file. */
static void write_merged(const char *directory, const char *first, const char *second)
{
    char path[4096];
    const char *const names[] = {first, second};
    struct ledger_copy copy;
    struct ledger_error error;
    snprintf(path, sizeof path, "%s/merged.lwl", directory);
    FILE *out = fopen(path, "w");
    if (out == NULL)
        err(1, "%s", path);
    merged__write_header(out);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s.lwl", directory, names[i]);
        if (ledger__copy(path, &copy, &error) != 0)
            errx(1, "%s", error.text);
        merged__write(out, names[i], &copy);
        free(copy.bytes);
    }
    put_symbols(out);
    merged__write_end(out, 2);
    if (fclose(out) != 0)
        err(1, "merged.lwl");
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: seed_corpus DIRECTORY");
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.lwl", argv[1], seeds[i].name);
        struct maker *maker = seeds[i].make();
        maker__write(maker, path);
        maker__free(maker);
        if (seeds[i].size > 0 && truncate(path, (off_t)seeds[i].size) != 0)
            err(1, "%s", path);
    }
    write_merged(argv[1], "inherited", "tables_only");
    return 0;
}
