/* Saves a document as editors do: a lock, a backup of what was there, a temporary file that then takes the document's
 * place. It does what it should as long as nothing fails. Two faults are planted for `leakwatch sweep` to find, on paths
 * that only a failure takes; with an argument both are mended.
 *
 * expect-exit: 0
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool mended;

static bool failed(const char *what)
{
    perror(what);
    return false;
}

/* Not inlined: a compiler would make one call of this and of the faulty one. */
static bool __attribute__((noinline)) closed(FILE *stream, const char *path)
{
    return fclose(stream) == 0 || failed(path);
}

/* Planted: whether the backup arrived on the disk is not asked. */
static bool __attribute__((noinline)) back_up(const char *from, const char *to)
{
    char text[100];
    FILE *in = fopen(from, "r");
    if (!in)
        return true; /* nothing there yet */
    FILE *out = fopen(to, "w");
    if (!out) {
        fclose(in);
        return failed(to);
    }
    size_t length = fread(text, 1, sizeof text, in);
    bool written = fwrite(text, 1, length, out) == length;
    fclose(in);
    if (mended)
        return closed(out, to) && written;
    fclose(out); /* fault: swallowed */
    return written;
}

static bool write_all(int fd, const char *text)
{
    bool good = write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fsync(fd) == 0;
    return (close(fd) == 0) & good;
}

/* Planted: without a temporary file, the lock stays open. */
static bool __attribute__((noinline)) save(const char *document, const char *text)
{
    char temporary[] = "document.XXXXXX";
    int lock = open("document.lock", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (lock < 0)
        return failed("document.lock");
    int fd = mkstemp(temporary);
    if (fd < 0) {
        if (mended)
            close(lock);
        return failed(temporary); /* fault: leaked */
    }
    bool good = write_all(fd, text) && rename(temporary, document) == 0;
    if (!good)
        perror(document);
    unlink(temporary);
    return close(lock) == 0 ? good : failed("document.lock");
}

int main(int count, char **arguments)
{
    mended = count > 1 && strcmp(arguments[1], "mended") == 0;
    if (!save("letter.txt", "first\n") || !back_up("letter.txt", "letter.txt~") || !save("letter.txt", "second\n"))
        return 1;
    puts("saved");
    return 0;
}
