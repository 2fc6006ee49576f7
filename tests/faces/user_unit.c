/* The second unit of the program user.c. */
#include "user.h"
#include "leakwatch/leakwatch.h"

#include <stdio.h>

void unit(void)
{
    LEAKWATCH_SCOPE("unit") {
        printf("answer unit %d\n", leakwatch_active());
    }
}
