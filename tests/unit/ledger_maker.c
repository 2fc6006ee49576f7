/* Makes ledgers for tests, without libleakwatch.so. */
#include "ledger_maker.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROOM (1ULL << 30) /* of addresses: pages come with their first use */

struct maker {
    unsigned char *bytes;
    uint32_t handles;
};

static const struct {
    uint32_t size, first, cap;
} tables[LW_TABLES] = {
#define LW_TABLE(id, noun, plural, since, first, cap, ...) {sizeof(struct lw_##noun), first, cap},
#include "leakwatch/tables.def"
};

static uint32_t growth;

void maker__grow(uint32_t bytes)
{
    growth = bytes;
}

struct maker *maker__new(void)
{
    struct maker *maker = calloc(1, sizeof *maker);
    if (!maker)
        err(99, "maker");
    maker->bytes = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (maker->bytes == MAP_FAILED)
        err(99, "maker");
    struct lw_header *header = maker__header(maker);
    *header = (struct lw_header){
        .magic = LW_MAGIC,
        .major = LW_MAJOR,
        .minor = growth ? LW_MINOR + 1 : LW_MINOR,
        .byte_order = LW_BYTE_ORDER,
        .header_size = sizeof *header,
        .machine = LW_MACHINE_X86_64,
        .file_size = ROOM,
        .used = (sizeof *header + 4095) / 4096 * 4096,
        .pid = 4242,
        .parent_pid = 4241,
        .start_ticks = 1, /* no process has: that was the kernel's own start */
        .start_realtime = 1700000000000000000ULL,
        .start_time = 1000000000ULL,
        .end_time = 61000000000ULL,
        .end = LW_EXIT,
        .nofile_soft = 1024,
        .nofile_hard = 4096,
        .exe = "/usr/bin/app",
        .arguments = "app\0--serve\0",
        .directory = "/srv",
        .slot_size = sizeof(struct lw_slot) + growth,
        .lane_size = sizeof(struct lw_lane) + growth,
        .site_count_size = sizeof(struct lw_site_count) + growth,
        .scope_count_size = sizeof(struct lw_scope_count) + growth,
        .samples_size = offsetof(struct lw_samples, sample) + growth,
        .sample_size = sizeof(struct lw_sample) + growth,
    };
    for (unsigned id = 0; id < LW_TABLES; id++)
        if (tables[id].size != 0)
            header->tables[id] = (struct lw_table){
                .element_size = tables[id].size + growth, .first = tables[id].first, .cap = tables[id].cap, .count = 1};
    return maker;
}

void maker__free(struct maker *maker)
{
    munmap(maker->bytes, ROOM);
    free(maker);
}

struct lw_header *maker__header(struct maker *maker)
{
    return (struct lw_header *)(void *)maker->bytes;
}

void *maker__at(struct maker *maker, uint64_t offset)
{
    return maker->bytes + offset;
}

uint64_t maker__block(struct maker *maker, uint64_t size)
{
    struct lw_header *header = maker__header(maker);
    uint64_t offset = header->used;
    header->used += (size + 63) / 64 * 64;
    if (header->used > ROOM)
        errx(99, "a made ledger is too large");
    return offset;
}

/* The block that an offset stands for, made when it is first asked for. */
static void *block_of(struct maker *maker, uint64_t *offset, uint64_t size)
{
    if (*offset == 0)
        *offset = maker__block(maker, size);
    return maker__at(maker, *offset);
}

/* Element `number` of an array in segments of `first << k` elements. */
static void *segmented(struct maker *maker, uint64_t *segments, uint64_t first, uint64_t size, uint32_t number)
{
    unsigned k = 63u - (unsigned)__builtin_clzll(number / first + 1);
    unsigned char *segment = block_of(maker, &segments[k], (first << k) * size);
    return segment + (number - first * ((1ULL << k) - 1)) * size;
}

/* ---- Tables */

