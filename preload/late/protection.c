/* Which pages may be written to, by /proc/self/maps; and letting some be for a moment. Raw system calls, no heap. */
#include "late.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "process/process.h"
#include "system/system.h"

#define MOST 262144u /* four times what a process may have, by default */

/* A line that is being read, of which the first words count. */
struct reading {
    struct lw_late_ranges *ranges;
    char line[80];
    size_t length;
};

static const char *read_number(const char *at, uint64_t *number)
{
    for (*number = 0;; at++) {
        bool is_digit = *at >= '0' && *at <= '9';
        if (!is_digit && !(*at >= 'a' && *at <= 'f'))
            return at;
        *number = *number * 16 + (uint64_t)(is_digit ? *at - '0' : *at - 'a' + 10);
    }
}

/* "7f01000-7f02000 rw-p …" */
static void take_line(struct reading *reading)
{
    struct lw_late_ranges *ranges = reading->ranges;
    struct lw_late_range range;
    reading->line[reading->length] = 0;
    const char *at = read_number(reading->line, &range.start);
    at = read_number(at + (*at == '-'), &range.end);
    if (strlen(at) < 5 || ranges->count == MOST)
        return;
    range.protection =
        (at[1] == 'r' ? PROT_READ : 0) | (at[2] == 'w' ? PROT_WRITE : 0) | (at[3] == 'x' ? PROT_EXEC : 0);
    ranges->list[ranges->count++] = range;
}

static void take(struct reading *reading, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') {
            take_line(reading);
            reading->length = 0;
        } else if (reading->length + 1 < sizeof reading->line)
            reading->line[reading->length++] = text[i];
    }
}

static long read_maps(void *argument)
{
    struct reading reading = {.ranges = argument};
    char text[4096];
    long length, fd = lw_system4(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    while ((length = lw_system3(SYS_read, fd, text, sizeof text)) > 0)
        take(&reading, text, (size_t)length);
    lw_system1(SYS_close, fd);
    return length;
}

void lw_late_ranges_read(struct lw_late_ranges *ranges)
{
    *ranges = (struct lw_late_ranges){.room = MOST * sizeof *ranges->list};
    long at = lw_syscall6(SYS_mmap, 0, (long)ranges->room, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (lw_is_error(at))
        return;
    ranges->list = (struct lw_late_range *)at;
    if (lw_errand(read_maps, ranges) < 0)
        lw_late_ranges_free(ranges);
}

void lw_late_ranges_free(struct lw_late_ranges *ranges)
{
    if (ranges->list)
        lw_system2(SYS_munmap, ranges->list, ranges->room);
    ranges->list = NULL;
    ranges->count = 0;
}

static const struct lw_late_range *find(const struct lw_late_ranges *ranges, uint64_t address)
{
    uint32_t low = 0, high = ranges->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ranges->list[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ranges->count && ranges->list[low].start <= address ? &ranges->list[low] : NULL;
}

/* Code is never made writable: a system may forbid that, and nobody has such words there. */
bool lw_late_open(struct lw_late_ranges *ranges, uint64_t address)
{
    const struct lw_late_range *range = find(ranges, address);
    if (!range || range->protection & PROT_EXEC || address + sizeof(uint64_t) > range->end)
        return false;
    if (range->protection & PROT_WRITE)
        return true;
    for (uint32_t i = 0; i < ranges->opened_count; i++)
        if (ranges->opened[i].start == range->start)
            return true;
    if (ranges->opened_count == LW_LATE_OPENED ||
        lw_system3(SYS_mprotect, range->start, range->end - range->start, range->protection | PROT_WRITE) != 0)
        return false;
    ranges->opened[ranges->opened_count++] = *range;
    return true;
}

void lw_late_close(struct lw_late_ranges *ranges)
{
    for (uint32_t i = 0; i < ranges->opened_count; i++) {
        const struct lw_late_range *range = &ranges->opened[i];
        lw_system3(SYS_mprotect, range->start, range->end - range->start, range->protection);
    }
    ranges->opened_count = 0;
}
