/* Counts what was said of histories, and was true or not. */
#ifndef TALLY_H
#define TALLY_H

#include "look.h"

/* Of sites that leak, by how far the leak has come. */
struct recall {
    unsigned sites, found, suspected;
};

struct forecast_errors {
    double *values; /* |said - true| / true, of what is left */
    size_t count, room;
    unsigned within; /* the true moment lies in the range */
};

struct tally {
    unsigned histories, looks;
    struct recall all[WAYS], outlived[WAYS];
    unsigned sound;                     /* looks at sites that do not leak, */
    unsigned accused;                   /* of them called leaking, */
    unsigned suspected;                 /* or suspect */
    unsigned warm_ups;                  /* called leaking, of those accused */
    struct forecast_errors early, half; /* at 5 %; at 25 and 50 % of the way */
    unsigned quiet_looks;               /* at processes in which nothing leaks, and … */
    unsigned false_alarms, conditional; /* … for which a moment was said, all the same; or "if it goes on" */
    unsigned due;                       /* looks at 25 and 50 % of the way: `half` counts those with a forecast */
};

void tally__add(struct tally *tally, const struct history *history, const struct look *looks, unsigned count);
void tally__join(struct tally *tally, const struct tally *other);
void tally__free(struct tally *tally);

double tally__precision(const struct tally *tally);
double tally__recall(const struct recall *recall);
double tally__given(const struct tally *tally); /* share of the looks at 25 and 50 % of the way: a moment is said */
/* A share of the forecasts are no further off than that. */
double tally__error(const struct forecast_errors *errors, double share);
double tally__false_alarms(const struct tally *tally); /* share of the quiet looks */
double tally__within(const struct forecast_errors *errors);

void tally__print_head(const char *title);
void tally__print_row(const char *name, const struct tally *tally);
void tally__print_sum(const char *name, const struct tally *tally);

#endif
