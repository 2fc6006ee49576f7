/* memcpy, strlen and their like, for this library alone.
 *
 * DESIGN. The C library's own may be replaced by a sanitizer's, which takes notes of what is read and written: what threads
 * do here by atomic operations alone would be told as races of the program's, and ThreadSanitizer ends such a program with
 * another status. They are also the only calls out of the parts that run before relocation. Names in here are hidden: the
 * program has its own, and so has every other library. What is copied and compared is short. */
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#include <string.h>

#include "system.h"

/* The compiler must not make a call of the very function out of its loop. */
#define KEEP_LOOP __asm__ volatile("" : : : "memory")

LW_START_CODE void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
#if defined(__x86_64__)
    void *at = to;
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
#else
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
        KEEP_LOOP;
    }
#endif
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    while (size--) {
        ((uint8_t *)to)[size] = ((const uint8_t *)from)[size];
        KEEP_LOOP;
    }
    return to;
}

LW_START_CODE void *memset(void *to, int byte, size_t size)
{
#if defined(__x86_64__)
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(byte) : "memory");
#else
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = (uint8_t)byte;
        KEEP_LOOP;
    }
#endif
    return to;
}

LW_START_CODE int memcmp(const void *one, const void *other, size_t size)
{
    const uint8_t *a = one, *b = other;
    for (; size && *a == *b; a++, b++, size--)
        KEEP_LOOP;
    return size ? *a - *b : 0;
}

LW_START_CODE size_t strnlen(const char *text, size_t most)
{
    size_t length = 0;
    while (length < most && text[length]) {
        length++;
        KEEP_LOOP;
    }
    return length;
}

LW_START_CODE size_t strlen(const char *text)
{
    return strnlen(text, SIZE_MAX);
}

LW_START_CODE int strncmp(const char *one, const char *other, size_t most)
{
    for (; most && *one && *one == *other; one++, other++, most--)
        KEEP_LOOP;
    return most ? (uint8_t)*one - (uint8_t)*other : 0;
}

LW_START_CODE int strcmp(const char *one, const char *other)
{
    return strncmp(one, other, SIZE_MAX);
}

LW_START_CODE char *strchr(const char *text, int wanted)
{
    for (; *text != (char)wanted; text++)
        if (*text == 0)
            return NULL;
    return (char *)(uintptr_t)text;
}

LW_START_CODE char *strrchr(const char *text, int wanted)
{
    const char *last = NULL;
    for (;; text++) {
        if (*text == (char)wanted)
            last = text;
        if (*text == 0)
            return (char *)(uintptr_t)last;
    }
}

LW_START_CODE char *stpcpy(char *restrict to, const char *restrict from)
{
    for (; (*to = *from) != 0; to++, from++)
        KEEP_LOOP;
    return to;
}

char *strcpy(char *restrict to, const char *restrict from)
{
    stpcpy(to, from);
    return to;
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = strnlen(from, size);
    memcpy(to, from, length);
    memset(to + length, 0, size - length);
    return to;
}

size_t strspn(const char *text, const char *wanted)
{
    size_t length = 0;
    while (text[length] && strchr(wanted, text[length]))
        length++;
    return length;
}

LW_START_CODE size_t strcspn(const char *text, const char *unwanted)
{
    size_t length = 0;
    while (text[length] && !strchr(unwanted, text[length]))
        length++;
    return length;
}

char *strpbrk(const char *text, const char *wanted)
{
    text += strcspn(text, wanted);
    return *text ? (char *)(uintptr_t)text : NULL;
}

char *strstr(const char *text, const char *wanted)
{
    size_t length = strlen(wanted);
    for (; strncmp(text, wanted, length) != 0; text++)
        if (*text == 0)
            return NULL;
    return (char *)(uintptr_t)text;
}

#pragma GCC visibility pop
