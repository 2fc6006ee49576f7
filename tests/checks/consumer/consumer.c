/* Uses an installed public header. */
#include <leakwatch/ledger.h>
#include <stdio.h>

int main(void)
{
    printf("ledger format %d\n", LW_MAJOR);
    return 0;
}
