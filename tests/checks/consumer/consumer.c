/* Uses the installed public headers. */
#include <leakwatch/leakwatch.h>
#include <leakwatch/ledger.h>
#include <stdio.h>

int main(void)
{
    LEAKWATCH_SCOPE("consumer") {
        printf("ledger format %d, %s\n", LW_MAJOR, leakwatch_active() ? "watched" : "not watched");
    }
    return 0;
}
