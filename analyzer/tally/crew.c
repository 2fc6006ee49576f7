/* The threads that acquired what is one finding. */
#include "crew.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

/* Where it stands, or would. */
static size_t place_of(const struct crew *crew, uint64_t thread)
{
    size_t low = 0, high = crew->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (crew->threads[middle] < thread)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_thread(struct crew *crew, uint64_t thread)
{
    size_t at = place_of(crew, thread);
    if ((at < crew->count && crew->threads[at] == thread) || crew->count == CREW_AT_MOST)
        return;
    crew->threads = heap__room(crew->threads, crew->count, &crew->room, sizeof(uint64_t));
    memmove(&crew->threads[at + 1], &crew->threads[at], (crew->count++ - at) * sizeof(uint64_t));
    crew->threads[at] = thread;
}

static void add_start(struct crew *crew, uint32_t started, bool is_first)
{
    crew->is_apart = crew->is_apart || (!is_first && crew->started != started);
    crew->started = is_first ? started : crew->started;
}

void crew__add(struct crew *crew, const struct crew_member *member)
{
    add_start(crew, member->started, crew->count == 0);
    crew->name = crew->count == 0 ? member->name : crew->name;
    crew->has_main = crew->has_main || member->is_main;
    crew->seen += member->count;
    add_thread(crew, (uint64_t)member->process << 32 | member->thread);
}

void crew__add_all(struct crew *crew, const struct crew *others)
{
    if (others->count == 0)
        return;
    add_start(crew, others->started, crew->count == 0);
    crew->name = crew->count == 0 ? others->name : crew->name;
    crew->is_apart = crew->is_apart || others->is_apart;
    crew->has_main = crew->has_main || others->has_main;
    crew->seen += others->seen;
    for (size_t i = 0; i < others->count; i++)
        add_thread(crew, others->threads[i]);
}

void crew__free(struct crew *crew)
{
    free(crew->threads);
}
