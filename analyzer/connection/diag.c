/* The kernel's tables of sockets, as NETLINK_SOCK_DIAG tells of them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/heap.h"
#include "tables.h"

enum {
    BATCH = 1 << 16,    /* bytes; the kernel fills half of it at most */
    PATIENCE = 5,       /* seconds without an answer */
    ERRAND = 64 * 1024, /* bytes of stack */
    BOTH_WAYS = 3       /* it has shut down, or the peer has: RCV_SHUTDOWN | SEND_SHUTDOWN of include/net/sock.h */
};

/* Of include/net/tcp_states.h. */
enum {
    ESTABLISHED = 1,
    SYN_SENT,
    SYN_RECV,
    FIN_WAIT1,
    FIN_WAIT2,
    TIME_WAIT,
    CLOSE,
    CLOSE_WAIT,
    LAST_ACK,
    LISTEN,
    CLOSING
};

enum socket_condition tcp_condition(unsigned state)
{
    static const enum socket_condition conditions[] = {
        [ESTABLISHED] = SOCKET_OPEN,  [SYN_SENT] = SOCKET_CONNECTING, [SYN_RECV] = SOCKET_CONNECTING,
        [FIN_WAIT1] = SOCKET_CLOSING, [FIN_WAIT2] = SOCKET_CLOSING,   [TIME_WAIT] = SOCKET_CLOSING,
        [CLOSE] = SOCKET_OVER,        [CLOSE_WAIT] = SOCKET_HUNG_UP,  [LAST_ACK] = SOCKET_CLOSING,
        [LISTEN] = SOCKET_LISTENING,  [CLOSING] = SOCKET_CLOSING,
    };
    return state < sizeof conditions / sizeof *conditions ? conditions[state] : SOCKET_NOT_KNOWN;
}

/* ---- The namespace ----------------------------------------------------------------------------------------------- */

struct errand {
    int namespace, netlink;
};

static int open_netlink(void)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    const struct timeval patience = {.tv_sec = PATIENCE};
    if (netlink >= 0)
        setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return netlink;
}

static int run_errand(void *context)
{
    struct errand *errand = context;
    errand->netlink = setns(errand->namespace, CLONE_NEWNET) == 0 ? open_netlink() : -1;
    return 0;
}

/* Who enters a namespace may be unable to come back. So a child does, which has our descriptors, and nothing else to do. */
static int open_elsewhere(int namespace)
{
    struct errand errand = {.namespace = namespace, .netlink = -1};
    char *stack = heap__zeroed(1, ERRAND);
    pid_t child = clone(run_errand, stack + ERRAND, CLONE_VM | CLONE_FILES | CLONE_VFORK, &errand);
    while (child > 0 && waitpid(child, NULL, __WALL) < 0 && errno == EINTR)
        continue;
    free(stack);
    return errand.netlink;
}

static bool is_ours(int namespace)
{
    struct stat own, theirs;
    return stat("/proc/self/ns/net", &own) == 0 && fstat(namespace, &theirs) == 0 && own.st_dev == theirs.st_dev &&
           own.st_ino == theirs.st_ino;
}

int diag__open(uint32_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/ns/net", pid);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0)
        return -1;
    int netlink = is_ours(namespace) ? open_netlink() : open_elsewhere(namespace);
    close(namespace);
    return netlink;
}

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

struct request {
    struct nlmsghdr header;
    union {
        struct inet_diag_req_v2 inet;
        struct unix_diag_req unix_;
    } body;
};

struct dump {
    void (*take)(const struct dump *dump, const struct nlmsghdr *message);
    table_visit *visit;
    void *context;
};

enum outcome { GOES_ON, DONE, FAILED };

static enum outcome take_batch(const struct dump *dump, const struct nlmsghdr *message, size_t length)
{
    for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
        int error = 0;
        if (message->nlmsg_type == NLMSG_ERROR)
            return FAILED;
        if (message->nlmsg_type == NLMSG_DONE) {
            if (message->nlmsg_len >= NLMSG_LENGTH(sizeof error))
                memcpy(&error, NLMSG_DATA(message), sizeof error);
            return error < 0 ? FAILED : DONE;
        }
        dump->take(dump, message);
    }
    return GOES_ON;
}

static bool send_request(int netlink, struct request *request, size_t body)
{
    request->header = (struct nlmsghdr){.nlmsg_len = (uint32_t)NLMSG_LENGTH(body),
                                        .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP};
    return send(netlink, request, request->header.nlmsg_len, 0) == (ssize_t)request->header.nlmsg_len;
}

static bool ask(int netlink, struct request *request, size_t body, const struct dump *dump)
{
    if (!send_request(netlink, request, body))
        return false;
    struct nlmsghdr *batch = heap__zeroed(1, BATCH);
    enum outcome outcome = GOES_ON;
    while (outcome == GOES_ON) {
        ssize_t length = recv(netlink, batch, BATCH, MSG_TRUNC);
        if (length > 0 && length <= BATCH)
            outcome = take_batch(dump, batch, (size_t)length);
        else if (length >= 0 || errno != EINTR)
            outcome = FAILED;
    }
    free(batch);
    return outcome == DONE;
}

