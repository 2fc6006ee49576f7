/* A ledger that is being written while it is read: by a thread that writes as libleakwatch.so does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ledger/boards.h"
#include "ledger/slot.h"
#include "ledger_maker.h"
#include "ledger_walk.h"

enum { SLOTS = 40, OPENINGS = 300, READINGS = 6000 /* which take less */ };

static uint64_t start_ticks(pid_t pid)
{
    char path[64], name[256], text[1024];
    unsigned long long ticks = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_int_equal(sscanf(text,
                            "%*d (%255[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
                            "%*d %*d %llu",
                            name, &ticks),
                     2);
    return ticks;
}

/* ---- The file, shared between writer and reader */

static struct shared {
    unsigned char *bytes;
    size_t size;
    int fd;
    char path[64];
    _Atomic bool stop;
    _Atomic uint64_t rounds;
} shared;

static void share(struct maker *maker)
{
    void *bytes = maker__bytes(maker, &shared.size);
    shared.fd = memfd_create("ledger", MFD_CLOEXEC);
    assert_int_equal(write(shared.fd, bytes, shared.size), shared.size);
    shared.bytes = mmap(NULL, shared.size, PROT_READ | PROT_WRITE, MAP_SHARED, shared.fd, 0);
    assert_ptr_not_equal(shared.bytes, MAP_FAILED);
    snprintf(shared.path, sizeof shared.path, "/proc/self/fd/%d", shared.fd);
    shared.stop = false;
    shared.rounds = 0;
    maker__free(maker);
}

static void unshare_file(void)
{
    munmap(shared.bytes, shared.size);
    close(shared.fd);
}

static struct maker *running_maker(void)
{
    struct maker *maker = maker__new();
    struct lw_header *header = maker__header(maker);
    header->end = LW_RUNNING;
    header->pid = (uint32_t)getpid();
    header->start_ticks = start_ticks(getpid());
    return maker;
}

/* The same ledger is read again and again, instead of being opened anew. */
static bool is_followed;
static struct ledger *followed;

static struct ledger *open_shared(void)
{
    struct ledger *ledger = followed;
    struct ledger_error error = {.text = ""};
    int result = followed      ? ledger__refresh(followed, &error)
                 : is_followed ? ledger__follow(&ledger, shared.path, &error)
                               : ledger__open(&ledger, shared.path, &error);
    if (result < 0)
        fail_msg("%s", error.text);
    followed = is_followed ? ledger : NULL;
    return ledger;
}

static void close_shared(struct ledger *ledger)
{
    if (!is_followed)
        ledger__close(ledger);
}

static int follow(void **state)
{
    (void)state;
    is_followed = true;
    return 0;
}

static int follow_no_more(void **state)
{
    (void)state;
    ledger__close(followed);
    followed = NULL;
    is_followed = false;
    return 0;
}

/* ---- Who runs and who does not */

static void this_process_runs(void **state)
{
    (void)state;
    share(running_maker());
    struct ledger *ledger = open_shared();
    assert_string_equal(ledger__end(ledger), "running");
    close_shared(ledger);
    unshare_file();
}

static void another_process_with_the_same_number_is_not_it(void **state)
{
    (void)state;
    struct maker *maker = running_maker();
    maker__header(maker)->start_ticks++;
    share(maker);
    struct ledger *ledger = open_shared();
    assert_string_equal(ledger__end(ledger), "killed");
    close_shared(ledger);
    unshare_file();
}

static void a_killed_process_was_killed_even_before_it_is_waited_for(void **state)
{
    (void)state;
    int gate[2];
    assert_int_equal(pipe(gate), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
    }
    struct maker *maker = running_maker();
    maker__header(maker)->pid = (uint32_t)child;
    maker__header(maker)->start_ticks = start_ticks(child);
    share(maker);
    struct ledger *ledger = open_shared();
    assert_string_equal(ledger__end(ledger), "running");
    close_shared(ledger);
    close(gate[1]);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    ledger = open_shared();
    assert_string_equal(ledger__end(ledger), "killed");
    close_shared(ledger);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(gate[0]);
    unshare_file();
}

/* ---- While it is written */

/* Every field that the writer fills follows from one number, so a mixture of two writes shows. */
static void fill(struct lw_slot *slot, uint64_t value)
{
    slot->acquired_time = value;
    slot->thread = (uint32_t)value;
    slot->open_flags = (uint32_t)value;
    memset(slot->detail, (int)(value % 256), LW_DETAIL);
}

