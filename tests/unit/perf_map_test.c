/* perf's maps of processes, whoever wrote them, and the frames that their names become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/pool.h"
#include "symbol/generated.h"
#include "symbol/perf_map.h"

#define MAP "map.txt"

static struct pool *pool;
static char directory[] = "/tmp/leakwatch-perf-map.XXXXXX";

static int enter(void **state)
{
    (void)state;
    pool = pool__new();
    return mkdtemp(directory) == NULL || chdir(directory) != 0;
}

static int leave(void **state)
{
    (void)state;
    pool__free(pool);
    unlink(MAP);
    return chdir("/") != 0 || rmdir(directory) != 0;
}

static struct perf_map_owner mine(void)
{
    return (struct perf_map_owner){.uid = getuid(), .start = (double)time(NULL) - 60};
}

static void write_map(const char *bytes, size_t length)
{
    unlink(MAP);
    FILE *file = fopen(MAP, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* What the map says of 0x1000, 0x1010 and 0x2000. */
static struct perf_map_place places[3];
static const char *read_map(const struct perf_map_owner *owner)
{
    memset(places, 0, sizeof places);
    places[0].address = 0x1000;
    places[1].address = 0x1010;
    places[2].address = 0x2000;
    return perf_map__read(MAP, owner, places, 3, pool);
}

static void assert_named(const char *text, const char *first, const char *second, const char *third)
{
    const char *expected[] = {first, second, third};
    struct perf_map_owner owner = mine();
    write_map(text, strlen(text));
    assert_null(read_map(&owner));
    for (size_t i = 0; i < 3; i++) {
        if (expected[i] == NULL)
            assert_null(places[i].name);
        else
            assert_string_equal(places[i].name, expected[i]);
    }
}

static void names_what_lies_there(void **state)
{
    (void)state;
    assert_named("1000 10 one\n1010 10 two words\n0x2000 0x1 three\n", "one", "two words", "three");
    assert_named("2000 10 three\n1000 20 both\n", "both", "both", "three"); /* in no order */
    assert_named("1000 20 old\n1010 8 new\n", "old", "new", NULL);          /* the later one holds */
    assert_named("1001 f beside\n0 1000 below\n2001 10 above\n", NULL, NULL, NULL);
    assert_named("", NULL, NULL, NULL);
}

static void survives_what_is_no_map(void **state)
{
    (void)state;
    assert_named("1000 10 cut off", NULL, NULL, NULL); /* it is being written */
    assert_named("1000\n1000 10\n1000 10 \n 1000 10 x\n-1000 10 x\n1000 -10 x\n1000 0 x\n\n", NULL, NULL, NULL);
    assert_named("fffffffffffffff0 20 beyond\n0 ffffffffffffffffff too much\n", NULL, NULL, NULL);
    assert_named("1000 ffffffffffffffff beyond\n1000 10 fine\n", "fine", NULL, NULL);
    static const char binary[] = "\0\xff\x80 1000 10 x\n1000 10 \xff\x01y\0z\n1010 10 fine\n";
    struct perf_map_owner owner = mine();
    write_map(binary, sizeof binary - 1);
    assert_null(read_map(&owner));
    assert_string_equal(places[0].name, "\xff\x01y");
    assert_string_equal(places[1].name, "fine");
}

static void cuts_long_lines(void **state)
{
    (void)state;
    struct perf_map_owner owner = mine();
    char *text = malloc(3000000);
    assert_non_null(text);
    memset(text, 'x', 3000000);
    memcpy(text, "1000 10 ", 8);
    memcpy(text + 2999980, "\n1010 10 short     \n", 20);
    write_map(text, 3000000);
    free(text);
    assert_null(read_map(&owner));
    assert_in_range(strlen(places[0].name), 500, 2000);
    assert_string_equal(places[1].name, "short     ");
}

/* Each of many lines names all of many places. */
static void gives_up_on_what_never_ends(void **state)
{
    (void)state;
    enum { PLACES = 4096, LINES = 40000 };
    static struct perf_map_place many[PLACES];
    struct perf_map_owner owner = mine();
    for (uint64_t i = 0; i < PLACES; i++)
        many[i].address = 0x1000 + i;
    char *text = malloc((size_t)LINES * 13 + 1);
    assert_non_null(text);
    for (size_t i = 0; i < LINES; i++)
        memcpy(text + i * 13, "1000 1000 it\n", 13);
    write_map(text, (size_t)LINES * 13);
    free(text);
    assert_non_null(perf_map__read(MAP, &owner, many, PLACES, pool));
    assert_string_equal(many[PLACES - 1].name, "it");
}

