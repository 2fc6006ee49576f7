/* What destructors of statics, exit handlers and libraries close after main is given back: only what nobody closes leaks.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget type=file
 */
#include "program.h"

extern "C" int late_library_number(void);

namespace {

struct Log {
    int fd = must(open("static.log", O_RDWR | O_CREAT, 0600), "open");
    ~Log()
    {
        must(close(fd), "close");
    }
};

Log log_of_the_file;
int closed_by_handler;

void close_in_handler()
{
    must(close(closed_by_handler), "close");
}

int forget()
{
    return must(open("static.log", O_RDONLY), "open"); /* leak:forget */
}

} // namespace

int main()
{
    static Log log_of_the_function;
    static thread_local Log log_of_the_thread;
    static const struct deed deeds[] = {{forget, 2, 3}};
    closed_by_handler = must(open("static.log", O_RDONLY), "open");
    must(atexit(close_in_handler), "atexit");
    do_deeds(deeds, COUNT(deeds));
    printf("%d %d %d %d\n", log_of_the_file.fd, log_of_the_function.fd, log_of_the_thread.fd, late_library_number());
    return 0;
}
