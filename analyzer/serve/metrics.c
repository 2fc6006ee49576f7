/* What is measured, as metrics: tables of families, each with the function that has its value. */
#include "metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "source/path.h"
#include "symbol/stack.h"

enum { PROCESS_LABELS = 3, SITE_LABELS = 5, NUMBER = 32 };

/* ---- Processes --------------------------------------------------------------------------------------------------- */

static bool open_of(const struct process_figures *figures, double *value)
{
    *value = (double)figures->process->open;
    return true;
}

static bool limit_of(const struct process_figures *figures, double *value)
{
    *value = (double)figures->process->limit;
    return figures->process->limit > 0;
}

static bool headroom_of(const struct process_figures *figures, double *value)
{
    uint64_t limit = figures->process->limit, open = figures->process->open;
    *value = (double)(limit > open ? limit - open : 0);
    return limit > 0;
}

static bool acquired_of(const struct process_figures *figures, double *value)
{
    *value = (double)figures->acquired;
    return true;
}

static bool released_of(const struct process_figures *figures, double *value)
{
    *value = (double)figures->released;
    return true;
}

static bool failed_of(const struct process_figures *figures, double *value)
{
    *value = (double)figures->failed;
    return true;
}

static bool swallowed_of(const struct process_figures *figures, double *value)
{
    *value = (double)figures->swallowed;
    return true;
}

static bool leaking_of(const struct process_figures *figures, double *value)
{
    *value = (double)figures->process->leaking;
    return true;
}

static bool unrecorded_of(const struct process_figures *figures, double *value)
{
    *value = (double)figures->process->process.lost;
    return true;
}

static bool start_of(const struct process_figures *figures, double *value)
{
    *value = figures->process->process.start;
    return true;
}

/* False: there is nothing to tell of this process. */
typedef bool process_value(const struct process_figures *figures, double *value);

static const struct process_family {
    struct family family;
    process_value *value;
} process_families[] = {
    {{"leakwatch_open_descriptors", METRIC_GAUGE, NULL, "Descriptors that the process has open."}, open_of},
    {{"leakwatch_descriptor_limit", METRIC_GAUGE, NULL, "Descriptors that it may have open, its soft limit."},
     limit_of},
    {{"leakwatch_descriptor_headroom", METRIC_GAUGE, NULL, "Descriptors left until that limit."}, headroom_of},
    {{"leakwatch_acquisitions", METRIC_COUNTER, NULL, "Resources that it has acquired: descriptors, streams, locks, …"},
     acquired_of},
    {{"leakwatch_releases", METRIC_COUNTER, NULL, "Of these, those that it has released."}, released_of},
    {{"leakwatch_release_errors", METRIC_COUNTER, NULL, "Releases that failed."}, failed_of},
    {{"leakwatch_swallowed_errors", METRIC_COUNTER, NULL,
      "Releases that failed and whose result the program does not look at."},
     swallowed_of},
    {{"leakwatch_leaking_sites", METRIC_GAUGE, NULL, "Places of the program that leak, as far as can be told now."},
     leaking_of},
    {{"leakwatch_unrecorded", METRIC_COUNTER, NULL,
      "Resources that found no room in the ledger, and that no other metric counts: is the disk full?"},
     unrecorded_of},
    {{"leakwatch_start_time_seconds", METRIC_GAUGE, "seconds", "When it was first watched, since 1970."}, start_of},
};

static const struct family to_limit = {"leakwatch_limit_reached_in_seconds", METRIC_GAUGE, "seconds",
                                       "Until its table of descriptors is full: the earliest, the most likely and the "
                                       "latest time. Absent where nothing leaks."};

struct process_names {
    char pid[NUMBER];
    struct label labels[PROCESS_LABELS + 1]; /* and one more for who needs it */
};

static void name_process(struct process_names *names, const struct process_figures *figures)
{
    const struct process *process = &figures->process->process;
    snprintf(names->pid, sizeof names->pid, "%" PRIu32, figures->pid);
    names->labels[0] = (struct label){"program", process->name};
    names->labels[1] = (struct label){"pid", names->pid};
    names->labels[2] = (struct label){"host", process->host};
}

/* A number may have been given again to what the process has executed since. */
struct seen {
    char *key;
    UT_hash_handle hh;
};

