/* A server with a pool of threads: of 1,000 requests 33 fail, and 23 of those take the way out that forgets the socket to
 * the backend. Everything else is given back, and what the acceptor takes belongs to no scope.
 *
 * expect: scope-leak count=23 call=socket function=connect_to_backend line=backend scope=request ended=1000 failed=33
 *         left=23 left_failed=23 most=1 only_when_failed=true reason=bad?request late=0 level=error findings=1 type=socket
 * expect-scope: path="request > load_user" entered=967 ended=967 failed=0 left=0
 * expect-scope: path=request entered=1000 ended=1000 failed=33 left=23
 */
#include "scopes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

enum { REQUESTS = 1000, WORKERS = 4 };

static struct sockaddr_in address = {.sin_family = AF_INET};

/* ---- The queue between the acceptor and the pool ---- */

static struct {
    int connections[REQUESTS];
    int filled, taken;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
} queue = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void put(int connection)
{
    pthread_mutex_lock(&queue.mutex);
    queue.connections[queue.filled++] = connection;
    pthread_cond_signal(&queue.changed);
    pthread_mutex_unlock(&queue.mutex);
}

/* -1 when all have been served. */
static int take(void)
{
    pthread_mutex_lock(&queue.mutex);
    while (queue.taken == queue.filled && queue.filled < REQUESTS)
        pthread_cond_wait(&queue.changed, &queue.mutex);
    int connection = queue.taken < REQUESTS ? queue.connections[queue.taken++] : -1;
    if (connection < 0)
        pthread_cond_broadcast(&queue.changed);
    pthread_mutex_unlock(&queue.mutex);
    return connection;
}

/* ---- Requests ---- */

static int __attribute__((noinline)) connect_to_backend(void)
{
    return must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"); /* leak:backend */
}

static void answer(int connection, const char *text)
{
    must((int)write(connection, text, strlen(text)), "write");
    must(close(connection), "close");
}

static void load_user(int number)
{
    LEAKWATCH_SCOPE("load_user") {
        char line[8] = "";
        int users = must(open("users.txt", O_RDONLY | O_CLOEXEC), "open");
        must((int)pread(users, line, sizeof line - 1, number % 3), "pread");
        must(close(users), "close");
    }
}

static void serve(int connection)
{
    int number = -1;
    must((int)read(connection, &number, sizeof number), "read");
    LEAKWATCH_SCOPE("request") {
        int backend = connect_to_backend();
        if (number % 43 == 17) {
            leakwatch_scope_fail(NULL, "bad request");
            answer(connection, "400");
            return; /* the mistake */
        }
        if (number % 100 == 50) {
            leakwatch_scope_fail(NULL, "no such page");
            must(close(backend), "close");
            answer(connection, "404");
            return;
        }
        load_user(number);
        must(close(backend), "close");
        answer(connection, "200");
    }
}

static void *work(void *nothing)
{
    for (int connection; (connection = take()) >= 0;)
        serve(connection);
    return nothing;
}

/* ---- The client ---- */

static int answers[3];

static void *browse(void *nothing)
{
    for (int number = 0; number < REQUESTS; number++) {
        char text[4] = "";
        int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
        must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
        must((int)write(fd, &number, sizeof number), "write");
        must((int)recv(fd, text, 3, MSG_WAITALL), "recv");
        answers[text[0] == '2' ? 0 : text[2] == '4' ? 2 : 1]++;
        must(close(fd), "close");
    }
    return nothing;
}

static int listen_locally(void)
{
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int server = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(bind(server, (struct sockaddr *)&address, sizeof address), "bind");
    must(getsockname(server, (struct sockaddr *)&address, &length), "getsockname");
    must(listen(server, 128), "listen");
    return server;
}

int main(void)
{
    pthread_t workers[WORKERS], browser;
    int users = open_work("users.txt"), server = listen_locally();
    must((int)write(users, "alice\nbob\n", 10), "write");
    must(close(users), "close");
    for (int i = 0; i < WORKERS; i++)
        must(-pthread_create(&workers[i], NULL, work, NULL), "pthread_create");
    must(-pthread_create(&browser, NULL, browse, NULL), "pthread_create");
    for (int i = 0; i < REQUESTS; i++)
        put(must(accept4(server, NULL, NULL, SOCK_CLOEXEC), "accept4"));
    must(-pthread_join(browser, NULL), "pthread_join");
    for (int i = 0; i < WORKERS; i++)
        must(-pthread_join(workers[i], NULL), "pthread_join");
    must(close(server), "close");
    printf("%d good, %d bad, %d missing\n", answers[0], answers[1], answers[2]);
    return 0;
}
