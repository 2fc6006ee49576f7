/* Code made at run time that keeps a frame pointer, in frames of up to 64 KiB: whoever called it is in the stack, and
 * what was called through it is told from what was not. Where it keeps none, and its frame pointer leads anywhere, the
 * stack ends there and nothing is read that cannot be.
 *
 * needs: x86_64
 * settings: check=1
 * expect: fd-leak count=7 call=open function=main line=forget findings=1
 * expect: fd-leak count=2 call=open function=forget line=forget
 */
#include "program.h"

#include <stdint.h>
#include <sys/mman.h>

static int forget(void)
{
    return must(open("/dev/null", O_RDONLY), "open"); /* leak:forget */
}

typedef int made(int (*)(void));

/* push rbp; mov rbp, rsp; sub rsp, BYTES; call rdi; leave; ret */
static made *make(unsigned char *code, uint32_t bytes)
{
    static const unsigned char text[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0x81, 0xec, 0, 0, 0, 0, 0xff, 0xd7, 0xc9, 0xc3};
    made *function;
    memcpy(code, text, sizeof text);
    memcpy(code + 7, &bytes, sizeof bytes);
    memcpy(&function, &code, sizeof function);
    return function;
}

/* push rbp; mov rbp, VALUE; call rdi; pop rbp; ret */
static made *make_astray(unsigned char *code, uint64_t value)
{
    static const unsigned char text[] = {0x55, 0x48, 0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xd7, 0x5d, 0xc3};
    made *function;
    memcpy(code, text, sizeof text);
    memcpy(code + 3, &value, sizeof value);
    memcpy(&function, &code, sizeof function);
    return function;
}

int main(void)
{
    unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED)
        return 77;
    for (int i = 0; i < 3; i++)
        make(code, 256)(forget);
    for (int i = 0; i < 4; i++)
        make(code + 64, 16u << (2 * i + 6))(forget);
    /* Just above this frame, and nothing is mapped there; no multiple of 8. */
    make_astray(code + 128, (uint64_t)&code + (64 << 20))(forget);
    make_astray(code + 192, (uint64_t)&code + 1)(forget);
    for (int i = 0; i < 3; i++)
        must(close(make(code, 256)(forget)), "close");
    return 0;
}
