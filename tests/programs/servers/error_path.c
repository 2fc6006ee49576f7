/* The README's example of a scope: of 1,000 requests 3 are refused, and what had been opened for them is forgotten.
 *
 * expect: scope-leak count=3 call=open function=handle line=page scope=request
 */
#include <fcntl.h>
#include <unistd.h>

#include "leakwatch/leakwatch.h"

static int authorised(int request)
{
    return request % 400 != 100;
}

static int handle(int request)
{
    LEAKWATCH_SCOPE("request") {
        int page = open("/etc/passwd", O_RDONLY | O_CLOEXEC); /* leak:page */
        if (!authorised(request)) {
            leakwatch_scope_fail(NULL, "not authorised");
            return 403; /* and the page stays open */
        }
        close(page);
    }
    return 200;
}

int main(void)
{
    for (int request = 0; request < 1000; request++)
        handle(request);
    return 0;
}
