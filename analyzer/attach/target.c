/* Looks at a process before anything is done to it. */
#include "target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/process_file.h"
#include "base/process_stat.h"
#include "base/words.h"
#include "mappings.h"
#include "status.h"

enum { THREAD_DATA_MOST = 192 * 1024 };

/* ---- What is mapped ---------------------------------------------------------------------------------------------- */

static bool is_named(const char *path, const char *beginning)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && strncmp(slash + 1, beginning, strlen(beginning)) == 0;
}

/* What is seen of the mappings, by one look. */
struct sight {
    struct attach_target *target;
    bool libc_is_gone, is_sanitized, is_emulated, has_other_libc;
};

static bool is_program(uint32_t pid, const char *path)
{
    char link[64], program[4096];
    snprintf(link, sizeof link, "/proc/%" PRIu32 "/exe", pid);
    ssize_t length = readlink(link, program, sizeof program);
    return length > 0 && (size_t)length == strlen(path) && memcmp(program, path, (size_t)length) == 0;
}

static void take_file(void *context, const struct mapping *mapping)
{
    struct sight *sight = context;
    struct attach_target *target = sight->target;
    const char *path = mapping->path;
    struct image image;
    if (is_named(path, "libc.so.6") || is_named(path, "libc-2.")) {
        sight->libc_is_gone = strstr(path, " (deleted)") != NULL;
        if (target->libc.path == NULL)
            image__open(&target->libc, target->pid, path, mapping->start);
    } else if (is_named(path, "ld-linux") || is_named(path, "ld-2.")) {
        if (target->loader.path == NULL)
            image__open(&target->loader, target->pid, path, mapping->start);
    } else if (is_named(path, "libleakwatch.so")) {
        free(target->mapped_library);
        target->mapped_library = heap__copied(path);
        target->mapped_base = mapping->start;
    } else if (image__open(&image, target->pid, path, mapping->start)) {
        target->thread_data += image.thread_data;
        sight->is_sanitized |= image__symbol(&image, "__asan_init") != 0 || image__symbol(&image, "__tsan_init") != 0 ||
                               image__symbol(&image, "__msan_init") != 0;
        if (image__symbol(&image, "malloc") != 0) {
            target->allocator_start = image.code_start;
            target->allocator_end = image.code_end;
            target->allocates_itself = is_program(target->pid, path);
        }
        image__close(&image);
    }
    sight->has_other_libc |= is_named(path, "ld-musl") || is_named(path, "libc.musl");
    sight->is_emulated |= is_named(path, "vgpreload_");
}

/* ---- Why not ----------------------------------------------------------------------------------------------------- */

static char *refuse(const struct attach_target *target, const char *why)
{
    return heap__printed("process %" PRIu32 " (%s) %s", target->pid, target->name, why);
}

static bool is_other_namespace(uint32_t pid)
{
    char path[64], own[64] = "", its[64] = "";
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/ns/pid", pid);
    return readlink("/proc/self/ns/pid", own, sizeof own - 1) > 0 && readlink(path, its, sizeof its - 1) > 0 &&
           strcmp(own, its) != 0;
}

static char *refuse_traced(const struct attach_target *target, uint32_t tracer)
{
    struct status status;
    bool is_known = status__read(&status, tracer);
    return heap__printed("process %" PRIu32 " (%s) is under %s, process %" PRIu32 ": let that go first", target->pid,
                         target->name, is_known ? status.name : "a debugger", tracer);
}

static char *look_at_status(struct attach_target *target)
{
    struct process_stat stat;
    struct status status;
    if (!process_stat__read(&stat, target->pid) || !status__read(&status, target->pid))
        return heap__printed("there is no process %" PRIu32, target->pid);
    memcpy(target->name, status.name, sizeof target->name);
    if (status.kind != STATUS_PROCESS)
        return heap__printed("%" PRIu32 " is a thread of process %" PRIu32 ": name that", target->pid, status.process);
    if (stat.state == 'Z' || stat.state == 'X')
        return refuse(target, "has ended already, or its first thread has");
    if (!status.has_memory)
        return refuse(target, "is a thread of the kernel, and no program");
    if (status.tracer != 0)
        return refuse_traced(target, status.tracer);
    if (stat.state == 'T' || stat.state == 't')
        return refuse(target, "is stopped: let it go on first (kill -CONT)");
    if (status.seccomp != 0)
        return refuse(target,
                      "is under a seccomp filter, which may forbid what that takes: it can only be watched from its "
                      "start (leakwatch run) until its end");
    if (status.has_shadow_stack)
        return refuse(target, "keeps shadow stacks (CET), which a thread from outside would not have");
    if (is_other_namespace(target->pid))
        return refuse(target, "is in another name space of processes (a container): attach from inside it");
    return NULL;
}