void *maker__element(struct maker *maker, enum lw_table_id id, uint32_t number)
{
    struct lw_table *table = &maker__header(maker)->tables[id];
    return segmented(maker, table->segments, table->first, table->element_size, number);
}

static uint32_t reserve(struct maker *maker, enum lw_table_id id)
{
    struct lw_table *table = &maker__header(maker)->tables[id];
    if (table->count >= table->cap)
        errx(99, "table %d of a made ledger is full", (int)id);
    return table->count++;
}

static uint32_t hash(const char *text)
{
    uint32_t value = 2166136261u;
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 16777619u;
    return value ? value : 1;
}

/* The tail first: a record is complete when another one leads to it. */
static uint32_t name_piece(struct maker *maker, const char *text, size_t length)
{
    uint32_t next = length > LW_NAME_TEXT ? name_piece(maker, text + LW_NAME_TEXT, length - LW_NAME_TEXT) : 0;
    uint32_t number = reserve(maker, LW_NAMES);
    struct lw_name *name = maker__element(maker, LW_NAMES, number);
    name->length = (uint32_t)length;
    name->next = next;
    memcpy(name->text, text, length < LW_NAME_TEXT ? length : LW_NAME_TEXT);
    name->hash = hash(text);
    return number;
}

uint32_t maker__name(struct maker *maker, const char *text)
{
    return name_piece(maker, text, strlen(text));
}

uint32_t maker__module(struct maker *maker, const char *path, uint64_t base, uint64_t start, uint64_t end)
{
    uint32_t name = maker__name(maker, path), number = reserve(maker, LW_MODULES);
    struct lw_module *module = maker__element(maker, LW_MODULES, number);
    *module = (struct lw_module){.base = base, .start = start, .end = end, .name = name, .build_id_length = 20};
    memset(module->build_id, (int)number, module->build_id_length);
    return number;
}

uint32_t maker__frame(struct maker *maker, uint64_t address, uint32_t module, uint32_t parent)
{
    uint32_t number = reserve(maker, LW_STACKS);
    struct lw_frame *frame = maker__element(maker, LW_STACKS, number);
    *frame = (struct lw_frame){.address = address, .parent = parent, .module = module};
    return number;
}

uint32_t maker__stack(struct maker *maker, uint32_t module, const uint64_t *addresses, size_t count)
{
    uint32_t stack = 0;
    while (count-- > 0)
        stack = maker__frame(maker, addresses[count], module, stack);
    return stack;
}

uint32_t maker__source(struct maker *maker, uint32_t line, const char *function, const char *file, uint32_t parent)
{
    char text[1024];
    snprintf(text, sizeof text, "%u\n%s\n%s", line, function, file);
    return maker__frame(maker, LW_ADDRESS_SOURCE, maker__name(maker, text), parent);
}

uint32_t maker__line(struct maker *maker, uint32_t line, const char *function, const char *file, uint32_t parent)
{
    struct lw_line row = {maker__name(maker, function), maker__name(maker, file), line, LW_PYTHON};
    uint32_t number = reserve(maker, LW_LINES);
    memcpy(maker__element(maker, LW_LINES, number), &row, sizeof row);
    return maker__frame(maker, LW_ADDRESS_LINE, number, parent);
}

uint32_t maker__scope(struct maker *maker, enum lw_scope_kind kind, uint32_t parent, const char *name)
{
    uint32_t text = name ? maker__name(maker, name) : 0, number = reserve(maker, LW_SCOPES);
    const struct lw_scope *around = parent ? maker__element(maker, LW_SCOPES, parent) : NULL;
    struct lw_scope *scope = maker__element(maker, LW_SCOPES, number);
    *scope = (struct lw_scope){.kind = kind, .parent = parent, .name = text, .depth = around ? around->depth + 1 : 1};
    return number;
}