/* The attributes behind a message's body, one after the other; NULL: no more. */
static const struct rtattr *next_attribute(const struct nlmsghdr *message, size_t body, const struct rtattr *before)
{
    const char *end = (const char *)message + message->nlmsg_len;
    const char *at = before ? (const char *)before + RTA_ALIGN(before->rta_len)
                            : (const char *)NLMSG_DATA(message) + NLMSG_ALIGN(body);
    const struct rtattr *attribute = (const void *)at;
    if (at + sizeof *attribute > end || attribute->rta_len < sizeof *attribute || at + attribute->rta_len > end)
        return NULL;
    return attribute;
}

static size_t payload(const struct rtattr *attribute)
{
    return attribute->rta_len - RTA_LENGTH(0);
}

/* ---- TCP --------------------------------------------------------------------------------------------------------- */

static struct socket_address address_of(unsigned family, const uint32_t words[4], uint16_t port)
{
    struct socket_address address = {.family = (uint16_t)family, .port = (uint16_t)(port >> 8 | port << 8)};
    memcpy(address.bytes, words, family == AF_INET ? 4 : 16);
    return address;
}

/* Kernels say as much of it as they know. */
static void take_info(struct socket_view *view, const struct rtattr *attribute)
{
    struct tcp_info info = {0};
    size_t length = payload(attribute), needed = offsetof(struct tcp_info, tcpi_last_ack_recv) + sizeof(uint32_t);
    memcpy(&info, RTA_DATA(attribute), length < sizeof info ? length : sizeof info);
    view->has_times = length >= needed;
    view->sent = info.tcpi_last_data_sent / 1e3;
    view->received = info.tcpi_last_data_recv / 1e3;
    view->heard = info.tcpi_last_ack_recv / 1e3;
}

static void take_tcp(const struct dump *dump, const struct nlmsghdr *message)
{
    const struct inet_diag_msg *said = NLMSG_DATA(message);
    if (message->nlmsg_len < NLMSG_LENGTH(sizeof *said) || said->idiag_inode == 0)
        return;
    struct socket_view view = {
        .inode = said->idiag_inode,
        .condition = tcp_condition(said->idiag_state),
        .unread = said->idiag_rqueue,
        .local = address_of(said->idiag_family, said->id.idiag_src, said->id.idiag_sport),
        .peer = address_of(said->idiag_family, said->id.idiag_dst, said->id.idiag_dport),
    };
    const struct rtattr *attribute = NULL;
    while ((attribute = next_attribute(message, sizeof *said, attribute)) != NULL)
        if (attribute->rta_type == INET_DIAG_INFO)
            take_info(&view, attribute);
    dump->visit(dump->context, &view);
}

/* What nobody holds any more, which may be many, is not asked for. */
static bool ask_tcp(int netlink, uint8_t family, const struct dump *dump)
{
    const uint32_t left = 1u << SYN_RECV | 1u << TIME_WAIT;
    struct request request = {.body.inet = {.sdiag_family = family,
                                            .sdiag_protocol = IPPROTO_TCP,
                                            .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                                            .idiag_states = ~left}};
    return ask(netlink, &request, sizeof request.body.inet, dump);
}

bool diag__tcp(int netlink, table_visit *visit, void *context)
{
    const struct dump dump = {.take = take_tcp, .visit = visit, .context = context};
    return ask_tcp(netlink, AF_INET, &dump) && ask_tcp(netlink, AF_INET6, &dump);
}

/* ---- Unix -------------------------------------------------------------------------------------------------------- */

/* Whose peer has closed its own may neither send nor receive, and knows a peer that is nobody's. So does who has connected
 * and was not accepted yet, but may do both. */
static enum socket_condition unix_condition(const struct unix_diag_msg *said, const uint32_t *peer, uint8_t ways)
{
    if (said->udiag_type != SOCK_DGRAM && peer != NULL && *peer == 0 && ways == BOTH_WAYS)
        return SOCKET_HUNG_UP;
    return said->udiag_state == LISTEN ? SOCKET_LISTENING : SOCKET_OPEN;
}

static void take_unix(const struct dump *dump, const struct nlmsghdr *message)
{
    const struct unix_diag_msg *said = NLMSG_DATA(message);
    const struct rtattr *attribute = NULL;
    const uint32_t *peer = NULL;
    uint8_t ways = 0;
    if (message->nlmsg_len < NLMSG_LENGTH(sizeof *said))
        return;
    while ((attribute = next_attribute(message, sizeof *said, attribute)) != NULL) {
        if (attribute->rta_type == UNIX_DIAG_PEER && payload(attribute) >= sizeof *peer)
            peer = RTA_DATA(attribute);
        else if (attribute->rta_type == UNIX_DIAG_SHUTDOWN && payload(attribute) >= sizeof ways)
            ways = *(const uint8_t *)RTA_DATA(attribute);
    }
    const struct socket_view view = {.inode = said->udiag_ino, .condition = unix_condition(said, peer, ways)};
    dump->visit(dump->context, &view);
}

bool diag__unix(int netlink, table_visit *visit, void *context)
{
    const struct dump dump = {.take = take_unix, .visit = visit, .context = context};
    struct request request = {
        .body.unix_ = {.sdiag_family = AF_UNIX, .udiag_states = ~0u, .udiag_show = UDIAG_SHOW_PEER}};
    return ask(netlink, &request, sizeof request.body.unix_, &dump);
}
