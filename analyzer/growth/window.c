/* The span of time that tells whether births go on. */
#include "window.h"

#define WARM_UP 0.1
#define MOMENTS 50

struct window window__of(const uint64_t *births, size_t count, uint64_t first, uint64_t end)
{
    double length = end > first ? (double)(end - first) : 0;
    struct window window = {.start = (double)first + length * WARM_UP, .end = (double)first + length, .births = births};
    while (count > 0 && (double)births[count - 1] > window.end)
        count--;
    while (count > 0 && (double)window.births[0] < window.start) {
        window.births++;
        count--;
    }
    window.count = count;
    return window;
}

double window__length(const struct window *window)
{
    return window->end - window->start;
}

static double position(const struct window *window, size_t birth)
{
    double length = window__length(window);
    return length > 0 ? ((double)window->births[birth] - window->start) / length : 0;
}

double window__late(const struct window *window)
{
    size_t late = 0;
    for (size_t i = 0; i < window->count; i++)
        late += position(window, i) >= 2.0 / 3;
    return window->count > 0 ? (double)late / (double)window->count : 0;
}

size_t window__moments(const struct window *window)
{
    size_t moments = 0;
    int last = -1;
    for (size_t i = 0; i < window->count; i++) {
        int moment = (int)(position(window, i) * MOMENTS);
        moments += moment != last;
        last = moment;
    }
    return moments;
}

double window__gap(const struct window *window)
{
    return window->count > 0 ? 1 - position(window, window->count - 1) : 1;
}

double window__mean(const struct window *window)
{
    double sum = 0;
    for (size_t i = 0; i < window->count; i++)
        sum += position(window, i);
    return window->count > 0 ? sum / (double)window->count : 0.5;
}

double window__longest_pause(const struct window *window)
{
    double longest = 0;
    for (size_t i = 1; i < window->count; i++) {
        double pause = (double)(window->births[i] - window->births[i - 1]);
        longest = pause > longest ? pause : longest;
    }
    return longest;
}
