/* What the tests of findings share. */
#include "story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/heap.h"
#include "model/kinds.h"

struct story {
    struct suppressions *suppressions;
    struct symbols *symbols;
    struct collector *collector;
};

struct story *story__new(const struct collector_options *options, const char *rules)
{
    struct story *story = heap__zeroed(1, sizeof(*story));
    struct suppressions_error error;
    struct collector_options all = options ? *options : (struct collector_options){.audit = false};
    story->suppressions = all.grouping.suppressions = suppressions__new();
    if (rules != NULL && suppressions__read_text(story->suppressions, "rules", rules, &error) != 0)
        fail_msg("%s", error.text);
    suppressions__read_built_in(story->suppressions);
    story->symbols = symbols__new(NULL);
    story->collector = collector__new(&all, story->symbols);
    return story;
}

void story__add_file(struct story *story, const char *path, const struct seen_end *seen)
{
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    if (ledger__open(&ledger, path, &error) != 0)
        fail_msg("%s", error.text);
    collector__add(story->collector, ledger, seen);
    ledger__close(ledger);
}

void story__add(struct story *story, struct maker *maker, const struct seen_end *seen)
{
    char path[] = "/tmp/leakwatch-story.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    maker__write(maker, path);
    story__add_file(story, path, seen);
    unlink(path);
    maker__free(maker);
}

const struct report *story__end(struct story *story)
{
    return collector__finish(story->collector);
}

void story__free(struct story *story)
{
    collector__free(story->collector);
    symbols__free(story->symbols);
    suppressions__free(story->suppressions);
    free(story);
}

struct story *story__of(struct maker *maker)
{
    struct story *story = story__new(NULL, NULL);
    story__add(story, maker, NULL);
    return story;
}

const struct suppressions *story__suppressions(const struct story *story)
{
    return story->suppressions;
}

const struct finding *only_finding(const struct report *report, const char *kind)
{
    const struct finding *found = NULL;
    for (size_t i = 0; i < report->finding_count; i++) {
        if (strcmp(report->findings[i].kind->name, kind) != 0)
            continue;
        assert_null(found);
        found = &report->findings[i];
    }
    assert_non_null(found);
    return found;
}

struct maker *maker_with_site(const char *call, enum lw_kind kind, uint32_t *site)
{
    enum { BASE = 0x400000, SIZE = 0x10000 };
    struct maker *maker = maker__new();
    const uint64_t addresses[] = {BASE + 0x110, BASE + 0x220, BASE + 0x330};
    uint32_t module = maker__module(maker, "/nowhere/app", BASE, BASE, BASE + SIZE);
    uint32_t stack = maker__stack(maker, module, addresses, sizeof addresses / sizeof addresses[0]);
    maker__lane(maker, 0);
    *site = maker__site(maker, stack, 0, call, kind);
    struct lw_site *record = maker__element(maker, LW_SITES, *site);
    record->first_time = STORY_START;
    return maker;
}
