// Shapes of C++.
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "shapes.h"

namespace {
struct silent_guard {
    int fd;
    ~silent_guard()
    {
        give_back(fd);
    }
};

struct watchful_guard {
    int fd;
    ~watchful_guard()
    {
        if (give_back(fd) != 0)
            note();
    }
};

struct deleter {
    void operator()(int *fd) const
    {
        give_back(*fd);
    }
};

struct device {
    int fd;
    explicit device(int number) : fd(number)
    {
    }
    virtual ~device() = default;
    virtual int close_it()
    {
        return give_back(fd);
    }
};

__attribute__((noinline)) device *make_device(int fd)
{
    return new device(fd);
}
} // namespace

extern "C" {

TELLING_SHAPE(destructor, IGNORED)
{
    silent_guard guard{context->fd};
    return next_number();
}

TELLING_SHAPE(destructor_that_checks, CHECKED)
{
    watchful_guard guard{context->fd};
    return next_number();
}

SHAPE(smart_pointer, IGNORED)
{
    std::unique_ptr<int, deleter> owner(&context->fd);
    note();
}

SHAPE(lambda_checked, CHECKED)
{
    auto release = [](int fd) { return give_back(fd); };
    if (release(context->fd) < 0)
        note();
}

SHAPE(lambda_ignored, IGNORED)
{
    auto release = [context]() { return give_back(context->fd); };
    release();
    note();
}

SHAPE(thrown_if_failed, CHECKED)
{
    if (give_back(context->fd) != 0)
        throw std::runtime_error("close");
}

SHAPE(pushed_to_vector, CHECKED)
{
    std::vector<int> statuses;
    statuses.push_back(give_back(context->fd));
    look_at(statuses.data());
}

SHAPE(virtual_checked, CHECKED)
{
    device *it = make_device(context->fd);
    if (it->close_it() < 0)
        note();
    delete it;
}

SHAPE(virtual_ignored, IGNORED)
{
    device *it = make_device(context->fd);
    it->close_it();
    delete it;
}

SHAPE(in_catch, IGNORED)
{
    try {
        if (context->count == 3)
            throw 1;
        note();
    } catch (int) {
        give_back(context->fd);
    }
}

SHAPE(made_text_of, CHECKED)
{
    std::string text = std::to_string(give_back(context->fd));
    log_two(text.c_str(), 0);
}
}
