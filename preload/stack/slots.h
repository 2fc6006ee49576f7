/* The slots of a stack, compared with what they were: a few at a time, which lie in one page. If the first of them can be
 * read, so can the others. */
#ifndef LW_STACK_SLOTS_H
#define LW_STACK_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "ring.h"

/* How many slots are compared at a time: LW_MANY, and at the end as few as LW_FEW will do. Where there are less of them, the
 * last one is repeated. */
#define LW_FEW 4u
#define LW_MANY 8u

#if defined(__SSE2__)

/* Volatile: never before it is known that they can be read. */
static inline __attribute__((always_inline)) __m128i two_equal(const uint64_t *first, const uint64_t *second,
                                                               const uint64_t *value)
{
    __m128i two;
    __asm__ volatile("movq %1, %0\n\tmovhps %2, %0\n\tpcmpeqd %3, %0"
                     : "=&x"(two)
                     : "m"(*first), "m"(*second), "m"(*(const __m128i *)(const void *)value));
    return two;
}

/* Two slots at these offsets, which are numbered by a constant. */
#define TWO_EQUAL(i)                                                                                                   \
    two_equal(&stack[_mm_extract_epi16(offsets, (i))], &stack[_mm_extract_epi16(offsets, (i) + 1)], &value[i])

static inline __attribute__((always_inline)) bool are_all(__m128i equal)
{
    return _mm_movemask_epi8(equal) == 0xffff;
}

/* The offsets are known to be such before they are followed: what is compared then need not be known to be a value yet. */
static inline __attribute__((always_inline)) bool few_equal(const struct lw_ring *ring, uint32_t serial,
                                                            const uint64_t *stack, const uint64_t *value,
                                                            const uint16_t *offset)
{
    __m128i offsets = _mm_loadl_epi64((const __m128i *)(const void *)offset);
    __asm__("" : "+x"(offsets)); /* it is loaded here, and once */
    if (!lw_ring_unmoved(ring, serial))
        return false;
    __m128i equal = TWO_EQUAL(0);
    return are_all(_mm_and_si128(equal, TWO_EQUAL(2)));
}

#define TWO_SLOTS(i, j, values, to)                                                                                    \
    "pextrw $" #i ", %[offsets], %k[one]\n\tpextrw $" #j ", %[offsets], %k[other]\n\t"                                 \
    "movq (%[stack],%[one],8), " to "\n\tmovhps (%[stack],%[other],8), " to "\n\t"                                     \
    "pcmpeqd " #values "(%[value],%[i],8), " to "\n\t"

/* The slots and values from this number on. By hand, for it takes no more registers than need not be saved. */
static inline __attribute__((always_inline)) bool many_equal(const struct lw_ring *ring, uint32_t serial,
                                                             const uint64_t *stack, const uint64_t *value,
                                                             const uint16_t *offset, ptrdiff_t i)
{
    __m128i offsets = _mm_loadu_si128((const __m128i *)(const void *)&offset[i]), equal, two;
    uint64_t one, other;
    __asm__("" : "+x"(offsets));
    if (!lw_ring_unmoved(ring, serial))
        return false;
    __asm__ volatile(TWO_SLOTS(0, 1, 0, "%[equal]")                            //
                     TWO_SLOTS(2, 3, 16, "%[two]") "pand %[two], %[equal]\n\t" //
                     TWO_SLOTS(4, 5, 32, "%[two]") "pand %[two], %[equal]\n\t" //
                     TWO_SLOTS(6, 7, 48, "%[two]") "pand %[two], %[equal]"     //
                     : [one] "=&r"(one), [other] "=&r"(other), [equal] "=&x"(equal), [two] "=&x"(two)
                     : [offsets] "x"(offsets), [stack] "r"(stack), [value] "r"(value), [i] "r"(i)
                     : "memory");
    return are_all(equal);
}

#else

#if defined(__aarch64__) && defined(__GCC_ASM_FLAG_OUTPUTS__)
/* Without a branch in between. Volatile: never before it is known that they can be read. */
static inline __attribute__((always_inline)) bool four_equal(const uint64_t *stack, const uint64_t *value, size_t first,
                                                             size_t second, size_t third, size_t fourth)
{
    bool equal;
    uint64_t one, other;
    __asm__ volatile("ldr %[first], [%[stack], %[first], lsl #3]\n\tldr %[second], [%[stack], %[second], lsl #3]\n\t"
                     "ldp %[one], %[other], [%[value]]\n\t"
                     "cmp %[first], %[one]\n\tccmp %[second], %[other], #0, eq\n\t"
                     "ldr %[third], [%[stack], %[third], lsl #3]\n\tldr %[fourth], [%[stack], %[fourth], lsl #3]\n\t"
                     "ldp %[one], %[other], [%[value], #16]\n\t"
                     "ccmp %[third], %[one], #0, eq\n\tccmp %[fourth], %[other], #0, eq"
                     : "=@cceq"(equal), [one] "=&r"(one), [other] "=&r"(other), [first] "+&r"(first),
                       [second] "+&r"(second), [third] "+&r"(third), [fourth] "+&r"(fourth)
                     : [stack] "r"(stack), [value] "r"(value)
                     : "memory");
    return equal;
}
#else
static inline bool four_equal(const uint64_t *stack, const uint64_t *value, size_t first, size_t second, size_t third,
                              size_t fourth)
{
    return stack[first] == value[0] && stack[second] == value[1] && stack[third] == value[2] &&
           stack[fourth] == value[3];
}
#endif

static inline __attribute__((always_inline)) bool few_equal(const struct lw_ring *ring, uint32_t serial,
                                                            const uint64_t *stack, const uint64_t *value,
                                                            const uint16_t *offset)
{
    size_t first = offset[0], second = offset[1], third = offset[2], fourth = offset[3];
    return lw_ring_unmoved(ring, serial) && four_equal(stack, value, first, second, third, fourth);
}

static inline __attribute__((always_inline)) bool many_equal(const struct lw_ring *ring, uint32_t serial,
                                                             const uint64_t *stack, const uint64_t *value,
                                                             const uint16_t *offset, ptrdiff_t i)
{
    size_t first = offset[i], second = offset[i + 1], third = offset[i + 2], fourth = offset[i + 3];
    size_t fifth = offset[i + 4], sixth = offset[i + 5], seventh = offset[i + 6], eighth = offset[i + 7];
    return lw_ring_unmoved(ring, serial) && four_equal(stack, &value[i], first, second, third, fourth) &&
           four_equal(stack, &value[i] + LW_FEW, fifth, sixth, seventh, eighth);
}

#endif

/* Counted up to 0, by which the processor's flags tell of the end. */
static inline __attribute__((always_inline)) bool lw_slots_equal(const struct lw_ring *ring, uint32_t serial,
                                                                 const uint64_t *values, const uint64_t *stack,
                                                                 size_t slots)
{
    size_t many = slots & ~(size_t)(LW_MANY - 1);
    const uint64_t *value = &values[many];
    const uint16_t *offset = (const uint16_t *)(const void *)&values[slots] + many;
    for (ptrdiff_t i = -(ptrdiff_t)many; i != 0; i += LW_MANY)
        if (!many_equal(ring, serial, stack, value, offset, i))
            return false;
    return many == slots || few_equal(ring, serial, stack, value, offset);
}

#endif
