/* A plugin that leaks: built several times under different names of its one function, so that the plugins look alike and
 * may be mapped to the same addresses one after the other. */
#include "program.h"

int PLUGIN_WORK(int kept);

int PLUGIN_WORK(int kept)
{
    int last = -1;
    must(close(open("plugin.txt", O_RDWR | O_CREAT, 0600)), "open");
    for (int i = 0; i < kept; i++)
        last = must(open("plugin.txt", O_RDWR | O_CREAT, 0600), "open");
    return last;
}
