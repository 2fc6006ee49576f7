/* A library mapped without the loader: bound, used, found where it lies; and files that are none are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stack/library_path.h"
#include "stack/private_library.h"

#define NAME "libunwind.so.8"

static int asked;
static char found[4096];

static long nothing(void)
{
    return 0;
}

static void *provide(const char *name)
{
    asked += strcmp(name, "dl_iterate_phdr") == 0;
    return (void *)nothing;
}

static int map(const char *path, void *context)
{
    int result = lw_library_map(context, path, provide);
    if (result == 0)
        snprintf(found, sizeof found, "%s", path);
    return result;
}

static void maps_and_binds(void **state)
{
    (void)state;
    struct lw_library library, other;
    assert_int_equal(lw_library_search(NAME, map, &library), 0);
    assert_int_equal(lw_library_search(NAME, map, &other), 0);
    assert_true(library.base != other.base);
    assert_true(asked > 0);
    assert_non_null(lw_library_symbol(&library, "_Ux86_64_flush_cache"));
    assert_null(lw_library_symbol(&library, "no_such_function"));
    assert_null(lw_library_symbol(&library, "dl_iterate_phdr")); /* it only uses that */
    lw_library_unmap(&library);
    assert_int_equal(library.base, 0);
    lw_library_unmap(&other);
}

/* Its functions work: what they call is what they were given. */
static void runs(void **state)
{
    (void)state;
    struct lw_library library;
    assert_int_equal(lw_library_search(NAME, map, &library), 0);
    void *symbol = lw_library_symbol(&library, "_Ux86_64_regname");
    assert_non_null(symbol);
    const char *(*name_of)(int);
    memcpy(&name_of, &symbol, sizeof name_of);
    assert_string_equal(name_of(0), "RAX");
    assert_string_equal(name_of(7), "RSP");
    lw_library_unmap(&library);
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* However much of it is missing. */
static void refuses_what_is_cut(void **state)
{
    (void)state;
    struct lw_library library;
    assert_int_equal(lw_library_search(NAME, map, &library), 0);
    lw_library_unmap(&library);
    int fd = open(found, O_RDONLY);
    struct stat about;
    assert_int_equal(fstat(fd, &about), 0);
    size_t size = (size_t)about.st_size;
    uint8_t *bytes = malloc(size);
    assert_int_equal(read(fd, bytes, size), (ssize_t)size);
    close(fd);
    const Elf64_Ehdr *header = (const void *)bytes;
    const Elf64_Phdr *segment = (const void *)(bytes + header->e_phoff);
    size_t needed = 0;
    for (int i = 0; i < header->e_phnum; i++)
        if (segment[i].p_type == PT_LOAD && segment[i].p_offset + segment[i].p_filesz > needed)
            needed = segment[i].p_offset + segment[i].p_filesz;
    char path[] = "/tmp/leakwatch-library.XXXXXX";
    close(mkstemp(path));
    for (size_t cut = 0; cut < needed; cut += cut < 1024 ? 1 : 997) {
        write_file(path, bytes, cut);
        assert_int_equal(lw_library_map(&library, path, provide), -ENOEXEC);
        assert_int_equal(library.base, 0);
    }
    write_file(path, bytes, needed); /* sections are not needed */
    assert_int_equal(lw_library_map(&library, path, provide), 0);
    lw_library_unmap(&library);
    Elf64_Ehdr foreign = *header;
    foreign.e_machine = EM_SPARC;
    write_file(path, (const void *)&foreign, sizeof foreign);
    assert_int_equal(lw_library_map(&library, path, provide), -ENOENT); /* another machine's: looked for elsewhere */
    unlink(path);
    free(bytes);
    assert_int_equal(lw_library_map(&library, path, provide), -ENOENT);
    assert_int_equal(lw_library_map(&library, "/tmp", provide), -ENOEXEC);
    assert_int_equal(lw_library_map(&library, "/dev/null", provide), -ENOEXEC);
}

/* ---- Where it is looked for ---- */

static char tried[65536];

static int note(const char *path, void *context)
{
    snprintf(tried + strlen(tried), sizeof tried - strlen(tried), "%s\n", path);
    return context && strcmp(path, context) == 0 ? 0 : -ENOENT;
}

static void looks_where_the_loader_does(void **state)
{
    (void)state;
    setenv("LD_LIBRARY_PATH", "/first:/second", 1);
    lw_library_path_start();
    unsetenv("LD_LIBRARY_PATH");
    assert_int_equal(lw_library_search(NAME, note, NULL), -ENOENT);
    assert_memory_equal(tried, "/first/" NAME "\n/second/" NAME "\n/usr/lib", 40);
    tried[0] = 0;
    assert_int_equal(lw_library_search(NAME, note, "/second/" NAME), 0);
    assert_string_equal(tried, "/first/" NAME "\n/second/" NAME "\n");
}

/* What ldconfig knows of, wherever that is. */
static void reads_what_ldconfig_wrote(void **state)
{
    (void)state;
    if (access("/etc/ld.so.cache", R_OK) != 0)
        skip();
    char cached[300];
    FILE *list = popen("/sbin/ldconfig -p | sed -n 's/.*libc.so.6 (libc6,.*=> //p'", "r");
    assert_non_null(list);
    assert_non_null(fgets(cached, sizeof cached, list));
    pclose(list);
    char line[310];
    snprintf(line, sizeof line, "\n%s", cached); /* it ends with a newline */
    tried[0] = 0;
    assert_int_equal(lw_library_search("libc.so.6", note, NULL), -ENOENT);
    assert_non_null(strstr(tried, line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_and_binds),
        cmocka_unit_test(runs),
        cmocka_unit_test(refuses_what_is_cut),
        cmocka_unit_test(looks_where_the_loader_does),
        cmocka_unit_test(reads_what_ldconfig_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