static bool is_whole(const struct lw_slot *slot)
{
    struct lw_slot wanted = *slot;
    fill(&wanted, slot->acquired_time);
    return memcmp(&wanted, slot, sizeof wanted) == 0;
}

static void rewrite(struct lw_slot *slot, uint64_t value)
{
    uint64_t word = (__atomic_load_n(&slot->word, __ATOMIC_RELAXED) >> 8) + 1;
    __atomic_store_n(&slot->word, word << 8 | LW_WRITING, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    fill(slot, value);
    __atomic_store_n(&slot->word, word << 8 | LW_HELD, __ATOMIC_RELEASE);
}

static struct lw_slot *shared_slots(void)
{
    const struct lw_header *header = (const void *)shared.bytes;
    const struct lw_fd_node *node = (const void *)(shared.bytes + header->fds[0]);
    node = (const void *)(shared.bytes + node->below[0]);
    return (struct lw_slot *)(void *)(shared.bytes + node->below[0]);
}

static void *write_slots(void *context)
{
    (void)context;
    for (uint64_t value = 1; !shared.stop; value++, shared.rounds++)
        for (uint32_t i = 0; i < SLOTS; i++) {
            rewrite(&shared_slots()[i], value * SLOTS + i);
            sched_yield(); /* as a program makes system calls between its acquisitions */
        }
    return NULL;
}

struct counts {
    size_t held, in_flight;
};

static bool count_whole(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct counts *counts = context;
    assert_false(is_handle);
    assert_true(index < SLOTS);
    if (slot_state(slot) == LW_WRITING)
        counts->in_flight++;
    else if (slot_state(slot) == LW_HELD && is_whole(slot))
        counts->held++;
    else
        fail_msg("slot %u is torn", index);
    return true;
}

static void no_slot_is_torn(void **state)
{
    (void)state;
    struct maker *maker = running_maker();
    uint32_t site = maker__site(maker, 0, 0, "open", LW_FD_FILE);
    for (uint32_t i = 0; i < SLOTS; i++)
        fill(maker__fd(maker, i, site, LW_FD_FILE), i);
    share(maker);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_slots, NULL), 0);
    while (shared.rounds < 2)
        ;
    struct counts counts = {0, 0};
    const int rounds = is_followed ? READINGS : OPENINGS;
    for (int i = 0; i < rounds; i++) {
        struct ledger *ledger = open_shared();
        ledger__slots(ledger, count_whole, &counts);
        assert_int_equal(ledger__damaged(ledger), 0);
        close_shared(ledger);
    }
    shared.stop = true;
    pthread_join(writer, NULL);
    print_message("%zu slots whole, %zu in flight\n", counts.held, counts.in_flight);
    assert_int_equal(counts.held + counts.in_flight, (size_t)rounds * SLOTS);
    assert_true(counts.held > counts.in_flight);
    unshare_file();
}

/* A writer that was stopped in the middle stops no reader; the slot says what it is. */
static void a_stopped_writer_stops_no_reader(void **state)
{
    (void)state;
    struct maker *maker = running_maker();
    for (uint32_t i = 0; i < 3000; i++)
        maker__state(maker__fd(maker, i, 0, LW_FD_FILE), LW_WRITING);
    maker__sample(maker, 1000, 1);
    ((struct lw_samples *)maker__at(maker, maker__header(maker)->samples))->generation = 1;
    maker__exhaustion(maker, 24)->state = 1;
    share(maker);
    struct ledger *ledger = open_shared();
    assert_int_equal(ledger__damaged(ledger), 0);
    assert_int_equal(ledger__samples(ledger)->count, 1);
    assert_non_null(ledger__exhaustion(ledger));
    ledger_walk(ledger);
    close_shared(ledger);
    unshare_file();
}

