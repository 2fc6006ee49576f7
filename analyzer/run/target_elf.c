/* Can an ELF executable be watched? It must be loaded by glibc's dynamic loader, which must heed LD_PRELOAD. */
#include "target_elf.h"

#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/heap.h"
#include "source/path.h"

#if defined __x86_64__
enum { OWN_MACHINE = EM_X86_64, OWN_CLASS = ELFCLASS64 };
#elif defined __aarch64__
enum { OWN_MACHINE = EM_AARCH64, OWN_CLASS = ELFCLASS64 };
#else
#error "leakwatch knows x86_64 and aarch64 only"
#endif

enum { LOADER_PATH = 256 };

struct look {
    const char *path;
    int fd;
    Elf *elf;
    char loader[LOADER_PATH]; /* PT_INTERP; empty: none */
    bool is_go;
    char **reason;
};

static enum target_state say(const struct look *look, enum target_state state, const char *text)
{
    *look->reason = heap__printed("%s %s", look->path, text);
    return state;
}

static const struct machine {
    unsigned number;
    const char *name;
} machines[] = {
    {EM_386, "32-bit x86"}, {EM_X86_64, "x86_64"},        {EM_ARM, "32-bit ARM"}, {EM_AARCH64, "aarch64"},
    {EM_RISCV, "RISC-V"},   {EM_PPC64, "64-bit PowerPC"}, {EM_S390, "s390"},      {EM_MIPS, "MIPS"},
};

static enum target_state check_machine(const struct look *look)
{
    GElf_Ehdr header;
    if (gelf_getehdr(look->elf, &header) == NULL)
        return TARGET_WATCHABLE; /* exec will judge it */
    if (header.e_machine == OWN_MACHINE && header.e_ident[EI_CLASS] == OWN_CLASS)
        return TARGET_WATCHABLE;
    const char *name = "another machine";
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (machines[i].number == header.e_machine)
            name = machines[i].name;
    *look->reason = heap__printed("%s is a program for %s%s, and this leakwatch watches %s; build it for that",
                                  look->path, name, header.e_machine == OWN_MACHINE ? " in 32-bit form" : "",
                                  OWN_MACHINE == EM_X86_64 ? "x86_64" : "aarch64");
    return TARGET_INCOMPATIBLE;
}

static void read_loader(struct look *look, const GElf_Phdr *header)
{
    size_t length = header->p_filesz < sizeof look->loader ? (size_t)header->p_filesz : sizeof look->loader - 1;
    ssize_t got = pread(look->fd, look->loader, length, (off_t)header->p_offset);
    look->loader[got > 0 ? got : 0] = '\0';
}

/* Go's linker leaves a note of its own. */
static void read_note(struct look *look, const GElf_Phdr *header)
{
    char note[16] = "";
    if (pread(look->fd, note, sizeof note, (off_t)header->p_offset) == sizeof note)
        look->is_go = look->is_go || memcmp(note + 12, "Go\0", 4) == 0;
}

static void read_segments(struct look *look)
{
    size_t count = 0;
    if (elf_getphdrnum(look->elf, &count) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (gelf_getphdr(look->elf, (int)i, &header) == NULL)
            continue;
        if (header.p_type == PT_INTERP)
            read_loader(look, &header);
        else if (header.p_type == PT_NOTE)
            read_note(look, &header);
    }
}

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static bool is_glibcs(const char *name)
{
    return (begins(name, "ld-") && !begins(name, "ld-musl")) || begins(name, "ld.so");
}

/* A name that is not glibc's loader: musl's, Android's. Who executes the loader itself has it load a program. */
static enum target_state check_loader(const struct look *look)
{
    const char *name = base_name(look->loader);
    if (look->loader[0] == '\0' && is_glibcs(base_name(look->path)))
        return TARGET_WATCHABLE;
    if (look->loader[0] == '\0' && look->is_go)
        return say(look, TARGET_UNWATCHABLE,
                   "is a pure Go program, which calls the kernel itself: nothing of it can be seen");
    if (look->loader[0] == '\0')
        return say(
            look, TARGET_UNWATCHABLE,
            "is statically linked, so libleakwatch.so cannot be loaded into it; link it dynamically to watch it");
    if (begins(name, "ld-musl"))
        return say(look, TARGET_INCOMPATIBLE,
                   "is linked with musl, and libleakwatch.so needs glibc; link it with glibc to watch it");
    if (access(look->loader, X_OK) != 0) {
        *look->reason = heap__printed("%s: its loader %s is not there; install the C library that it was linked with",
                                      look->path, look->loader);
        return TARGET_NOT_EXECUTABLE;
    }
    if (!is_glibcs(name))
        return say(look, TARGET_INCOMPATIBLE, "is not loaded by glibc's loader; link it with glibc to watch it");
    return TARGET_WATCHABLE;
}

/* The loader ignores LD_PRELOAD where exec gives more rights than the caller has. */
static enum target_state check_rights(const struct look *look)
{
    struct stat status;
    struct statvfs mount;
    if (fstat(look->fd, &status) != 0 || (fstatvfs(look->fd, &mount) == 0 && (mount.f_flag & ST_NOSUID)))
        return TARGET_WATCHABLE;
    bool user = (status.st_mode & S_ISUID) && status.st_uid != geteuid();
    bool group = (status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && status.st_gid != getegid();
    bool capabilities = geteuid() != 0 && fgetxattr(look->fd, "security.capability", NULL, 0) > 0;
    if (user || group)
        return say(look, TARGET_UNWATCHABLE,
                   user ? "is set-user-ID, so the loader ignores LD_PRELOAD; watch a copy without that bit"
                        : "is set-group-ID, so the loader ignores LD_PRELOAD; watch a copy without that bit");
    if (capabilities)
        return say(look, TARGET_UNWATCHABLE,
                   "has file capabilities, so the loader ignores LD_PRELOAD; watch a copy without them");
    return TARGET_WATCHABLE;
}

static enum target_state check_language(const struct look *look)
{
    if (look->is_go)
        *look->reason = heap__printed("%s is a Go program: only what its C code does can be seen", look->path);
    return TARGET_WATCHABLE;
}

static enum target_state check(struct look *look)
{
    static enum target_state (*const checks[])(const struct look *) = {check_machine, check_loader, check_rights,
                                                                       check_language};
    enum target_state state = TARGET_WATCHABLE;
    read_segments(look);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && state == TARGET_WATCHABLE; i++)
        state = checks[i](look);
    return state;
}

enum target_state target_elf__check(const char *path, int fd, char **reason)
{
    struct look look = {.path = path, .fd = fd, .reason = reason};
    elf_version(EV_CURRENT);
    look.elf = elf_begin(fd, ELF_C_READ, NULL);
    if (look.elf == NULL || elf_kind(look.elf) != ELF_K_ELF) {
        elf_end(look.elf);
        return TARGET_WATCHABLE; /* exec will judge it */
    }
    enum target_state state = check(&look);
    elf_end(look.elf);
    return state;
}
