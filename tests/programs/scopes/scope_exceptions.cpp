/* Exceptions through nested guards and blocks: of 50 requests 7 throw, and the guards that they pass mark their scopes as
 * failed by themselves. A guard that catches, and one that is moved, has not failed.
 *
 * expect: scope-leak count=7 call=open line=plain scope="request > load > parse" ended=50 failed=7 left=7 left_failed=7
 *         only_when_failed=true
 * expect: scope-leak count=3 call=socket line=moved scope=moved ended=3 failed=0 left=3
 * expect-scope: path=request entered=50 ended=50 failed=0 left=0
 * expect-scope: path="request > load" entered=50 ended=50 failed=7 left=0
 * expect-scope: path="request > block" entered=50 ended=50 failed=0 left=0
 * expect-scope: path="request > block > inside" entered=50 ended=50 failed=7 left=0
 * expect-scope: path=moved entered=3 ended=3 failed=0 left=3
 */
#include "scopes.h"

#include <stdexcept>
#include <sys/socket.h>

#include "leakwatch/leakwatch.hpp"

namespace {

struct Descriptor {
    int fd = open_work("owned.txt");
    Descriptor() = default;
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor()
    {
        must(close(fd), "close");
    }
};

void __attribute__((noinline)) parse(int number)
{
    leakwatch::scope scope("parse");
    Descriptor owned;
    int plain = open_work("plain.txt"); /* leak:plain */
    if (number % 7 == 3)
        throw std::runtime_error("three");
    must(close(plain), "close");
}

void __attribute__((noinline)) load(int number)
{
    leakwatch::scope scope("load");
    Descriptor owned;
    parse(number);
}

/* A block ends as well, but does not know why. */
void __attribute__((noinline)) throw_through_block(int number)
{
    LEAKWATCH_SCOPE("block") {
        leakwatch::scope scope("inside");
        Descriptor owned;
        if (number % 7 == 3)
            throw std::runtime_error("three");
    }
}

int request(int number)
{
    leakwatch::scope scope("request");
    int caught = 0;
    for (auto work : {load, throw_through_block}) {
        try {
            work(number);
        } catch (const std::runtime_error &) {
            caught++;
        }
    }
    return caught;
}

leakwatch::scope __attribute__((noinline)) begin_elsewhere()
{
    leakwatch::scope scope("moved");
    must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"); /* leak:moved */
    return scope;
}

} // namespace

int main()
{
    int caught = 0;
    for (int number = 0; number < 50; number++)
        caught += request(number);
    for (int i = 0; i < 3; i++) {
        leakwatch::scope first = begin_elsewhere();
        leakwatch::scope second = std::move(first);
    }
    printf("caught %d\n", caught);
    return 0;
}
