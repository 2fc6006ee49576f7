/* What ledgers were resolved to, in files beside them. */
#include "symbol_files.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/output.h"
#include "ledger/merged.h"
#include "source/path.h"
#include "symbol/resolved.h"

static const char suffix[] = ".symbols", prefix[] = "leakwatch.";

static bool is_one(const char *name)
{
    size_t length = strlen(name), ending = sizeof suffix - 1;
    return length > ending && strcmp(name + length - ending, suffix) == 0 &&
           strncmp(name, prefix, sizeof prefix - 1) == 0;
}

int symbol_files__take(struct symbols *symbols, const struct merged *merged, const char *path)
{
    uint64_t size;
    const unsigned char *bytes = merged__symbols(merged, &size);
    const char *wrong = bytes != NULL ? resolved__read(symbols, bytes, size) : NULL;
    if (wrong == NULL)
        return 0;
    complain("%s: damaged, nothing of it is used: %s", path, wrong);
    return -1;
}

static void read_file(struct symbols *symbols, const char *path)
{
    struct merged *merged;
    struct ledger_error error;
    if (merged__open(&merged, path, &error) != 0) {
        complain("%s", error.text);
        return;
    }
    symbol_files__take(symbols, merged, path);
    merged__close(merged);
}

static int is_wanted(const struct dirent *entry)
{
    return is_one(entry->d_name);
}

void symbol_files__list(struct ledger_list *list, const char *directory)
{
    struct dirent **found = NULL;
    int count = scandir(directory[0] != '\0' ? directory : "/", &found, is_wanted, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = heap__printed("%s/%s", directory, found[i]->d_name);
        ledger_list__add(list, path);
        free(path);
        free(found[i]);
    }
    free(found);
}

static void read_directory(struct symbols *symbols, const char *directory)
{
    struct ledger_list files = {.count = 0};
    symbol_files__list(&files, directory);
    for (size_t i = 0; i < files.count; i++)
        read_file(symbols, files.paths[i]);
    ledger_list__clear(&files);
}

static char *directory_of(const char *path)
{
    const char *name = base_name(path);
    return name == path ? heap__copied(".") : heap__printed("%.*s", (int)(name - path - 1), path);
}

/* Ledgers of one directory may lie apart in the list, which is ordered by programs. */
void symbol_files__read(struct symbols *symbols, const struct ledger_list *ledgers)
{
    struct ledger_list directories = {.count = 0};
    for (size_t i = 0; i < ledgers->count; i++) {
        char *directory = directory_of(ledgers->paths[i]);
        if (directories.count == 0 || strcmp(directories.paths[directories.count - 1], directory) != 0)
            ledger_list__add(&directories, directory);
        free(directory);
    }
    ledger_list__sort(&directories);
    for (size_t i = 0; i < directories.count; i++)
        if (i == 0 || strcmp(directories.paths[i - 1], directories.paths[i]) != 0)
            read_directory(symbols, directories.paths[i]);
    ledger_list__clear(&directories);
}

int symbol_files__write(struct symbols *symbols, const char *directory, const char *program)
{
    struct output output;
    struct timespec now;
    uint64_t size;
    unsigned char *bytes = resolved__bytes(symbols, &size);
    clock_gettime(CLOCK_REALTIME, &now);
    char *path = heap__printed("%s/%s%.100s.%d.%lld%09ld%s", directory, prefix, base_name(program), (int)getpid(),
                               (long long)now.tv_sec, now.tv_nsec, suffix);
    int result = output__open(&output, path);
    if (result == 0) {
        merged__write_header(output.file);
        merged__write_symbols(output.file, bytes, size);
        merged__write_end(output.file, 0);
        result = output__close(&output);
    }
    free(path);
    free(bytes);
    return result;
}
