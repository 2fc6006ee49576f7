/* What the fuzzer and the maker of its seeds agree on. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdint.h>

#define FUZZ_LIVE 0x4556494c /* lw_header.image: the fuzzer's own process is to be the writer */

/* Of this process, as in /proc/PID/stat; 0 where it cannot be found out. */
uint64_t fuzz_start_ticks(void);

#endif
