/* Numbers, times and ends of processes as people say them. */
#include "words.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HUNDRED 100
#define LARGEST 1e15
#define LEAST_RATE 0.01

const char *words__number(char text[WORDS], uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    char *out = text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return text;
}

static const struct unit {
    double seconds;
    const char *name;
} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
enum { SHORTEST_UNIT = sizeof units / sizeof units[0] - 1 };

const char *words__duration(char text[WORDS], double seconds)
{
    for (size_t i = 0; i < SHORTEST_UNIT; i++) {
        const struct unit *unit = &units[i], *below = &units[i + 1]; /* two are said: hours and minutes */
        if (seconds < unit->seconds)
            continue;
        uint64_t whole = (uint64_t)(seconds / unit->seconds);
        uint64_t rest = (uint64_t)((seconds - (double)whole * unit->seconds) / below->seconds);
        char number[WORDS];
        snprintf(text, WORDS, "%.60s %s %" PRIu64 " %s", words__number(number, whole), unit->name, rest, below->name);
        return text;
    }
    if (seconds >= 1)
        snprintf(text, WORDS, "%.1f s", seconds);
    else if (seconds >= WORDS_SHORTEST)
        snprintf(text, WORDS, "%.0f ms", seconds * 1000);
    else
        snprintf(text, WORDS, "less than 10 ms");
    return text;
}

static const char *signal_name(int number)
{
#if __GLIBC_PREREQ(2, 32)
    return sigabbrev_np(number);
#else
    (void)number;
    return NULL;
#endif
}

const char *words__brief(char text[WORDS], double seconds)
{
    static const struct {
        double below, unit;
        const char *name;
    } scales[] = {{1e-6, 1e-9, "ns"}, {1e-3, 1e-6, "us"}, {1, 1e-3, "ms"}};
    if (seconds <= 0)
        return memcpy(text, "0 s", sizeof "0 s");
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        double value = seconds / scales[i].unit;
        if (seconds < scales[i].below) {
            snprintf(text, WORDS, value < 10 ? "%.1f %s" : "%.0f %s", value, scales[i].name);
            return text;
        }
    }
    return words__duration(text, seconds);
}

const char *words__rate(char text[WORDS], double number)
{
    if (number >= HUNDRED)
        return words__number(text, (uint64_t)nearbyint(fmin(number, LARGEST)));
    snprintf(text, WORDS, number >= 1 ? "%.1f" : number >= LEAST_RATE ? "%.2f" : "<0.01", number);
    return text;
}

/* Two of a unit are worth it. */
static const struct unit *unit_of(double seconds)
{
    for (size_t i = 0; i < SHORTEST_UNIT; i++)
        if (seconds >= 2 * units[i].seconds)
            return &units[i];
    return &units[SHORTEST_UNIT];
}

static int digits_of(double value)
{
    return value > 0 && value < 10 && value - (double)(uint64_t)value > 0.05 ? 1 : 0;
}

const char *words__range(char text[WORDS], double low, double high)
{
    bool is_open = isinf(high);
    const struct unit *unit = unit_of(is_open ? low : high);
    const struct unit *first_unit = low > 0 && low < unit->seconds ? unit_of(low) : unit;
    double from = low / first_unit->seconds, to = high / unit->seconds;
    char first[WORDS / 4], last[WORDS / 4];
    snprintf(first, sizeof first, "%.*f", digits_of(from), from);
    snprintf(last, sizeof last, "%.*f", is_open ? 0 : digits_of(to), is_open ? 0 : to);
    if (is_open)
        snprintf(text, WORDS, "%s %s or later", first, unit->name);
    else if (first_unit != unit)
        snprintf(text, WORDS, "%s %s to %s %s", first, first_unit->name, last, unit->name);
    else if (strcmp(first, last) == 0)
        snprintf(text, WORDS, "%s %s", last, unit->name);
    else
        snprintf(text, WORDS, "%s to %s %s", first, last, unit->name);
    return text;
}

const char *words__pace(char text[WORDS], double in_an_hour)
{
    static const struct {
        double in_an_hour;
        const char *name;
    } paces[] = {{3600, "a second"}, {60, "a minute"}, {1, "an hour"}, {1 / 24.0, "a day"}};
    size_t unit = 0;
    while (unit + 1 < sizeof paces / sizeof paces[0] && in_an_hour < 2 * paces[unit].in_an_hour)
        unit++;
    double value = in_an_hour / paces[unit].in_an_hour;
    snprintf(text, WORDS, value < 2 ? "%.1f %s" : "%.0f %s", value, paces[unit].name);
    return text;
}

const char *words__end(char text[WORDS], const char *how, int status)
{
    if (strcmp(how, "exit") == 0)
        snprintf(text, WORDS, "exited with status %d", status);
    else if (strcmp(how, "signal") == 0)
        snprintf(text, WORDS, "was ended by signal %d%s%s", status, signal_name(status) ? ", SIG" : "",
                 signal_name(status) ? signal_name(status) : "");
    else if (strcmp(how, "exec") == 0)
        snprintf(text, WORDS, "executed another program");
    else if (strcmp(how, "running") == 0)
        snprintf(text, WORDS, "still runs");
    else if (strcmp(how, "detached") == 0)
        snprintf(text, WORDS, "was let go by leakwatch detach");
    else
        snprintf(text, WORDS, "was killed, or ended without a word");
    return text;
}

const char *words__moment(char text[WORDS], double time)
{
    time_t seconds = (time_t)time;
    struct tm parts;
    text[0] = '\0';
    if (localtime_r(&seconds, &parts) != NULL)
        strftime(text, WORDS, "%a %d %b %H:%M:%S", &parts);
    return text;
}

const char *words__last(const char *how)
{
    return strcmp(how, "running") == 0 ? "now" : strcmp(how, "detached") == 0 ? "then" : "at the end";
}

const char *words__plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}