static bool is_new(struct seen **seen, const struct process_figures *figures)
{
    const struct process *process = &figures->process->process;
    char *key = heap__printed("%" PRIu32 " %s %s", figures->pid, process->name, process->host);
    struct seen *found;
    HASH_FIND_STR(*seen, key, found);
    if (found != NULL) {
        free(key);
        return false;
    }
    found = heap__zeroed(1, sizeof(*found));
    found->key = key;
    HASH_ADD_KEYPTR(hh, *seen, found->key, strlen(found->key), found);
    return true;
}

static void forget(struct seen **seen)
{
    struct seen *each, *next;
    HASH_ITER(hh, *seen, each, next) {
        HASH_DEL(*seen, each);
        free(each->key);
        free(each);
    }
}

/* Numbers of the processes that are told of. */
struct chosen {
    size_t *numbers, count;
};

static struct chosen choose(const struct figures *figures, size_t most)
{
    size_t count = figures__trend(figures)->process_count;
    struct chosen chosen = {.numbers = heap__zeroed(count + 1, sizeof(size_t))};
    struct seen *seen = NULL;
    for (size_t i = 0; i < count && chosen.count < most; i++) {
        const struct process_figures of = figures__of(figures, i);
        if (is_new(&seen, &of))
            chosen.numbers[chosen.count++] = i;
    }
    forget(&seen);
    return chosen;
}

static void put_forecast(const struct exposition *exposition, const struct process_figures *figures)
{
    const struct growth_forecast *forecast = &figures->process->forecast;
    const struct {
        const char *name;
        double value;
    } bounds[] = {{"earliest", forecast->earliest}, {"likely", forecast->point}, {"latest", forecast->latest}};
    struct process_names names = {.pid = ""};
    if (!forecast->is_given || forecast->is_conditional)
        return;
    name_process(&names, figures);
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        names.labels[PROCESS_LABELS] = (struct label){"bound", bounds[i].name};
        exposition__sample(exposition, &to_limit, names.labels, PROCESS_LABELS + 1, bounds[i].value);
    }
}

static void put_processes(const struct exposition *exposition, const struct figures *figures,
                          const struct chosen *chosen)
{
    for (size_t f = 0; f < sizeof process_families / sizeof process_families[0]; f++) {
        const struct process_family *each = &process_families[f];
        exposition__family(exposition, &each->family);
        for (size_t i = 0; i < chosen->count; i++) {
            const struct process_figures of = figures__of(figures, chosen->numbers[i]);
            struct process_names names = {.pid = ""};
            double value;
            name_process(&names, &of);
            if (each->value(&of, &value))
                exposition__sample(exposition, &each->family, names.labels, PROCESS_LABELS, value);
        }
    }
    exposition__family(exposition, &to_limit);
    for (size_t i = 0; i < chosen->count; i++) {
        const struct process_figures of = figures__of(figures, chosen->numbers[i]);
        put_forecast(exposition, &of);
    }
}

/* ---- Sites ------------------------------------------------------------------------------------------------------- */

static double held_of(const struct trend_site *site)
{
    return (double)site->held;
}

static double verdict_of(const struct trend_site *site)
{
    return (double)site->verdict;
}

static double processes_of(const struct trend_site *site)
{
    return (double)site->share_count;
}

static const struct site_family {
    struct family family;
    double (*value)(const struct trend_site *site);
} site_families[] = {
    {{"leakwatch_site_held", METRIC_GAUGE, NULL, "Resources that processes hold which were acquired at this place."},
     held_of},
    {{"leakwatch_site_verdict", METRIC_GAUGE, NULL,
      "What becomes of them: 0 steady, 1 load, 2 kept for life, 3 suspect, 4 leaking."},
     verdict_of},
    {{"leakwatch_site_processes", METRIC_GAUGE, NULL, "Processes that hold some of this place."}, processes_of},
};

struct site_names {
    char *location;
    struct label labels[SITE_LABELS];
};

static char *location_of(const struct frame *frame)
{
    if (frame == NULL)
        return heap__copied("");
    if (frame->file != NULL)
        return heap__printed("%s:%d", base_name(frame->file), frame->line);
    return heap__printed("%s+0x%" PRIx64, frame->module != NULL ? base_name(frame->module) : "", frame->offset);
}

static struct site_names name_site(const struct trend *trend, const struct trend_site *site)
{
    const struct frame *frame = site->stack != NULL ? stack__user_frame(site->stack) : NULL;
    const struct process *process = site->share_count > 0 ? &trend->processes[site->shares[0].process].process : NULL;
    struct site_names names = {.location = location_of(frame)};
    const struct label labels[SITE_LABELS] = {{"program", process != NULL ? process->name : NULL},
                                              {"site", site->fingerprint},
                                              {"kind", lw_class_name(lw_class(site->kind))},
                                              {"function", frame != NULL ? frame->function : NULL},
                                              {"location", names.location}};
    memcpy(names.labels, labels, sizeof labels);
    return names;
}

