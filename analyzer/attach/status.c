/* Reads /proc/PID/status. */
#include "status.h"

#include <stdlib.h>
#include <string.h>

#include "base/process_file.h"

/* CAP_DAC_OVERRIDE, CAP_IPC_LOCK */
enum { CAPABILITY_TO_OVERRIDE = 1, CAPABILITY_TO_LOCK = 14, KIBIBYTE = 1024 };

/* What stands behind "NAME:" at the beginning of a line; NULL: nothing. */
static const char *value(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            return line + length + 1 + strspn(line + length + 1, "\t ");
    }
    return NULL;
}

static uint64_t number(const char *text, const char *name, int field, int base)
{
    const char *at = value(text, name);
    char *end = NULL;
    uint64_t result = 0;
    for (int i = 0; at != NULL && i <= field; i++, at = end)
        result = strtoull(at, &end, base);
    return result;
}

static void copy_line(char *to, size_t room, const char *from)
{
    size_t length = from != NULL ? strcspn(from, "\n") : 0;
    length = length < room ? length : room - 1;
    memcpy(to, from != NULL ? from : "", length);
    to[length] = '\0';
}

bool status__read(struct status *status, uint32_t pid)
{
    char text[8192], features[128];
    *status = (struct status){.name = ""};
    if (!process_file__read(pid, "status", text, sizeof text))
        return false;
    copy_line(status->name, sizeof status->name, value(text, "Name"));
    copy_line(status->groups, sizeof status->groups, value(text, "Groups"));
    copy_line(features, sizeof features, value(text, "x86_Thread_features"));
    status->process = (uint32_t)number(text, "Tgid", 0, 10);
    status->kind = status->process == pid ? STATUS_PROCESS : STATUS_THREAD;
    status->tracer = (uint32_t)number(text, "TracerPid", 0, 10);
    status->uid = (uint32_t)number(text, "Uid", 1, 10);
    status->gid = (uint32_t)number(text, "Gid", 1, 10);
    status->seccomp = (uint32_t)number(text, "Seccomp", 0, 10);
    status->threads = (uint32_t)number(text, "Threads", 0, 10);
    status->caught = number(text, "SigCgt", 0, 16);
    status->mapped = number(text, "VmSize", 0, 10) * KIBIBYTE;
    status->locked = number(text, "VmLck", 0, 10) * KIBIBYTE;
    status->overrides_modes = number(text, "CapEff", 0, 16) >> CAPABILITY_TO_OVERRIDE & 1;
    status->locks_without_limit = number(text, "CapEff", 0, 16) >> CAPABILITY_TO_LOCK & 1;
    status->has_memory = value(text, "VmSize") != NULL;
    status->has_shadow_stack = strstr(features, "shstk") != NULL;
    return true;
}

bool status__has_group(const struct status *status, uint32_t gid)
{
    const char *at = status->groups;
    bool found = status->gid == gid;
    for (char *end = NULL; !found && *at != '\0'; at = end) {
        uint64_t one = strtoull(at, &end, 10);
        if (end == at)
            break;
        found = one == gid;
    }
    return found;
}
