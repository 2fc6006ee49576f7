/* A ledger cut off anywhere, with any byte flipped, with holes where it claims tables: it is walked, or refused in one
 * clear line. */
#include "ledger_assert.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ledger_maker.h"

static struct file {
    struct maker *maker;
    unsigned char *bytes;
    size_t size;
    int fd;
    char path[64];
} file;

static int make_file(void **state)
{
    (void)state;
    file.maker = maker__everything();
    file.bytes = maker__bytes(file.maker, &file.size);
    file.fd = memfd_create("ledger", MFD_CLOEXEC);
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
    return pwrite(file.fd, file.bytes, file.size, 0) == (ssize_t)file.size ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    close(file.fd);
    maker__free(file.maker);
    return 0;
}

static void put_byte(size_t offset, unsigned char byte)
{
    assert_int_equal(pwrite(file.fd, &byte, 1, (off_t)offset), 1);
}

static void cut_off_at_every_byte_of_the_header(void **state)
{
    (void)state;
    for (size_t size = 0; size <= sizeof(struct lw_header); size++) {
        assert_int_equal(ftruncate(file.fd, (off_t)size), 0);
        assert_int_equal(pwrite(file.fd, file.bytes, size, 0), size);
        assert_true(look_at(file.path) == (size == sizeof(struct lw_header)));
    }
    assert_int_equal(pwrite(file.fd, file.bytes, file.size, 0), file.size);
}

static void cut_off_behind_the_header(void **state)
{
    (void)state;
    for (size_t size = file.size; size > sizeof(struct lw_header); size -= size % 61 + 1) {
        assert_int_equal(ftruncate(file.fd, (off_t)size), 0);
        assert_true(look_at(file.path));
    }
    assert_int_equal(pwrite(file.fd, file.bytes, file.size, 0), file.size);
}

static void every_byte_of_the_header_flipped(void **state)
{
    (void)state;
    static const unsigned char masks[] = {0xff, 0x01, 0x80};
    size_t opened = 0;
    for (size_t i = 0; i < sizeof(struct lw_header); i++) {
        put_byte(i, (unsigned char)(file.bytes[i] ^ masks[i % 3]));
        opened += look_at(file.path);
        put_byte(i, file.bytes[i]);
    }
    assert_true(opened > sizeof(struct lw_header) * 9 / 10);
    assert_true(look_at(file.path));
}

/* Sanitizers take thirty times as long for each. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 61
#else
#define STRIDE 7
#endif

static void many_bytes_of_the_rest_flipped(void **state)
{
    (void)state;
    for (size_t i = sizeof(struct lw_header); i < file.size; i += STRIDE) {
        put_byte(i, (unsigned char)~file.bytes[i]);
        assert_true(look_at(file.path));
        put_byte(i, file.bytes[i]);
    }
}

static void noise_behind_a_sound_beginning(void **state)
{
    (void)state;
    static const size_t beginnings[] = {0, 8, 64, offsetof(struct lw_header, handles), sizeof(struct lw_header)};
    unsigned seed = 4711;
    for (unsigned round = 0; round < 200; round++) {
        size_t from = beginnings[round % 5];
        for (size_t i = from; i < file.size; i++) {
            seed = seed * 1103515245 + 12345;
            file.bytes[i] = (unsigned char)(seed >> 16);
        }
        assert_int_equal(pwrite(file.fd, file.bytes, file.size, 0), file.size);
        look_at(file.path);
    }
    remove_file(NULL);
    make_file(NULL);
}

/* ---- Sizes that are claimed */

static void more_than_two_gibibytes_are_refused(void **state)
{
    (void)state;
    put_byte(offsetof(struct lw_header, used) + 5, 1); /* one TiB more */
    assert_int_equal(ftruncate(file.fd, 10LL << 40), 0);
    assert_refused(file.path, "beyond 2 GiB");
    assert_int_equal(ftruncate(file.fd, (off_t)file.size), 0);
    put_byte(offsetof(struct lw_header, used) + 5, file.bytes[offsetof(struct lw_header, used) + 5]);
}

/* Two gigabytes of hole, and tables that say that they fill it. */
static void holes_that_claim_to_be_tables_take_no_memory(void **state)
{
    (void)state;
    struct lw_header header = *(struct lw_header *)(void *)file.bytes;
    header.used = 2ULL << 30;
    for (unsigned id = 0; id < LW_TABLES; id++) {
        header.tables[id].cap = header.tables[id].count = UINT32_MAX;
        for (unsigned k = 0; k < LW_SEGMENTS; k++)
            header.tables[id].segments[k] = 1 << 20;
    }
    for (unsigned g = 0; g < LW_HANDLE_GENERATIONS; g++)
        header.handles.slots[g] = header.handles.keys[g] = 1 << 20;
    for (unsigned i = 0; i < LW_FD_FANOUT; i++)
        header.fds[i] = 1 << 20;
    assert_int_equal(pwrite(file.fd, &header, sizeof header, 0), sizeof header);
    assert_int_equal(ftruncate(file.fd, 2LL << 30), 0);
    assert_true(look_at(file.path));
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    assert_true(usage.ru_maxrss < 1024 * 1024);
    assert_int_equal(ftruncate(file.fd, (off_t)file.size), 0);
    assert_int_equal(pwrite(file.fd, file.bytes, file.size, 0), file.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_off_at_every_byte_of_the_header),
        cmocka_unit_test(cut_off_behind_the_header),
        cmocka_unit_test(every_byte_of_the_header_flipped),
        cmocka_unit_test(many_bytes_of_the_rest_flipped),
        cmocka_unit_test(noise_behind_a_sound_beginning),
        cmocka_unit_test(more_than_two_gibibytes_are_refused),
        cmocka_unit_test(holes_that_claim_to_be_tables_take_no_memory),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
