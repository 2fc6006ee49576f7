/* An event loop on one thread that interleaves 100 requests: each is carried from event to event by detach and attach, and
 * so is the scope that is open inside it. 11 forget the file that they opened in their first event, 5 what they opened
 * inside the inner scope; what the loop itself opens between events belongs to no request.
 *
 * expect: scope-leak count=11 call=open function=begin_request scope=request ended=100 failed=11 left=11 left_failed=11
 *         only_when_failed=true most=1 late=0
 * expect: scope-leak count=5 call=socketpair|open function=begin_body scope="request > body" ended=100 failed=0 left=5
 *         only_when_failed=false
 * expect: fd-leak count=1 call=open function=keep_log scope=""
 * expect-scope: path=request entered=100 ended=100 failed=11 left=11
 * expect-scope: path="request > body" entered=100 ended=100 left=5
 */
#include "scopes.h"

#include <sys/epoll.h>
#include <sys/socket.h>

enum { REQUESTS = 100, EVENTS = 4 };

static struct request {
    int peer, connection, file, body_file;
    int events;
    leakwatch_scope_t scope, body;
} requests[REQUESTS];

static void __attribute__((noinline)) begin_request(struct request *request)
{
    request->scope = leakwatch_scope_begin("request");
    request->file = open_work("request.txt");
}

static void __attribute__((noinline)) begin_body(struct request *request)
{
    request->body = leakwatch_scope_begin("body");
    request->body_file = open_work("body.txt");
}

static void end_body(const struct request *request, int number)
{
    if (number % 20 != 7)
        must(close(request->body_file), "close");
    leakwatch_scope_end(request->body);
}

static void end_request(const struct request *request, int number)
{
    if (number % 9 == 4)
        leakwatch_scope_fail(NULL, "forgotten");
    else
        must(close(request->file), "close");
    says((long)leakwatch_scope_end(request->scope), number % 9 == 4, "what a request leaves");
}

static void __attribute__((noinline)) keep_log(void)
{
    open_work("log.txt");
}

static void on_event(struct request *request, int number)
{
    char byte;
    must((int)read(request->connection, &byte, 1), "read");
    if (request->events > 0)
        says(leakwatch_scope_attach(request->scope), 0, "attach");
    switch (request->events++) {
    case 0:
        begin_request(request);
        break;
    case 1:
        begin_body(request);
        break;
    case 2:
        end_body(request, number);
        break;
    default:
        end_request(request, number);
        return;
    }
    leakwatch_scope_detach(request->scope);
}

/* Every request gets a byte, in an order that differs from round to round. */
static void send_events(int round)
{
    for (int i = 0; i < REQUESTS; i++)
        must((int)write(requests[(i * (37 + 2 * round)) % REQUESTS].peer, "x", 1), "write");
}

static void loop(int poll)
{
    struct epoll_event events[7];
    for (int waiting = REQUESTS; waiting > 0;) {
        int ready = must(epoll_wait(poll, events, COUNT(events), -1), "epoll_wait");
        for (int i = 0; i < ready; i++)
            on_event(&requests[events[i].data.u32], (int)events[i].data.u32);
        waiting -= ready;
        must(close(open_null()), "close");
    }
}

int main(void)
{
    int poll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    for (unsigned i = 0; i < REQUESTS; i++) {
        int ends[2];
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.u32 = i}};
        must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
        must(epoll_ctl(poll, EPOLL_CTL_ADD, ends[1], &event), "epoll_ctl");
        requests[i].peer = ends[0];
        requests[i].connection = ends[1];
    }
    for (int round = 0; round < EVENTS; round++) {
        send_events(round);
        loop(poll);
        if (round == 1)
            keep_log();
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        must(close(requests[i].peer), "close");
        must(close(requests[i].connection), "close");
    }
    must(close(poll), "close");
    puts("served");
    return 0;
}