static char *refuse_access(const struct attach_target *target, int error)
{
    if (error == ENOENT || error == ESRCH)
        return refuse(target, "has ended");
    if (geteuid() == 0)
        return refuse(target, "may not be looked at: it is protected, also from this root");
    return refuse(target, "may not be looked at: it is another user's, or protected; run this as root");
}

static bool is_for_this_processor(const struct attach_target *target)
{
    Elf64_Ehdr header;
    char path[64];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/exe", target->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && read(fd, &header, sizeof header) == sizeof header &&
                memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
                header.e_machine == EM_X86_64;
    if (fd >= 0)
        close(fd);
    return good;
}

static char *look_at_libraries(struct attach_target *target)
{
    struct sight sight = {.target = target};
    errno = 0;
    if (!mappings__each(target->pid, take_file, &sight))
        return refuse_access(target, errno);
    if (!is_for_this_processor(target))
        return refuse(target, "is not a 64-bit program of this processor");
    if (sight.libc_is_gone)
        return refuse(target, "runs with a C library that has been replaced since: restart it");
    if (sight.has_other_libc)
        return refuse(target, "has musl for its C library, where glibc is needed");
    if (sight.is_emulated)
        return refuse(target, "runs under valgrind");
    if (target->libc.path == NULL || target->loader.path == NULL)
        return refuse(target, "has no glibc loaded: it is linked statically, or with another C library");
    if (sight.is_sanitized)
        return refuse(target,
                      "runs with a sanitizer, which must know every thread: start it with leakwatch run instead");
    if (target->thread_data > THREAD_DATA_MOST)
        return refuse(target, "has more data in each thread than there is room for (192 KiB)");
    return NULL;
}

/* Functions that are compiled from one file. */
static const char *const of_malloc[] = {"malloc",        "free",         "calloc",      "realloc",
                                        "malloc_trim",   "memalign",     "malloc_info", "posix_memalign",
                                        "aligned_alloc", "malloc_stats", "mallopt",     "__default_morecore",
                                        "mallinfo",      "mallinfo2",    "valloc",      "pvalloc"};

static char *look_at_memory(struct attach_target *target)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/mem", target->pid);
    target->memory = open(path, O_RDWR | O_CLOEXEC);
    if (target->memory < 0)
        return refuse_access(target, errno);
    if (!attach_target__has(target, &target->libc) || !attach_target__has(target, &target->loader))
        return refuse(target, "runs with a C library that is not the one on disk: restart it");
    target->malloc_code = image__surroundings(&target->libc, of_malloc, sizeof of_malloc / sizeof of_malloc[0]);
    target->dlopen = image__symbol(&target->libc, "dlopen");
    target->dlsym = image__symbol(&target->libc, "dlsym");
    target->dlerror = image__symbol(&target->libc, "dlerror");
    target->single_threaded = image__symbol(&target->libc, "__libc_single_threaded");
    target->init_thread_data = image__symbol(&target->loader, "_dl_allocate_tls_init");
    if (target->dlopen == 0 || target->dlsym == 0 || target->dlerror == 0 || target->single_threaded == 0 ||
        target->init_thread_data == 0)
        return refuse(target, "has a glibc before 2.34, or one without what a thread from outside needs: start it with "
                              "leakwatch run instead");
    return NULL;
}

/* The library must be the same file for it as for us. */
static char *look_at_library(const struct attach_target *target, const char *library)
{
    struct stat here, there;
    char *path = heap__printed("/proc/%" PRIu32 "/root%s", target->pid, library), *reason = NULL;
    if (stat(library, &here) != 0 || stat(path, &there) != 0 || here.st_ino != there.st_ino ||
        here.st_size != there.st_size)
        reason =
            heap__printed("process %" PRIu32 " (%s) does not see %s: it has another root; put the library where both "
                          "see it, and name it by LEAKWATCH_LIBRARY",
                          target->pid, target->name, library);
    free(path);
    return reason;
}

static char *look_at_mapped_library(struct attach_target *target)
{
    if (target->mapped_library == NULL)
        return NULL;
    if (!image__open(&target->library, target->pid, target->mapped_library, target->mapped_base) ||
        !attach_target__has(target, &target->library))
        return refuse(target, "has a libleakwatch.so loaded that is not on disk any more: restart it");
    target->state_address = image__symbol(&target->library, LEAKWATCH_ATTACHED);
    if (target->state_address == 0 ||
        !attach_target__read(target, target->state_address, &target->state, sizeof target->state))
        return refuse(target, "has an older libleakwatch.so loaded, which cannot be attached to");
    return NULL;
}

