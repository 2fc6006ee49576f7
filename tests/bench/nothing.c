/* A short process: it takes nothing; with an argument it opens one file and closes it, or, with "leak", does not. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 2)
        return 0;
    int fd = open("/dev/null", O_RDONLY);
    if (fd < 0)
        return 1;
    return strcmp(argv[1], "leak") == 0 ? 0 : close(fd);
}