/* Two lines of one function may have one fingerprint and, from two files of one name, one location: the first is told. */
static bool is_told(const struct trend *trend, size_t number)
{
    const struct trend_site *site = &trend->sites[number];
    struct site_names names = name_site(trend, site);
    bool is_one = site->held > 0;
    for (size_t i = 0; is_one && i < number; i++) {
        if (strcmp(trend->sites[i].fingerprint, site->fingerprint) != 0)
            continue;
        struct site_names others = name_site(trend, &trend->sites[i]);
        is_one = strcmp(others.location, names.location) != 0;
        free(others.location);
    }
    free(names.location);
    return is_one;
}

/* Returns how many that hold something are left out. */
static size_t put_sites(const struct exposition *exposition, const struct trend *trend, size_t most)
{
    size_t *told = heap__zeroed(trend->site_count + 1, sizeof(*told)), count = 0, holding = 0;
    for (size_t i = 0; i < trend->site_count; i++) {
        holding += trend->sites[i].held > 0;
        if (count < most && is_told(trend, i))
            told[count++] = i;
    }
    for (size_t f = 0; f < sizeof site_families / sizeof site_families[0]; f++) {
        exposition__family(exposition, &site_families[f].family);
        for (size_t i = 0; i < count; i++) {
            const struct trend_site *site = &trend->sites[told[i]];
            struct site_names names = name_site(trend, site);
            exposition__sample(exposition, &site_families[f].family, names.labels, SITE_LABELS,
                               site_families[f].value(site));
            free(names.location);
        }
    }
    free(told);
    return holding - count;
}

/* ---- The whole --------------------------------------------------------------------------------------------------- */

static void put_one(const struct exposition *exposition, const struct family *family, double value)
{
    exposition__family(exposition, family);
    exposition__sample(exposition, family, NULL, 0, value);
}

static void put_look(const struct exposition *exposition, const struct metrics_look *look)
{
    static const struct family ended = {"leakwatch_ended_processes", METRIC_GAUGE, NULL,
                                        "Ledgers that processes have left which have ended."};
    static const struct family unread = {"leakwatch_unread_ledgers", METRIC_GAUGE, NULL,
                                         "Ledgers that cannot be read."};
    static const struct family good = {"leakwatch_up", METRIC_GAUGE, NULL,
                                       "1: the directory of ledgers could be read."};
    static const struct family took = {"leakwatch_look_duration_seconds", METRIC_GAUGE, "seconds",
                                       "How long it took to read what these metrics are about."};
    put_one(exposition, &good, look->is_good);
    put_one(exposition, &ended, (double)look->ended);
    put_one(exposition, &unread, (double)look->unread);
    put_one(exposition, &took, look->seconds);
}

void metrics__print(const struct exposition *exposition, const struct figures *figures, const struct metrics_look *look,
                    const struct metrics_options *options)
{
    static const struct family build = {"leakwatch_build", METRIC_INFO, NULL, "Which leakwatch tells this."};
    static const struct family running = {"leakwatch_watched_processes", METRIC_GAUGE, NULL,
                                          "Processes that run watched."};
    static const struct family processes_omitted = {"leakwatch_processes_omitted", METRIC_GAUGE, NULL,
                                                    "Of these, those that the other metrics leave out: the best."};
    static const struct family sites_omitted = {"leakwatch_sites_omitted", METRIC_GAUGE, NULL,
                                                "Places that hold something and that the other metrics leave out."};
    const struct trend *trend = figures__trend(figures);
    const struct label version = {"version", LEAKWATCH_VERSION};
    struct chosen chosen = choose(figures, options->processes);
    exposition__family(exposition, &build);
    exposition__sample(exposition, &build, &version, 1, 1);
    put_look(exposition, look);
    put_one(exposition, &running, (double)trend->process_count);
    put_one(exposition, &processes_omitted, (double)(trend->process_count - chosen.count));
    put_processes(exposition, figures, &chosen);
    size_t omitted = put_sites(exposition, trend, options->sites);
    put_one(exposition, &sites_omitted, (double)omitted);
    exposition__end(exposition);
    free(chosen.numbers);
}