static void refuses_what_is_not_its(void **state)
{
    (void)state;
    static const char text[] = "1000 10 one\n";
    struct perf_map_owner owner = mine(), older = owner, ended = owner;
    write_map(text, strlen(text));
    older.start += 3600;
    assert_non_null(strstr(read_map(&older), "older"));
    assert_null(places[0].name);
    ended.end = ended.start + 1;
    assert_non_null(strstr(read_map(&ended), "after its process had ended"));
    assert_null(places[0].name);
    if (getuid() == 0) {
        assert_int_equal(chown(MAP, 65534, 65534), 0);
        assert_non_null(strstr(read_map(&owner), "another user"));
        assert_null(places[0].name);
        owner.uid = 65534;
        assert_null(read_map(&owner));
        assert_string_equal(places[0].name, "one");
        assert_int_equal(chown(MAP, 0, 0), 0); /* root may write for others */
        assert_null(read_map(&owner));
        assert_string_equal(places[0].name, "one");
    }
    owner = mine();
    unlink(MAP);
    assert_null(read_map(&owner)); /* there is none */
    assert_int_equal(symlink("/etc/passwd", MAP), 0);
    assert_non_null(strstr(read_map(&owner), "link"));
    unlink(MAP);
    assert_int_equal(mkfifo(MAP, 0600), 0);
    assert_non_null(strstr(read_map(&owner), "no file"));
}

static void assert_frame(const char *name, const char *function, const char *file, int line, enum code_origin origin)
{
    struct frame frame = generated__frame(pool__text(pool, name), pool);
    assert_string_equal(frame.function, function);
    if (file == NULL)
        assert_null(frame.file);
    else
        assert_string_equal(frame.file, file);
    assert_int_equal(frame.line, line);
    assert_int_equal(frame.origin, origin);
    assert_true(frame.is_generated);
    assert_null(frame.module);
}

static void tells_names_as_frames(void **state)
{
    (void)state;
    assert_frame("JS:take /srv/my app/leak.js:3:21", "take", "/srv/my app/leak.js", 3, CODE_USER);
    assert_frame("LazyCompile:*take /srv/leak.js:3:21", "take", "/srv/leak.js", 3, CODE_USER);
    assert_frame("JS:^get size file:///srv/leak.mjs:7:1", "get size", "/srv/leak.mjs", 7, CODE_USER);
    assert_frame("Function:~ /srv/leak.js:1:1", "(anonymous)", "/srv/leak.js", 1, CODE_USER);
    assert_frame("LazyCompile:~take /srv/leak.js:3", "take", "/srv/leak.js", 3, CODE_USER);
    assert_frame("JS:~openSync node:fs:570:18", "openSync", "node:fs", 570, CODE_LIBRARY);
    assert_frame("JS:~use /srv/node_modules/pg/client.js:5:9", "use", "/srv/node_modules/pg/client.js", 5,
                 CODE_LIBRARY);
    assert_frame("JS:~odd", "odd", NULL, 0, CODE_LIBRARY);
    assert_frame("JS:", "(anonymous)", NULL, 0, CODE_LIBRARY);
    assert_frame("JS::::", ":::", NULL, 0, CODE_LIBRARY);
    assert_frame("JS:a:99999999999999999999:1", "a:99999999999999999999", NULL, 0, CODE_LIBRARY);
    assert_frame("Builtin:ArrayMap", "Builtin:ArrayMap", NULL, 0, CODE_LIBRARY);
    static const char *const users[] = {"void Leak.take(java.lang.String)", "java.lang.String shop.Leak.name(int)",
                                        "void [app] Program::<Main>$(string[])", "TRACE_1::leak.lua:12"};
    static const char *const libraries[] = {"void java.io.FileInputStream.open0(java.lang.String)", "Interpreter",
                                            "StubRoutines (1)", "throw_div0_exception Runtime1 stub",
                                            "void [System.Private.CoreLib] System.Threading.Thread::StartCallback()"};
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++)
        assert_frame(users[i], users[i], NULL, 0, CODE_USER);
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
        assert_frame(libraries[i], libraries[i], NULL, 0, CODE_LIBRARY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_lies_there),   cmocka_unit_test(survives_what_is_no_map),
        cmocka_unit_test(cuts_long_lines),         cmocka_unit_test(gives_up_on_what_never_ends),
        cmocka_unit_test(refuses_what_is_not_its), cmocka_unit_test(tells_names_as_frames),
    };
    return cmocka_run_group_tests_name("perf_map", tests, enter, leave);
}
