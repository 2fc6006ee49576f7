/* Numbers, times and ends of processes as people say them. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>
#include <stdint.h>

enum { WORDS = 128 };

#define WORDS_SHORTEST 0.01 /* seconds: clocks are as coarse as the kernel's tick */

/* Seconds since 1970 as a moment here: "Mon 30 Nov 19:14:05". */
const char *words__moment(char text[WORDS], double time);

const char *words__number(char text[WORDS], uint64_t number);  /* "12,345" */
const char *words__duration(char text[WORDS], double seconds); /* "2.1 s", "3 h 12 min" */
const char *words__brief(char text[WORDS], double seconds);    /* "1.2 us", "40 ms", then as duration */
/* How many in a span: "7,993", "48.2", "0.25". */
const char *words__rate(char text[WORDS], double number);
/* "9 to 14 h", in the unit of the later one; "9 h or later" where that is infinite. */
const char *words__range(char text[WORDS], double low, double high);
const char *words__pace(char text[WORDS], double in_an_hour);          /* "48 an hour", "3 a second" */
const char *words__end(char text[WORDS], const char *how, int status); /* "exited with status 0" */
const char *words__last(const char *how); /* "at the end"; of a process that still runs "now" */
const char *words__plural(uint64_t count, const char *one, const char *many);

#endif
