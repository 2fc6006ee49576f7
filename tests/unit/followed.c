/* A ledger that is followed, its file, and its process. */
#include "followed.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process_stat.h"
#include "commands/dump/ledger.h"
#include "ledger_assert.h"
#include "ledger_walk.h"

struct followed at;

static int gate;      /* the process ends when this is closed */
static size_t before; /* how many descriptors there were when nothing was followed */

static size_t count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    size_t count = 0;
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

void followed__start_process(void)
{
    int ends[2];
    struct process_stat stat;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    at.process = fork();
    if (at.process == 0) {
        char byte;
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(ends[0]);
    gate = ends[1];
    struct lw_header *header = maker__header(at.maker);
    assert_true(process_stat__read(&stat, (uint32_t)at.process));
    header->pid = (uint32_t)at.process;
    header->start_ticks = stat.start_ticks;
    header->end = LW_RUNNING;
    header->end_time = 0;
}

void followed__end_process(void)
{
    if (at.process == 0)
        return;
    close(gate);
    assert_int_equal(waitpid(at.process, NULL, 0), at.process);
    at.process = 0;
}

void followed__write_file(void)
{
    size_t size;
    const void *bytes = maker__bytes(at.maker, &size);
    int fd = open(at.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, size, 0), size);
    close(fd);
}

void followed__follow(void)
{
    struct ledger_error error = {.text = ""};
    followed__write_file();
    if (ledger__follow(&at.ledger, at.path, &error) != 0)
        fail_msg("%s", error.text);
}

int followed__set_up(void **state)
{
    (void)state;
    strcpy(at.folder, "/tmp/leakwatch-refresh.XXXXXX");
    if (!mkdtemp(at.folder))
        return -1;
    snprintf(at.path, sizeof at.path, "%s/a.lwl", at.folder);
    snprintf(at.other, sizeof at.other, "%s/b.lwl", at.folder);
    at.maker = maker__everything();
    before = count_descriptors();
    return 0;
}

int followed__tear_down(void **state)
{
    (void)state;
    followed__end_process();
    ledger__close(at.ledger);
    at.ledger = NULL;
    assert_int_equal(count_descriptors(), before);
    maker__free(at.maker);
    unlink(at.path);
    unlink(at.other);
    return rmdir(at.folder);
}

/* ---- Is it the same? */

char *followed__dump(const struct ledger *ledger)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    dump__ledger(out, ledger);
    fprintf(out, "walk %llu running %d missing %llu\n", (unsigned long long)ledger_walk(ledger),
            ledger__is_running(ledger), (unsigned long long)ledger__missing(ledger));
    fclose(out);
    return text;
}

static void assert_same_text(const char *followed, const char *opened)
{
    size_t same = 0;
    while (followed[same] && followed[same] == opened[same])
        same++;
    while (same > 0 && followed[same - 1] != '\n')
        same--;
    if (strcmp(followed, opened) != 0)
        fail_msg("followed: %.200s\nopened: %.200s", followed + same, opened + same);
}

/* Reads it again; it must be what it is when it is opened, or be refused in the same words. */
enum ledger_news followed__refresh(void)
{
    struct ledger *opened = NULL;
    struct ledger_error now = {.text = ""}, then = {.text = ""};
    enum ledger_news news = ledger__refresh(at.ledger, &now);
    int result = ledger__open(&opened, at.path, &then);
    char *followed = followed__dump(at.ledger);
    if (result == 0) {
        char *text = followed__dump(opened);
        assert_true(news >= LEDGER_SAME && news < LEDGER_REMOVED);
        assert_same_text(followed, text);
        free(text);
        ledger__close(opened);
    } else {
        assert_int_equal(news, then.why == LEDGER_NOT_THERE ? LEDGER_REMOVED : LEDGER_LOST);
        assert_string_equal(now.text, then.text);
        assert_one_clear_line(&now);
    }
    free(followed);
    return news;
}

void followed__expect(enum ledger_news wanted)
{
    assert_int_equal(followed__refresh(), wanted);
}
