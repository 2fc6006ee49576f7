/* What is said of a program before it is run: real files, made here with the compiler, and a few bytes of ELF. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "run/target.h"

static char place[] = "/tmp/leakwatch-target.XXXXXX";

static int make_place(void **state)
{
    (void)state;
    return mkdtemp(place) != NULL && chdir(place) == 0 ? 0 : -1;
}

static int remove_place(void **state)
{
    static const char *const names[] = {"file", "script", "env-script", "deep", "loop"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(names[i]);
    return chdir("/") == 0 && rmdir(place) == 0 ? 0 : -1;
}

static void write_file(const char *name, const void *bytes, size_t length, mode_t mode)
{
    unlink(name);
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void write_script(const char *name, const char *text)
{
    write_file(name, text, strlen(text), 0755);
}

static void assert_target(const char *command, enum target_state state, const char *words)
{
    struct target target;
    target__check(&target, command);
    if (target.state != state || (words != NULL && (target.reason == NULL || strstr(target.reason, words) == NULL)))
        fail_msg("%s: state %d, %s", command, (int)target.state, target.reason ? target.reason : "nothing said");
    if (words == NULL)
        assert_null(target.reason);
    else
        assert_null(strchr(target.reason, '\n'));
    target__clear(&target);
}

static void usual_programs_are_watchable(void **state)
{
    (void)state;
    assert_target("ls", TARGET_WATCHABLE, NULL);
    assert_target("/bin/sh", TARGET_WATCHABLE, NULL);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    assert_target("leakwatch-no-such-command", TARGET_NOT_FOUND, "command not found");
    assert_target("./nothing", TARGET_NOT_FOUND, "./nothing");
    assert_target("", TARGET_NOT_FOUND, "command not found");
}

static void what_cannot_be_executed_is_said(void **state)
{
    (void)state;
    write_file("file", "text", 4, 0644);
    assert_target("./file", TARGET_NOT_EXECUTABLE, "cannot be executed");
    assert_target("/", TARGET_NOT_EXECUTABLE, "directory");
}

static void scripts_are_looked_through(void **state)
{
    (void)state;
    write_script("script", "#!/bin/sh\nexit 0\n");
    assert_target("./script", TARGET_WATCHABLE, NULL);
    write_script("script", "echo no first line\n");
    assert_target("./script", TARGET_WATCHABLE, NULL);
    write_script("script", "#!/nowhere/python\n");
    assert_target("./script", TARGET_NOT_EXECUTABLE, "/nowhere/python");
    write_script("env-script", "#!/usr/bin/env -S A=b leakwatch-no-such-command -x\n");
    assert_target("./env-script", TARGET_NOT_EXECUTABLE, "leakwatch-no-such-command");
    write_script("env-script", "#!/usr/bin/env sh\n");
    assert_target("./env-script", TARGET_WATCHABLE, NULL);
    char line[sizeof place + 16];
    snprintf(line, sizeof line, "#!%s/loop\n", place);
    write_script("loop", line);
    assert_target("./loop", TARGET_WATCHABLE, NULL); /* exec will judge it */
}

/* ---- ELF --------------------------------------------------------------------------------------------------------- */

struct image {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    char loader[64];
    struct {
        uint32_t name_size, size, type;
        char name[4];
    } note;
};

static struct image usual_image(const char *loader)
{
    struct image image = {
        .header = {.e_type = ET_DYN,
                   .e_machine = sizeof(void *) == 8 ? EM_X86_64 : EM_NONE,
                   .e_version = EV_CURRENT,
                   .e_phoff = offsetof(struct image, segments),
                   .e_ehsize = sizeof(Elf64_Ehdr),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 2},
        .segments = {{.p_type = PT_INTERP, .p_offset = offsetof(struct image, loader), .p_filesz = strlen(loader) + 1},
                     {.p_type = PT_LOAD}},
        .note = {.name_size = 4, .type = 4},
    };
#if defined __aarch64__
    image.header.e_machine = EM_AARCH64;
#endif
    memcpy(image.header.e_ident, ELFMAG, SELFMAG);
    image.header.e_ident[EI_CLASS] = ELFCLASS64;
    image.header.e_ident[EI_DATA] = ELFDATA2LSB;
    image.header.e_ident[EI_VERSION] = EV_CURRENT;
    if (loader[0] == '\0')
        image.segments[0].p_type = PT_NULL;
    snprintf(image.loader, sizeof image.loader, "%s", loader);
    return image;
}

