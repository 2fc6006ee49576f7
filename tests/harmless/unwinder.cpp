/* C++ exceptions must go on being unwound by the compiler's own library: prints who does it before and after leakwatch has
 * begun to take stacks, and throws through frames with clean-ups while descriptors are opened in between. */
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace {

int cleaned_up;

struct CleanUp {
    int fd = open("/dev/null", O_RDONLY);
    ~CleanUp()
    {
        close(fd);
        cleaned_up++;
    }
};

void say_who(const char *function)
{
    Dl_info found{};
    void *address = dlsym(RTLD_DEFAULT, function);
    const char *path = address != nullptr && dladdr(address, &found) != 0 ? found.dli_fname : "nobody";
    const char *slash = std::strrchr(path, '/');
    std::printf("%s is from %s\n", function, slash != nullptr ? slash + 1 : path);
}

void descend(int depth)
{
    CleanUp clean_up;
    if (depth == 0)
        throw std::runtime_error("the bottom");
    descend(depth - 1);
}

int catch_many()
{
    int caught = 0;
    for (int i = 0; i < 1000; i++) {
        try {
            descend(i % 20);
        } catch (const std::runtime_error &) {
            caught++;
        }
    }
    return caught;
}

} // namespace

int main()
{
    static const char *const functions[] = {"_Unwind_RaiseException", "_Unwind_Resume", "_Unwind_Backtrace",
                                            "_Unwind_GetIP", "__register_frame"};
    for (int round = 0; round < 2; round++) {
        for (const char *function : functions)
            say_who(function);
        std::printf("caught %d, cleaned up %d\n", catch_many(), cleaned_up);
    }
    return 0;
}
