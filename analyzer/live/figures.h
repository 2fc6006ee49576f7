/* What is measured of the processes of a directory, as it is now: their trend, and what the trend does not count. */
#ifndef FIGURES_H
#define FIGURES_H

#include "shelf.h"
#include "trend/gathering.h"

struct process_figures {
    const struct trend_process *process;
    uint32_t pid; /* here, which in a container is not the one that it has for itself */
    uint64_t acquired, released;
    uint64_t failed;    /* releases that failed */
    uint64_t swallowed; /* of them, those whose result the program does not look at */
};

struct figures;

/* The options are those of its trend, and must outlive it. */
struct figures *figures__new(const struct gathering_options *options, const struct symbols_options *symbols);
void figures__free(struct figures *figures);

/* Measures what is on the shelf; everything that was handed out before is void. */
void figures__take(struct figures *figures, const struct shelf *shelf);

const struct trend *figures__trend(const struct figures *figures);
/* Of the process with this number in the trend. */
struct process_figures figures__of(const struct figures *figures, size_t process);
struct symbols *figures__symbols(const struct figures *figures);

#endif
