/* Member functions, templates and lambdas as scopes: built with -finstrument-functions, of 230 requests every tenth throws,
 * and only the plain descriptor of those is forgotten.
 *
 * settings: scopes=net::Server::handle_*,forget
 * expect: scope-leak|fd-leak count=23 call=open line=plain scope=net::Server::handle_request
 * expect: stream-leak|scope-leak count=2 call=fopen scope=*Keeper::forget
 */
#include "program.h"

#include <stdexcept>

namespace net {

struct Guard {
    int fd = must(open("guarded.txt", O_RDWR | O_CREAT, 0600), "open");
    Guard() = default;
    Guard(const Guard &) = delete;
    Guard &operator=(const Guard &) = delete;
    ~Guard()
    {
        must(close(fd), "close");
    }
};

template <typename Request> class Server {
  public:
    int caught = 0;
    void handle_request(Request request);
};

template <typename Request> void Server<Request>::handle_request(Request request)
{
    Guard guard;
    int plain = must(open("plain.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:plain */
    if (request % 10 == 3)
        throw std::runtime_error("three");
    must(close(plain), "close");
}

} // namespace net

namespace {

struct Keeper {
    static void forget()
    {
        must_have(fopen("/dev/null", "r"), "fopen");
    }
};

} // namespace

int main()
{
    net::Server<long> server;
    auto serve = [&server](long number) {
        try {
            server.handle_request(number);
        } catch (const std::runtime_error &) {
            server.caught++;
        }
    };
    for (long number = 0; number < 230; number++)
        serve(number);
    Keeper::forget();
    Keeper::forget();
    printf("caught %d\n", server.caught);
    return 0;
}