uint32_t maker__site(struct maker *maker, uint32_t stack, uint32_t scope, const char *call, enum lw_kind kind)
{
    uint32_t name = maker__name(maker, call), number = reserve(maker, LW_SITES);
    struct lw_site *site = maker__element(maker, LW_SITES, number);
    *site = (struct lw_site){.stack = stack, .scope = scope, .call = name, .kind = kind, .first_time = 2000000000ULL};
    return number;
}

uint32_t maker__release(struct maker *maker, uint32_t site, uint32_t stack, const char *call)
{
    uint32_t name = maker__name(maker, call), number = reserve(maker, LW_RELEASES);
    struct lw_release *release = maker__element(maker, LW_RELEASES, number);
    *release = (struct lw_release){.site = site, .stack = stack, .call = name};
    return number;
}

struct lw_failure *maker__failure(struct maker *maker, uint32_t stack, const char *call, int error)
{
    uint32_t name = maker__name(maker, call);
    struct lw_failure *failure = maker__element(maker, LW_FAILURES, reserve(maker, LW_FAILURES));
    *failure = (struct lw_failure){.stack = stack, .call = name, .error = error, .role = LW_FAILED_ACQUIRE, .count = 1};
    return failure;
}

struct lw_crossing *maker__crossing(struct maker *maker, uint32_t site, const char *program, uint32_t number)
{
    uint32_t name = maker__name(maker, program);
    struct lw_crossing *crossing = maker__element(maker, LW_CROSSINGS, reserve(maker, LW_CROSSINGS));
    *crossing = (struct lw_crossing){.site = site, .program = name, .number = number, .count = 1, .kind = LW_FD_FILE};
    return crossing;
}

struct lw_misuse *maker__misuse(struct maker *maker, enum lw_misuse_kind kind, uint32_t stack, const char *call)
{
    uint32_t name = maker__name(maker, call);
    struct lw_misuse *misuse = maker__element(maker, LW_MISUSES, reserve(maker, LW_MISUSES));
    *misuse = (struct lw_misuse){.kind = kind,
                                 .stack = stack,
                                 .call = name,
                                 .thread = 4242,
                                 .resource = LW_FD_FILE,
                                 .handle = 3,
                                 .count = 1,
                                 .first_time = 6000000000ULL,
                                 .last_time = 6000000000ULL};
    return misuse;
}

struct lw_file_lock *maker__file_lock(struct maker *maker, uint32_t thread)
{
    struct lw_file_lock *lock = maker__element(maker, LW_FILE_LOCKS, reserve(maker, LW_FILE_LOCKS));
    *lock = (struct lw_file_lock){.thread = thread, .state = LW_FILE_LOCK_HELD, .inode = 5, .way = LW_FLOCK};
    return lock;
}

struct lw_limit *maker__limit(struct maker *maker, uint64_t time, uint64_t soft, uint32_t stack, const char *call)
{
    struct lw_header *header = maker__header(maker);
    uint32_t name = call ? maker__name(maker, call) : 0;
    struct lw_limit *limit = maker__element(maker, LW_LIMITS, reserve(maker, LW_LIMITS));
    *limit = (struct lw_limit){.time = time,
                               .soft = soft,
                               .hard = header->nofile_hard,
                               .soft_before = header->nofile_soft,
                               .hard_before = header->nofile_hard,
                               .stack = stack,
                               .call = name,
                               .thread = 4242};
    header->nofile_soft = soft;
    return limit;
}

struct lw_board *maker__board(struct maker *maker, uint32_t thread)
{
    struct lw_board *board = maker__element(maker, LW_BOARDS, reserve(maker, LW_BOARDS));
    *board = (struct lw_board){.thread = thread};
    return board;
}

struct lw_locking *maker__locking(struct maker *maker, uint32_t site)
{
    struct lw_locking *locking = maker__element(maker, LW_LOCKINGS, reserve(maker, LW_LOCKINGS));
    *locking = (struct lw_locking){.site = site};
    return locking;
}

/* ---- What scopes leave */