static void assert_image(const struct image *image, mode_t mode, enum target_state state, const char *words)
{
    write_file("file", image, sizeof *image, mode);
    assert_target("./file", state, words);
}

static void what_loads_a_program_decides(void **state)
{
    (void)state;
    const struct image fixed = usual_image(""), missing = usual_image("/nowhere/ld-linux.so.2");
    const struct image musl = usual_image("/lib/ld-musl-x86_64.so.1"), other = usual_image("/bin/sh");
    assert_image(&fixed, 0755, TARGET_UNWATCHABLE, "statically linked");
    assert_image(&missing, 0755, TARGET_NOT_EXECUTABLE, "/nowhere/ld-linux.so.2");
    assert_image(&musl, 0755, TARGET_INCOMPATIBLE, "musl");
    assert_image(&other, 0755, TARGET_INCOMPATIBLE, "glibc");
}

static void pure_go_programs_are_known(void **state)
{
    (void)state;
    struct image go = usual_image("");
    memcpy(go.note.name, "Go\0", 4);
    go.segments[1] = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = offsetof(struct image, note), .p_filesz = 16};
    assert_image(&go, 0755, TARGET_UNWATCHABLE, "Go program");
}

static void other_machines_are_named(void **state)
{
    (void)state;
    struct image image = usual_image("/lib/ld-linux.so.2");
    image.header.e_machine = EM_RISCV;
    assert_image(&image, 0755, TARGET_INCOMPATIBLE, "RISC-V");
    Elf32_Ehdr small = {.e_type = ET_DYN, .e_machine = EM_386, .e_version = EV_CURRENT, .e_ehsize = sizeof small};
    memcpy(small.e_ident, ELFMAG, SELFMAG);
    small.e_ident[EI_CLASS] = ELFCLASS32;
    small.e_ident[EI_DATA] = ELFDATA2LSB;
    small.e_ident[EI_VERSION] = EV_CURRENT;
    write_file("file", &small, sizeof small, 0755);
    assert_target("./file", TARGET_INCOMPATIBLE, "32-bit x86");
}

static void more_rights_than_ours_are_said(void **state)
{
    (void)state;
    struct statvfs mount;
    if (geteuid() != 0 || statvfs(".", &mount) != 0 || (mount.f_flag & ST_NOSUID))
        skip();
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    assert_true(length > 0);
    path[length] = '\0';
    char command[4200];
    snprintf(command, sizeof command, "cp '%s' file", path);
    assert_int_equal(system(command), 0);
    assert_target("./file", TARGET_WATCHABLE, NULL);
    assert_int_equal(chmod("file", 04755), 0); /* root's own: nothing is gained */
    assert_target("./file", TARGET_WATCHABLE, NULL);
    assert_int_equal(chown("file", 12345, 12345), 0);
    assert_int_equal(chmod("file", 04755), 0);
    assert_target("./file", TARGET_UNWATCHABLE, "set-user-ID");
    assert_int_equal(chmod("file", 02755), 0);
    assert_target("./file", TARGET_UNWATCHABLE, "set-group-ID");
}

static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    struct image image = usual_image("/lib64/ld-linux-x86-64.so.2");
    struct target target;
    for (size_t length = 4; length < sizeof image; length += 3) {
        write_file("file", &image, length, 0755);
        target__check(&target, "./file");
        target__clear(&target);
    }
    image.segments[0].p_offset = UINT64_MAX - 3;
    image.segments[0].p_filesz = UINT64_MAX;
    write_file("file", &image, sizeof image, 0755);
    target__check(&target, "./file");
    target__clear(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_programs_are_watchable),    cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(what_cannot_be_executed_is_said), cmocka_unit_test(scripts_are_looked_through),
        cmocka_unit_test(what_loads_a_program_decides),    cmocka_unit_test(pure_go_programs_are_known),
        cmocka_unit_test(other_machines_are_named),        cmocka_unit_test(more_rights_than_ours_are_said),
        cmocka_unit_test(damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
