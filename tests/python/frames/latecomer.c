/* Preloaded: lets those go on that wait in the opening of a FIFO, when the process ends, and waits for them a little.
 *
 *   LATECOMER_FIFO=PATH */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((destructor)) static void end(void)
{
    const char *fifo = getenv("LATECOMER_FIFO");
    if (fifo && open(fifo, O_WRONLY | O_NONBLOCK) >= 0)
        usleep(300000);
}
