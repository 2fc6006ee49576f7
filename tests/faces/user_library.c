/* A library that uses leakwatch.h, linked to the program user.c or loaded by it. */
#include "user.h"
#include "leakwatch/leakwatch.h"

#include <stdio.h>

void library(void)
{
    LEAKWATCH_SCOPE("library") {
        printf("answer library %d\n", leakwatch_active());
    }
}
