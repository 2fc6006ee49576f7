/* A place that has lived for less than the time in which ages tell anything: the others of it do.
 *
 * DESIGN. Growth is judged by ages, laid against doublings from 4 ms on. A program that aborts in its first moments, as a test
 * does whose assertion fails, has no ages worth the name; nor had it the time for a pool, a cache or a session. There 8 that
 * are held, where none was given back, show the leak, and any where others were given back, but of connections: those may
 * be live. */
#ifndef SHORT_LIVES_H
#define SHORT_LIVES_H

#include <stdbool.h>
#include <stdint.h>

struct growth;
struct growth_site;

#define SHORT_LIFE 200000000ULL /* ns: times tell nothing */

bool short_lives__shows_leak(const struct growth *growth, const struct growth_site *site);
char *short_lives__sentence(const struct growth *growth, const struct growth_site *site); /* to be freed */

#endif
