/* What a socket learns about itself after it was made: addresses, in the words that a report shows. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "account.h"
#include "ledger/ledger.h"
#include "process/process.h"
#include "system/system.h"

struct text {
    char room[LW_DETAIL];
    size_t length;
};

static void add(struct text *text, const char *piece, size_t length)
{
    for (size_t i = 0; i < length && text->length < sizeof text->room; i++)
        text->room[text->length++] = piece[i];
}

static void add_word(struct text *text, const char *word)
{
    add(text, word, strlen(word));
}

static void add_number(struct text *text, uint32_t number, uint32_t base)
{
    char digits[16];
    int at = sizeof digits;
    do
        digits[--at] = "0123456789abcdef"[number % base];
    while ((number /= base) != 0);
    add(text, digits + at, sizeof digits - (size_t)at);
}

static void add_ipv4(struct text *text, const uint8_t *bytes)
{
    for (int i = 0; i < 4; i++) {
        if (i)
            add_word(text, ".");
        add_number(text, bytes[i], 10); // NOLINT: the kernel, or assembly, has written it
    }
}

/* The longest run of zero groups is shortened, as everybody writes it. */
static void add_ipv6(struct text *text, const uint8_t *bytes)
{
    int start = 8, length = 1;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && bytes[2 * (i + run)] == 0 && bytes[2 * (i + run) + 1] == 0)
            run++;
        if (run > length) {
            start = i;
            length = run;
        }
    }
    add_word(text, "[");
    for (int i = 0; i < 8; i++) {
        if (i == start) {
            add_word(text, i ? ":" : "::");
            i += length - 1;
            if (i == 7)
                break;
            continue;
        }
        add_number(text, (uint32_t)bytes[2 * i] << 8 | bytes[2 * i + 1], 16);
        if (i < 7)
            add_word(text, ":");
    }
    add_word(text, "]");
}

/* Then the kernel has chosen a name, or it has none. */
static const char nameless[] = "unix (unnamed)";

/* Bytes of a path are the program's; reports escape them. An abstract name begins with '@', as ss shows it. */
static void add_unix(struct text *text, const struct sockaddr_un *address, uint32_t length)
{
    size_t room = length > offsetof(struct sockaddr_un, sun_path) ? length - offsetof(struct sockaddr_un, sun_path) : 0;
    if (room == 0)
        add_word(text, nameless);
    else if (address->sun_path[0] == 0) {
        add_word(text, "@");
        for (size_t i = 1; i < room; i++)
            add(text, address->sun_path[i] ? &address->sun_path[i] : "@", 1);
    } else
        add(text, address->sun_path, strnlen(address->sun_path, room));
}

/* The kernel chooses one, and tells those who ask. */
static const char free_port[] = ", a free port";

/* An IPv4 peer of an IPv6 socket: people know it by its own address. */
static bool is_mapped(const uint8_t bytes[16])
{
    static const uint8_t before[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(bytes, before, sizeof before) == 0;
}

static bool add_address(struct text *text, const void *address, uint32_t length)
{
    sa_family_t family;
    if (!address || length < sizeof family)
        return false;
    memcpy(&family, address, sizeof family);
    uint32_t port = 0;
    if (family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *in = address;
        add_ipv4(text, (const uint8_t *)&in->sin_addr);
        port = ntohs(in->sin_port);
    } else if (family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
        const struct sockaddr_in6 *in6 = address;
        const uint8_t *bytes = (const uint8_t *)&in6->sin6_addr;
        if (is_mapped(bytes))
            add_ipv4(text, bytes + 12);
        else
            add_ipv6(text, bytes);
        port = ntohs(in6->sin6_port);
    } else if (family == AF_UNIX) {
        add_unix(text, address, length < sizeof(struct sockaddr_un) ? length : sizeof(struct sockaddr_un));
        return true;
    } else {
        add_word(text, "address family ");
        add_number(text, family, 10);
        return true;
    }
    if (port == 0) {
        add_word(text, free_port);
        return true;
    }
    add_word(text, ":");
    add_number(text, port, 10);
    return true;
}

static const char *word_for(uint32_t hook, uint32_t flag, int error)
{
    if (flag & LW_LISTENING)
        return "listening ";
    if (flag & LW_CONNECTED)
        return hook == LW_HOOK_connect ? "connected " : "from ";
    return error ? "connecting " : "bound ";
}

static bool begins_with(const struct lw_slot *slot, const char *word)
{
    size_t length = strlen(word);
    return slot->detail_length >= length && memcmp(slot->detail, word, length) == 0;
}

static bool ends_with(const struct lw_slot *slot, const char *word)
{
    size_t length = strlen(word);
    return slot->detail_length >= length && memcmp(slot->detail + slot->detail_length - length, word, length) == 0;
}

/* listen() is told no address: what bind() was told is still here. It may be called again. */
static void now_listening(struct lw_slot *slot)
{
    static const char bound[] = "bound ", listening[] = "listening";
    if (begins_with(slot, listening))
        return;
    struct text text = {.length = 0};
    add_word(&text, listening);
    if (begins_with(slot, bound)) {
        add_word(&text, " ");
        add(&text, slot->detail + sizeof bound - 1, slot->detail_length - (sizeof bound - 1));
    }
    memcpy(slot->detail, text.room, text.length);
    slot->detail_length = (uint16_t)text.length;
}

static void describe(struct lw_call *call, struct lw_slot *slot, uint32_t flag, const void *address, uint32_t length,
                     int error)
{
    slot->error = error;
    if (!error)
        slot->flags |= flag;
    if (flag & LW_LISTENING && !address) {
        now_listening(slot);
        return;
    }
    struct text text = {.length = 0};
    add_word(&text, word_for(call->hook, error ? 0 : flag, error));
    if (!add_address(&text, address, length))
        return;
    memcpy(slot->detail, text.room, text.length);
    slot->detail_length = (uint16_t)text.length;
    sa_family_t family;
    memcpy(&family, address, sizeof family);
    slot->family = family;
}

void lw_addressed(struct lw_call *call, int fd, uint32_t flag, const void *address, uint32_t length, int error)
{
    int saved = errno;
    struct lw_slot *slot = lw_held_fd(fd);
    uint64_t word = slot ? lw_word(slot) : 0;
    if (lw_state(word) != LW_HELD)
        return;
    uint64_t writing = lw_next_word(word, LW_WRITING);
    if (!lw_change(slot, word, writing))
        return;
    describe(call, slot, flag, address, length, error);
    lw_change(slot, writing, lw_in_state(writing, LW_HELD));
    errno = saved;
}

/* Where it listens is asked for only where bind() did not say: rarely, and by programs that ask themselves. */
void lw_listens(struct lw_call *call, int fd)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    const struct lw_slot *slot = lw_held_fd(fd);
    bool is_known = slot && (slot->flags & LW_LISTENING || (begins_with(slot, "bound ") &&
                                                            !ends_with(slot, free_port) && !ends_with(slot, nameless)));
    if (slot && !is_known && !lw_strict && lw_system3(SYS_getsockname, fd, &address, &length) == 0)
        lw_addressed(call, fd, LW_LISTENING, &address, length, 0);
    else
        lw_addressed(call, fd, LW_LISTENING, NULL, 0, 0);
}
