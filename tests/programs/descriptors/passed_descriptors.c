/* Sends descriptors over a socket and receives them there: what is sent stays held, what is received is new. MSG_PEEK
 * installs a set of its own; other control messages that have the same type number carry no descriptors.
 *
 * expect: fd-leak count=3 call=open function=sent_and_kept type=file detail=parcel.txt
 * expect: fd-leak count=5 call=recvmsg function=receive line=receive type=file
 *         detail=/?*parcel.txt
 * expect: fd-leak count=3 call=recvmmsg function=receive_many type=file detail=/dev/null
 */
#include "program.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum { MOST = 4 };

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(MOST * sizeof(int))];
};

static int post[2];

static void send_over(const int *fds, size_t count)
{
    char letter = 'x';
    union control control;
    struct iovec text = {&letter, 1};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control};
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    memset(&control, 0, sizeof control);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    must((int)sendmsg(post[0], &message, 0), "sendmsg");
}

/* The first descriptor of a message; the others are closed. */
static int first_of(struct msghdr *message)
{
    int first = -1;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        int fds[MOST];
        size_t size = part->cmsg_len - CMSG_LEN(0);
        memcpy(fds, CMSG_DATA(part), size);
        first = fds[0];
        for (size_t i = 1; i < size / sizeof(int); i++)
            must(close(fds[i]), "close");
    }
    return must(first, "a message without a descriptor");
}

static int receive(int flags)
{
    char letter;
    union control control;
    struct iovec text = {&letter, 1};
    struct msghdr message = {
        .msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    must((int)recvmsg(post[1], &message, flags), "recvmsg"); /* leak:receive */
    return first_of(&message);
}

static void receive_many(void)
{
    char letters[3];
    union control controls[3];
    struct iovec texts[3];
    struct mmsghdr messages[3];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 3; i++) {
        texts[i] = (struct iovec){&letters[i], 1};
        messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &texts[i], .msg_iovlen = 1, .msg_control = &controls[i], .msg_controllen = sizeof controls[i]};
    }
    if (must(recvmmsg(post[1], messages, 3, 0, NULL), "recvmmsg") != 3)
        puts("messages are missing");
    for (int i = 0; i < 3; i++)
        printf("%d\n", first_of(&messages[i].msg_hdr));
}

static int sent_and_kept(void)
{
    int fd = must(open("parcel.txt", O_RDWR | O_CREAT, 0600), "open");
    send_over(&fd, 1);
    return fd;
}

/* IP_TTL arrives as a control message, too, and IP_TOS has the number of SCM_RIGHTS. */
static void receive_other_control(void)
{
    int on = 1, fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    struct sockaddr_in here = {.sin_family = AF_INET};
    socklen_t length = sizeof here;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(fd, (struct sockaddr *)&here, sizeof here), "bind");
    must(getsockname(fd, (struct sockaddr *)&here, &length), "getsockname");
    must(setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof on), "IP_RECVTOS");
    must((int)sendto(fd, "x", 1, 0, (struct sockaddr *)&here, sizeof here), "sendto");
    char letter;
    union control control;
    struct iovec text = {&letter, 1};
    struct msghdr message = {
        .msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    must((int)recvmsg(fd, &message, 0), "recvmsg");
    must(close(fd), "close");
}

int main(void)
{
    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, post), "socketpair");
    receive_other_control();
    for (int i = 0; i < 3; i++) {
        int kept = sent_and_kept();
        must(close(receive(MSG_PEEK)), "close");
        printf("%d %d\n", kept, receive(0));
    }
    int set[] = {0, 1, 2};
    for (int i = 0; i < 5; i++)
        send_over(set, 3);
    for (int i = 0; i < 2; i++)
        printf("%d\n", receive(MSG_CMSG_CLOEXEC));
    receive_many();
    must(close(post[0]), "close");
    must(close(post[1]), "close");
    return 0;
}