/* Sites grow, each in use by a slot at once, which the reader must not follow to a site that it has not read. */
static void *add_sites(void *context)
{
    (void)context;
    struct lw_header *header = (void *)shared.bytes;
    struct lw_table *table = &header->tables[LW_SITES];
    const struct timespec pause = {.tv_nsec = 300000};
    while (!shared.stop && table->count < table->first) {
        uint32_t number = __atomic_fetch_add(&table->count, 1, __ATOMIC_ACQ_REL);
        struct lw_site *site = (struct lw_site *)(void *)(shared.bytes + table->segments[0]) + number;
        *site = (struct lw_site){.call = 1, .kind = LW_FD_FILE, .first_time = number};
        __atomic_store_n(&shared_slots()[number % SLOTS].site, number, __ATOMIC_RELEASE);
        shared.rounds++;
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static bool knows_its_site(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    (void)is_handle;
    (void)index;
    assert_non_null(ledger__site(context, slot->site));
    return true;
}

static void what_grows_meanwhile_leads_somewhere(void **state)
{
    (void)state;
    struct maker *maker = running_maker();
    maker__header(maker)->tables[LW_SITES].first = 1 << 13;
    uint32_t site = maker__site(maker, 0, 0, "open", LW_FD_FILE);
    for (uint32_t i = 0; i < SLOTS; i++)
        maker__fd(maker, i, site, LW_FD_FILE);
    share(maker);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, add_sites, NULL), 0);
    while (shared.rounds < 10)
        ;
    for (int i = 0; i < OPENINGS || shared.rounds < 100; i++) {
        struct ledger *ledger = open_shared();
        ledger__slots(ledger, knows_its_site, ledger);
        assert_int_equal(ledger__damaged(ledger), 0);
        close_shared(ledger);
    }
    shared.stop = true;
    pthread_join(writer, NULL);
    unshare_file();
}

/* Two threads of which only one at a time holds its lock and waits for the other's. Their boards stand so far apart that one
 * is often read before, and one after they have taken turns: it looks as if both did at once. */
enum { BOARDS = 3000, LOCK = 0x1000, FIRST_LOCK = LOCK, LAST_LOCK = LOCK + 64 };

static struct lw_board *shared_board(uint32_t number)
{
    const struct lw_table *table = &((const struct lw_header *)(const void *)shared.bytes)->tables[LW_BOARDS];
    return (struct lw_board *)(void *)(shared.bytes + table->segments[0]) + number;
}

static void spend_a_moment(void)
{
    for (volatile int i = 0; i < 20000; i++)
        ;
}

static void hold_and_wait(struct lw_board *board, uint64_t held, uint64_t wanted)
{
    board->hold[0] = (struct lw_hold){
        .lock = held, .serial = board->serial + 1, .count = 1, .kind = LW_MUTEX, .state = LW_HOLD_HELD};
    board->hold[1] =
        (struct lw_hold){.lock = wanted, .serial = board->serial + 2, .kind = LW_MUTEX, .state = LW_HOLD_TAKING};
    board->serial += 2;
    __atomic_store_n(&board->depth, 2, __ATOMIC_RELEASE);
    spend_a_moment();
    __atomic_store_n(&board->depth, 0, __ATOMIC_SEQ_CST);
}

static void *take_turns(void *context)
{
    (void)context;
    for (; !shared.stop; shared.rounds++) {
        hold_and_wait(shared_board(1), FIRST_LOCK, LAST_LOCK);
        hold_and_wait(shared_board(BOARDS), LAST_LOCK, FIRST_LOCK);
    }
    return NULL;
}

/* What two boards say together is believed only where neither has moved between two readings. */
static void boards_that_take_turns_have_moved(void **state)
{
    (void)state;
    struct maker *maker = running_maker();
    maker__header(maker)->tables[LW_BOARDS].first = 1 << 13;
    for (uint32_t i = 1; i <= BOARDS; i++)
        maker__board(maker, i);
    share(maker);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, take_turns, NULL), 0);
    uint32_t circles = 0; /* as the second reading alone has it */
    while (circles < 10) {
        struct ledger *ledger = open_shared();
        const struct lw_board *first = ledger__board(ledger, 1), *last = ledger__board(ledger, BOARDS);
        if (first->depth == 2 && last->depth == 2) {
            circles++;
            assert_true(ledger__board_moved(first) || ledger__board_moved(last));
        }
        assert_false(ledger__board_moved(ledger__board(ledger, BOARDS / 2)));
        close_shared(ledger);
    }
    shared.stop = true;
    pthread_join(writer, NULL);
    unshare_file();
}

#define FOLLOWED(name)                                                                                                 \
    {                                                                                                                  \
#name ", followed", name, follow, follow_no_more, NULL                                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_process_runs),
        cmocka_unit_test(another_process_with_the_same_number_is_not_it),
        cmocka_unit_test(a_killed_process_was_killed_even_before_it_is_waited_for),
        cmocka_unit_test(no_slot_is_torn),
        cmocka_unit_test(a_stopped_writer_stops_no_reader),
        cmocka_unit_test(what_grows_meanwhile_leads_somewhere),
        cmocka_unit_test(boards_that_take_turns_have_moved),
        FOLLOWED(a_killed_process_was_killed_even_before_it_is_waited_for),
        FOLLOWED(no_slot_is_torn),
        FOLLOWED(what_grows_meanwhile_leads_somewhere),
        FOLLOWED(boards_that_take_turns_have_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