struct lw_leftover *maker__leftover(struct maker *maker, uint32_t scope, uint32_t site, uint32_t *number)
{
    uint32_t made = reserve(maker, LW_LEFTOVERS);
    struct lw_leftover *leftover = maker__element(maker, LW_LEFTOVERS, made);
    *leftover = (struct lw_leftover){.scope = scope,
                                     .site = site,
                                     .count = 1,
                                     .entries = 1,
                                     .most = 1,
                                     .first_time = 5000000000ULL,
                                     .last_time = 5000000000ULL};
    if (number)
        *number = made;
    return leftover;
}

struct lw_departure *maker__departure(struct maker *maker, uint32_t scope, const uint32_t *sites, uint32_t count)
{
    struct lw_departure *departure = maker__element(maker, LW_DEPARTURES, reserve(maker, LW_DEPARTURES));
    *departure = (struct lw_departure){
        .scope = scope, .sites = count, .count = 1, .first_time = 5000000000ULL, .last_time = 5000000000ULL};
    for (uint32_t i = 0; i < count && i < LW_DEPARTURE_SITES; i++)
        departure->site[i] = sites[i];
    return departure;
}

struct lw_imbalance *maker__imbalance(struct maker *maker, uint32_t scope, enum lw_imbalance_reason reason,
                                      uint32_t stack)
{
    struct lw_imbalance *imbalance = maker__element(maker, LW_IMBALANCES, reserve(maker, LW_IMBALANCES));
    *imbalance = (struct lw_imbalance){.scope = scope,
                                       .reason = reason,
                                       .stack = stack,
                                       .count = 1,
                                       .first_time = 5000000000ULL,
                                       .last_time = 5000000000ULL,
                                       .thread = 4242};
    return imbalance;
}

struct lw_disorder *maker__disorder(struct maker *maker, uint32_t site, uint32_t younger, uint32_t stack,
                                    const char *call)
{
    uint32_t name = maker__name(maker, call);
    struct lw_disorder *disorder = maker__element(maker, LW_DISORDERS, reserve(maker, LW_DISORDERS));
    *disorder = (struct lw_disorder){.site = site, .younger = younger, .stack = stack, .call = name, .count = 1};
    return disorder;
}

/* ---- Slots */

static struct lw_slot *held(struct lw_slot *slot, uint64_t handle, uint32_t site, enum lw_kind kind)
{
    *slot = (struct lw_slot){.word = LW_HELD | 1 << 8,
                             .handle = handle,
                             .acquired_time = 3000000000ULL,
                             .site = site,
                             .thread = 4242,
                             .kind = kind,
                             .number = -1,
                             .partner = -1};
    return slot;
}

struct lw_slot *maker__fd(struct maker *maker, uint32_t number, uint32_t site, enum lw_kind kind)
{
    uint64_t *entry = &maker__header(maker)->fds[number >> 22];
    for (unsigned shift = 14;; shift -= 8) {
        struct lw_fd_node *node = block_of(maker, entry, sizeof *node);
        entry = &node->below[number >> shift & 0xff];
        if (shift == 6)
            break;
    }
    uint64_t size = maker__header(maker)->slot_size;
    unsigned char *leaf = block_of(maker, entry, LW_FD_LEAF * size);
    return held((struct lw_slot *)(void *)(leaf + number % LW_FD_LEAF * size), number, site, kind);
}

struct lw_slot *maker__handle(struct maker *maker, uint64_t handle, uint32_t site, enum lw_kind kind, uint32_t *index)
{
    struct lw_handles *handles = &maker__header(maker)->handles;
    uint32_t number = maker->handles++, first = 0, length = LW_BUCKETS_FIRST * LW_BUCKET;
    unsigned g = 0;
    for (; number - first >= length; length *= 4, g++)
        first += length;
    uint64_t *keys = block_of(maker, &handles->keys[g], length * sizeof *keys);
    uint64_t size = maker__header(maker)->slot_size;
    unsigned char *slots = block_of(maker, &handles->slots[g], length * size);
    keys[number - first] = handle;
    if (index)
        *index = number;
    return held((struct lw_slot *)(void *)(slots + (number - first) * size), handle, site, kind);
}

