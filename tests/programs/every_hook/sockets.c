/* Deeds with sockets. */
#include "every_hook.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

static int some_socket(void)
{
    also_acquired(HOOK_socket, 1);
    return must(socket(AF_INET, SOCK_STREAM, 0), "socket");
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = (in_port_t)port};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int port_of(int fd)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    must(getsockname(fd, (struct sockaddr *)&address, &length), "getsockname");
    return address.sin_port;
}

static int some_listener(void)
{
    int fd = some_socket();
    struct sockaddr_in address = loopback(0);
    must(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
    must(listen(fd, 5), "listen");
    return fd;
}

static int some_connection(int listener)
{
    int fd = some_socket();
    struct sockaddr_in address = loopback(port_of(listener));
    must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
    return fd;
}

/* ---- Made ---- */

static void made(void *function)
{
    put_away(took(TYPED(function, int, int, int, int)(AF_INET, SOCK_STREAM, 0)));
}

static void pair_made(void *function)
{
    int ends[2];
    must(TYPED(function, int, int, int, int, int *)(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    put_away(took(ends[0]));
    put_away(took(ends[1]));
}

static void accepted(void *function)
{
    int listener = some_listener(), client = some_connection(listener);
    put_away(took(TYPED(function, int, int, struct sockaddr *, socklen_t *, int)(listener, NULL, NULL, 0)));
    put_away(client);
    put_away(listener);
}

/* ---- What a socket learns about itself: these stay open, so that their slots can be looked at ---- */

static void expect_slot(int fd, const char *detail)
{
    char words[80];
    snprintf(words, sizeof words, "slot.fd.%d.word=held.*detail=\"%s", fd, detail);
    shows(words);
}

static void bound(void *function)
{
    int fd = some_socket();
    struct sockaddr_in address = loopback(0);
    must(TYPED(function, int, int, const void *, socklen_t)(fd, &address, sizeof address), "bind");
    expect_slot(fd, "bound 127.0.0.1");
}

static void listening(void *function)
{
    int fd = some_socket();
    struct sockaddr_in address = loopback(0);
    must(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
    must(TYPED(function, int, int, int)(fd, 1), "listen");
    expect_slot(fd, "listening 127.0.0.1:");
}

static void connected(void *function)
{
    int listener = some_listener(), fd = some_socket();
    struct sockaddr_in address = loopback(port_of(listener));
    must(TYPED(function, int, int, const void *, socklen_t)(fd, &address, sizeof address), "connect");
    expect_slot(fd, "connected 127.0.0.1:");
    put_away(listener);
}

static void shut_down(void *function)
{
    int fd = some_socket();
    if (TYPED(function, int, int, int)(fd, SHUT_RDWR) == 0 || errno != ENOTCONN)
        puts("shutdown of what is not connected did not fail");
    shows("failure.*call=\"shutdown\" error=107");
    put_away(fd);
}

/* ---- Received ---- */

struct parcel {
    char byte;
    struct iovec bytes;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct msghdr message;
};

static void wrap(struct parcel *parcel)
{
    *parcel = (struct parcel){.byte = '!'};
    parcel->bytes = (struct iovec){&parcel->byte, 1};
    parcel->message = (struct msghdr){.msg_iov = &parcel->bytes,
                                      .msg_iovlen = 1,
                                      .msg_control = parcel->control,
                                      .msg_controllen = sizeof parcel->control};
}

static void send_descriptor(int by, int fd)
{
    struct parcel parcel;
    wrap(&parcel);
    struct cmsghdr *header = CMSG_FIRSTHDR(&parcel.message);
    header->cmsg_len = CMSG_LEN(sizeof fd);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    must((int)sendmsg(by, &parcel.message, 0), "sendmsg");
}

static int descriptor_in(struct parcel *parcel)
{
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&parcel->message)), sizeof fd);
    return fd;
}

static void receive(void *function, int (*by)(void *function, int fd, struct parcel *parcel))
{
    is_of_kind(LW_FD_FILE); /* as /proc says of it */
    int ends[2], file = some_file();
    struct parcel parcel;
    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), "socketpair");
    also_acquired(HOOK_socketpair, 2);
    send_descriptor(ends[0], file);
    wrap(&parcel);
    must(by(function, ends[1], &parcel), "receive");
    put_away(took(descriptor_in(&parcel)));
    put_away(ends[0]);
    put_away(ends[1]);
    put_away(file);
}

static int by_one(void *function, int fd, struct parcel *parcel)
{
    return (int)TYPED(function, ssize_t, int, struct msghdr *, int)(fd, &parcel->message, 0);
}

static int by_many(void *function, int fd, struct parcel *parcel)
{
    struct mmsghdr many = {.msg_hdr = parcel->message};
    return TYPED(function, int, int, struct mmsghdr *, unsigned, int, struct timespec *)(fd, &many, 1, 0, NULL);
}

static void message_received(void *function)
{
    receive(function, by_one);
}

static void messages_received(void *function)
{
    receive(function, by_many);
}

/* ---- The r commands ---- */

/* A server that agrees to whatever it is told; it ends with the connection. Returns its port. */
static int agreeable_server(pid_t *server)
{
    int listener = some_listener(), port = port_of(listener);
    *server = some_fork();
    if (*server == 0) {
        int client = must(accept(listener, NULL, NULL), "accept");
        must((int)send(client, "", 1, MSG_NOSIGNAL), "send");
        char byte;
        while (recv(client, &byte, 1, 0) > 0)
            ;
        _exit(0);
    }
    put_away(listener);
    return port;
}

/* rcmd binds a port below 1024: without the privilege, nobody connects to the server. */
static void end_server(pid_t server)
{
    must(kill(server, SIGKILL), "kill");
    wait_for(server);
}

static void commanded(void *function)
{
    pid_t server;
    char *host = (char[]){"127.0.0.1"};
    int port = agreeable_server(&server);
    put_away(took(TYPED(function, int, char **, unsigned short, const char *, const char *, const char *, int *,
                        sa_family_t)(&host, (unsigned short)port, "nobody", "nobody", "true", NULL, AF_INET)));
    end_server(server);
}

static void executed(void *function)
{
    pid_t server;
    char *host = (char[]){"127.0.0.1"};
    int port = agreeable_server(&server);
    put_away(took(TYPED(function, int, char **, int, const char *, const char *, const char *, int *,
                        sa_family_t)(&host, port, "nobody", "nothing", "true", NULL, AF_INET)));
    end_server(server);
}

static void reserved(void *function)
{
    int port = 1023;
    put_away(took(TYPED(function, int, int *, sa_family_t)(&port, AF_INET)));
}

deed *const socket_deeds[HOOKS] = {
    [HOOK_socket] = made,
    [HOOK_socketpair] = pair_made,
    [HOOK_accept] = accepted,
    [HOOK_accept4] = accepted,
    [HOOK_bind] = bound,
    [HOOK_connect] = connected,
    [HOOK_listen] = listening,
    [HOOK_shutdown] = shut_down,
    [HOOK_recvmsg] = message_received,
    [HOOK_recvmmsg] = messages_received,
    [HOOK_rcmd] = commanded,
    [HOOK_rcmd_af] = commanded,
    [HOOK_rexec] = executed,
    [HOOK_rexec_af] = executed,
    [HOOK_rresvport] = reserved,
    [HOOK_rresvport_af] = reserved,
};
