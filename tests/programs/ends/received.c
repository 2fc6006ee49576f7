/* Descriptors that came over a socket. How many, their sender says: of one place they are held to the end where none was
 * given back, or some of them at another time, when all had come. And one that forgets: of what it received at another
 * place it closed some.
 *
 * expect: fd-leak count=5 level=warning held=true call=recvmsg function=get_channel line=channel type=file
 * expect: fd-leak count=2 level=error held=false call=recvmsg function=get_parcel line=parcel type=file
 * expect-text: warning: held to the end: 5, each the only one of its place *, or received, and how many their sender said
 * expect-text:   5 files, opened by recvmsg at *received.c:* in get_channel*: *sent.txt, received *fd-leak*
 */
#include "program.h"

#include <sys/socket.h>

enum { CHANNELS = 6, PARCELS = 6 };

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

static int post[2];

static void send_over(int fd)
{
    char letter = 'x';
    union control control;
    struct iovec text = {&letter, 1};
    struct msghdr message = {
        .msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memset(&control, 0, sizeof control);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    must((int)sendmsg(post[0], &message, 0), "sendmsg");
}

static struct msghdr *a_letter(void)
{
    static char letter;
    static union control control;
    static struct iovec text;
    static struct msghdr message;
    text = (struct iovec){&letter, 1};
    message =
        (struct msghdr){.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    return &message;
}

static int what_is_in(struct msghdr *message)
{
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(message)), sizeof fd);
    return fd;
}

static int get_channel(void)
{
    struct msghdr *message = a_letter();
    must((int)recvmsg(post[1], message, 0), "recvmsg"); /* leak:channel */
    return what_is_in(message);
}

static int get_parcel(void)
{
    struct msghdr *message = a_letter();
    must((int)recvmsg(post[1], message, MSG_CMSG_CLOEXEC), "recvmsg"); /* leak:parcel */
    return what_is_in(message);
}

static volatile int channels = CHANNELS, parcels = PARCELS;

int main(void)
{
    int sent = must(open("sent.txt", O_RDWR | O_CREAT, 0600), "open");
    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, post), "socketpair");
    int leaves = -1;
    for (int i = 0; i < channels; i++) {
        send_over(sent);
        leaves = i == 1 ? get_channel() : (get_channel(), leaves);
    }
    usleep(100000);
    must(close(leaves), "close");
    for (int i = 0; i < parcels; i++) {
        send_over(sent);
        int fd = get_parcel();
        if (i % 3 != 1)
            must(close(fd), "close");
    }
    must(close(sent), "close");
    must(close(post[0]), "close");
    must(close(post[1]), "close");
    return 0;
}
