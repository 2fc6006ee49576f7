/* The calls of release functions that a file makes: its code is searched for the opcodes of calls, at every byte where
 * instructions may begin anywhere, and those are taken that lead to an import of a known name. */
#include "release_calls.h"

#include <gelf.h>
#include <string.h>

#include "callsite/code.h"

static const char *const releases[] = {
    "close",
    "fclose",
    "pclose",
    "closedir",
    "freopen",
    "freopen64",
    "munmap",
    "fsync",
    "fdatasync",
    "msync",
    "shutdown",
    "endmntent",
    "sem_close",
    "mq_close",
    "pthread_mutex_unlock",
    "pthread_rwlock_unlock",
    "pthread_join",
    "dup2",
    "dup3",
    "waitpid",
};

static bool is_release(const char *name)
{
    for (size_t i = 0; i < sizeof releases / sizeof releases[0]; i++)
        if (strcmp(releases[i], name) == 0)
            return true;
    return false;
}

static bool may_be_call(const uint8_t *bytes, GElf_Half machine)
{
    if (machine == EM_X86_64)
        return bytes[0] == 0xe8 || (bytes[0] == 0xff && bytes[1] == 0x15); /* call …, call [rip + …] */
    return (bytes[3] & 0xfc) == 0x94;                                      /* bl */
}

static void search(struct code *code, const Elf_Data *data, const GElf_Shdr *section, GElf_Half machine,
                   release_call_visit *visit, void *context)
{
    size_t stride = machine == EM_X86_64 ? 1 : 4;
    const uint8_t *bytes = data->d_buf;
    for (size_t i = 0; i + 4 < data->d_size; i += stride) {
        struct step step;
        if (!may_be_call(bytes + i, machine) || !code__step(code, section->sh_addr + i, &step) ||
            step.kind != STEP_CALL)
            continue;
        const struct import *import = code__import(code, &step);
        if (import != NULL && is_release(import->name))
            visit(context, step.next, import->name);
    }
}

void release_calls__visit(struct Elf *elf, release_call_visit *visit, void *context)
{
    struct code *code = code__new(elf);
    Elf_Scn *section = NULL;
    GElf_Ehdr header;
    GElf_Shdr description;
    if (code == NULL || gelf_getehdr(elf, &header) == NULL)
        return;
    while ((section = elf_nextscn(elf, section)) != NULL) {
        if (gelf_getshdr(section, &description) == NULL || (description.sh_flags & SHF_EXECINSTR) == 0)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        if (data != NULL && data->d_buf != NULL)
            search(code, data, &description, header.e_machine, visit, context);
    }
    code__free(code);
}