void maker__detail(struct lw_slot *slot, const char *text)
{
    size_t length = strlen(text);
    slot->detail_length = (uint16_t)(length < LW_DETAIL ? length : LW_DETAIL);
    if (length > LW_DETAIL)
        slot->flags |= LW_DETAIL_CUT;
    memcpy(slot->detail, text, slot->detail_length);
}

void maker__label(struct lw_slot *slot, const char *text)
{
    size_t length = strlen(text);
    slot->label_length = (uint16_t)(length < LW_LABEL ? length : LW_LABEL);
    if (slot->detail_length > LW_DETAIL - slot->label_length)
        slot->detail_length = (uint16_t)(LW_DETAIL - slot->label_length);
    memcpy(slot->detail + LW_DETAIL - slot->label_length, text, slot->label_length);
}

void maker__left(struct lw_slot *slot, uint32_t leftover, uint64_t time)
{
    slot->entry = LW_LEFT | time;
    slot->leftover = leftover;
}

void maker__state(struct lw_slot *slot, enum lw_state state)
{
    slot->word = (slot->word & ~0xffULL) | (unsigned)state;
}

/* ---- Lanes and single records */

struct lw_lane *maker__lane(struct maker *maker, uint32_t lane)
{
    return block_of(maker, &maker__header(maker)->lanes[lane], maker__header(maker)->lane_size);
}

struct lw_site_count *maker__site_count(struct maker *maker, uint32_t lane, uint32_t site)
{
    uint64_t size = maker__header(maker)->site_count_size;
    return segmented(maker, maker__lane(maker, lane)->sites, LW_SITE_COUNT_FIRST, size, site);
}

uint64_t *maker__release_count(struct maker *maker, uint32_t lane, uint32_t release)
{
    return segmented(maker, maker__lane(maker, lane)->releases, LW_RELEASE_COUNT_FIRST, sizeof(uint64_t), release);
}

struct lw_scope_count *maker__scope_count(struct maker *maker, uint32_t lane, uint32_t scope)
{
    uint64_t size = maker__header(maker)->scope_count_size;
    return segmented(maker, maker__lane(maker, lane)->scopes, LW_SCOPE_COUNT_FIRST, size, scope);
}

void maker__sample(struct maker *maker, uint64_t time, uint64_t open)
{
    struct lw_header *header = maker__header(maker);
    uint64_t all = header->samples_size + (uint64_t)LW_SAMPLES * header->sample_size;
    struct lw_samples *samples = block_of(maker, &header->samples, all);
    if (samples->count == LW_SAMPLES)
        errx(99, "too many samples for a made ledger");
    samples->interval = 1000000000ULL;
    struct lw_sample sample = {time, open};
    memcpy((char *)samples + header->samples_size + (uint64_t)samples->count++ * header->sample_size, &sample,
           sizeof sample);
}

struct lw_exhaustion *maker__exhaustion(struct maker *maker, int error)
{
    struct lw_exhaustion *exhaustion = block_of(maker, &maker__header(maker)->exhaustion, sizeof *exhaustion);
    exhaustion->state = 2;
    exhaustion->error = error;
    exhaustion->times = 1;
    return exhaustion;
}

/* ---- The file */

void *maker__bytes(struct maker *maker, size_t *size)
{
    *size = maker__header(maker)->used;
    return maker->bytes;
}

void maker__write(struct maker *maker, const char *path)
{
    size_t size;
    const char *bytes = maker__bytes(maker, &size);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        err(99, "%s", path);
    for (size_t at = 0; at < size;) {
        ssize_t written = write(fd, bytes + at, size - at);
        if (written < 0)
            err(99, "%s", path);
        at += (size_t)written;
    }
    if (close(fd) != 0)
        err(99, "%s", path);
}