char *attach_target__open(struct attach_target *target, uint32_t pid, const char *library)
{
    char *reason;
    *target = (struct attach_target){.pid = pid, .memory = -1};
#if !defined(__x86_64__)
    return heap__printed("process %" PRIu32 ": attach and detach know x86_64 only so far; start it with leakwatch run",
                         pid);
#endif
    if ((reason = look_at_status(target)) != NULL || (reason = look_at_libraries(target)) != NULL ||
        (reason = look_at_memory(target)) != NULL || (reason = look_at_mapped_library(target)) != NULL)
        return reason;
    return target->mapped_library == NULL ? look_at_library(target, library) : NULL;
}

void attach_target__close(struct attach_target *target)
{
    if (target->memory >= 0)
        close(target->memory);
    image__close(&target->libc);
    image__close(&target->loader);
    image__close(&target->library);
    free(target->mapped_library);
    *target = (struct attach_target){.memory = -1};
}

/* ---- What is asked of it ----------------------------------------------------------------------------------------- */

static char *refuse_busy(const struct attach_target *target)
{
    return refuse(target, "is being attached to or detached from just now, or that was broken off: ask again later");
}

/* By a thread that is at work in it, and not in the process that it was forked from. */
static bool is_changing(const struct attach_target *target)
{
    return target->state.state == LEAKWATCH_CHANGING && target->state.changer == target->pid;
}

static bool is_watched(const struct attach_target *target)
{
    return target->state.state == LEAKWATCH_WATCHING || target->state.state == LEAKWATCH_CHANGING;
}

char *attach_target__may_attach(const struct attach_target *target)
{
    if (target->mapped_library == NULL)
        return NULL;
    if (target->state.version != LEAKWATCH_ATTACHMENT_VERSION && target->state.version != 0)
        return refuse(target, "has a libleakwatch.so of another version loaded");
    if (target->state.version == 0)
        return refuse(target, "is watched already, from its start: ask leakwatch report for it");
    if (is_changing(target))
        return refuse_busy(target);
    return is_watched(target)
               ? refuse(target, "is watched already: ask leakwatch report for it, or let it go by leakwatch detach")
               : NULL;
}

char *attach_target__may_detach(const struct attach_target *target)
{
    if (target->mapped_library == NULL)
        return refuse(target, "is not watched");
    if (target->state.version == 0)
        return refuse(target, "is watched from its start, and can only be let go by a restart");
    if (target->state.version != LEAKWATCH_ATTACHMENT_VERSION)
        return refuse(target, "has a libleakwatch.so of another version loaded");
    if (is_changing(target))
        return refuse_busy(target);
    return is_watched(target) ? NULL : refuse(target, "is not watched");
}

static bool may_enter_and_write(const struct status *status, const struct stat *directory)
{
    if (status->overrides_modes)
        return true;
    mode_t bits = directory->st_mode & 7;
    if (directory->st_uid == status->uid)
        bits = directory->st_mode >> 6 & 7;
    else if (status__has_group(status, directory->st_gid))
        bits = directory->st_mode >> 3 & 7;
    return (bits & 3) == 3;
}

char *attach_target__may_write(const struct attach_target *target, const char *directory)
{
    struct status status;
    struct stat here, there;
    char *path = heap__printed("/proc/%" PRIu32 "/root%s", target->pid, directory), *reason = NULL;
    if (stat(directory, &here) != 0 || !S_ISDIR(here.st_mode))
        reason = heap__printed("%s: no such directory for ledgers", directory);
    else if (stat(path, &there) != 0 || here.st_ino != there.st_ino)
        reason =
            heap__printed("process %" PRIu32 " (%s) does not see %s: it has another root; name another directory by "
                          "--ledgers",
                          target->pid, target->name, directory);
    else if (status__read(&status, target->pid) && !may_enter_and_write(&status, &there))
        reason = heap__printed("process %" PRIu32 " (%s) may not write to %s: it runs as user %" PRIu32
                               "; name another directory by --ledgers",
                               target->pid, target->name, directory, status.uid);
    free(path);
    return reason;
}

/* ---- Its memory -------------------------------------------------------------------------------------------------- */

bool attach_target__has(const struct attach_target *target, const struct image *image)
{
    unsigned char there[1024];
    return image->size >= sizeof there && attach_target__read(target, image->start, there, sizeof there) &&
           memcmp(there, image->bytes, sizeof there) == 0;
}

bool attach_target__read(const struct attach_target *target, uint64_t address, void *to, size_t bytes)
{
    return pread(target->memory, to, bytes, (off_t)address) == (ssize_t)bytes;
}

bool attach_target__write(const struct attach_target *target, uint64_t address, const void *from, size_t bytes)
{
    return pwrite(target->memory, from, bytes, (off_t)address) == (ssize_t)bytes;
}

unsigned attach_target__threads(const struct attach_target *target)
{
    struct status status;
    return status__read(&status, target->pid) ? status.threads : 0;
}
