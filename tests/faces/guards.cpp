/* A program that uses all of leakwatch.hpp, and prints each answer: test_guards.py builds it in many ways, and runs it with
 * fake.c preloaded, which prints each call. */
#include "leakwatch/leakwatch.hpp"

#include <cstdio>
#include <string>
#include <utility>

namespace {

void say(const char *text)
{
    std::printf("-- %s\n", text);
    std::fflush(stdout);
}

leakwatch::scope make(const char *name)
{
    leakwatch::scope made(name);
    return made;
}

void moves()
{
    say("moved");
    leakwatch::scope first = make("moved");
    leakwatch::scope second(std::move(first));
    say("assigned");
    leakwatch::scope third("third");
    third = std::move(second);
    say("ended");
    std::printf("answer %zu\n", third.end());
    std::printf("answer %zu, %s\n", third.end(), third.get() ? "open" : "closed");
}

void carries()
{
    say("carried");
    leakwatch::scope scope(std::string("carried"));
    scope.fail(std::string("bad"));
    scope.detach();
    std::printf("answer %s\n", scope.attach() ? "attached" : "not attached");
    say("released");
    const leakwatch_scope_t entry = scope.release();
    say("taken over");
    leakwatch::scope other(entry);
}

void resources()
{
    say("resources");
    leakwatch::scope scope("resources");
    std::FILE *no_stream = nullptr;
    DIR *no_directory = nullptr;
    const bool done[] = {
        leakwatch::hand_over(3),
        leakwatch::hand_over(4, LEAKWATCH_PROCESS),
        leakwatch::hand_over(no_stream, scope),
        leakwatch::expect_held(no_directory, "for life"),
        leakwatch::expect_held(5, std::string("for life")),
        leakwatch::label(leakwatch::resource::child(6), "worker"),
        leakwatch::label(7, std::string("spool")),
    };
    for (const bool one : done)
        std::printf("answer %s\n", one ? "done" : "not known");
    int told = 0;
    const std::size_t count = leakwatch::held([&told](const leakwatch_resource &) { told++; }, scope);
    std::printf("answer %zu, told %d\n", count, told);
    std::printf("answer %zu, %s\n", leakwatch::open_count(), leakwatch::active() ? "active" : "not active");
}

#ifdef __cpp_exceptions
struct in_a_destructor {
    ~in_a_destructor()
    {
        leakwatch::scope scope("while an exception is on its way");
    }
};

void exceptions()
{
    say("thrown");
    try {
        leakwatch::scope outer("outer");
        leakwatch::scope inner("inner");
        const in_a_destructor destructor;
        throw 1;
    } catch (int) {
        say("caught");
    }
    try {
        leakwatch::held([](const leakwatch_resource &) { throw 2; });
    } catch (int number) {
        std::printf("answer: thrown %d\n", number);
    }
}
#endif

} // namespace

int main()
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    moves();
    carries();
    resources();
#ifdef __cpp_exceptions
    exceptions();
#endif
    say("done");
    return 0;
}
