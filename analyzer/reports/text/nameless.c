/* Modules without symbols, as text: each once, with what finds its debug symbols. */
#include <stdlib.h>
#include <string.h>

#include "model/told_names.h"
#include "page.h"
#include "symbol/stack.h"

enum { MODULES_SHOWN = 5, MODULES_AT_MOST = 100 };

struct modules {
    const struct frame *frames[MODULES_AT_MOST]; /* one of each */
    size_t count;
};

static bool is_nameless(const struct stack *stack, const struct frame *frame)
{
    return frame->function == NULL && frame->module != NULL && !frame->changed && stack__role(stack, frame) == ROLE_OWN;
}

static void add_frame(struct modules *modules, const struct frame *frame)
{
    for (size_t i = 0; i < modules->count; i++)
        if (strcmp(modules->frames[i]->module, frame->module) == 0)
            return;
    if (modules->count < MODULES_AT_MOST)
        modules->frames[modules->count++] = frame;
}

static void add_stack(struct modules *modules, const struct stack *stack)
{
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        if (is_nameless(stack, stack->frames[i]))
            add_frame(modules, stack->frames[i]);
}

static void put_module(const struct page *page, const struct frame *frame)
{
    fputs("no symbols for code of ", page->out);
    page__text(page, told_names__of(page->report, frame->module));
    if (frame->build_id != NULL)
        fprintf(page->out, " (build-id %s)", frame->build_id);
    putc('\n', page->out);
}

/* Who has let leakwatch ask servers is told what came of it, and not to do so. */
static void put_cure(const struct page *page)
{
    const char *servers = getenv("DEBUGINFOD_URLS");
    const char *asked = ", let --debuginfod fetch them,";
    if (page->options->debuginfod && (servers == NULL || servers[0] == '\0'))
        asked = ", name servers in DEBUGINFOD_URLS (--debuginfod had none to ask),";
    else if (page->options->debuginfod)
        asked = " (--debuginfod got none from the servers of DEBUGINFOD_URLS),";
    fprintf(page->out, "for names: install debug symbols (packages -dbgsym, -dbg or -debuginfo)%s or do not strip\n",
            asked);
}

void page__nameless(const struct page *page)
{
    struct modules modules = {.count = 0};
    for (size_t i = 0; i < page->report->finding_count; i++) {
        const struct finding *finding = &page->report->findings[i];
        if (finding->level == LEVEL_NOTE && !page->options->full)
            continue;
        add_stack(&modules, finding->acquired);
        add_stack(&modules, finding->released);
        add_stack(&modules, finding__first_release(finding));
    }
    for (size_t i = 0; i < modules.count && (i < MODULES_SHOWN || page->options->full); i++)
        put_module(page, modules.frames[i]);
    if (modules.count > MODULES_SHOWN && !page->options->full)
        fprintf(page->out, "… and of %zu more (--full shows all)\n", modules.count - MODULES_SHOWN);
    if (modules.count > 0)
        put_cure(page);
}
