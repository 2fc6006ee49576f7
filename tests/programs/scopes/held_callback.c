/* leakwatch_held tells of what a scope holds, with stacks; the callback may give it back. The count of what is open goes
 * along.
 *
 * expect-scope: path=work kind=named entered=1 ended=1 left=0
 */
#include "program.h"

#include "leakwatch/leakwatch.h"

struct seen {
    size_t count, framed, labelled;
};

static void give_back(const struct leakwatch_resource *resource, void *context)
{
    struct seen *seen = context;
    seen->count++;
    seen->framed += resource->frame_count > 1;
    seen->labelled += strcmp(resource->label, "mine") == 0;
    if (resource->kind == LEAKWATCH_KIND_FD && strcmp(resource->detail, "/dev/null") == 0)
        must(close((int)resource->handle), "close");
    else if (resource->kind == LEAKWATCH_KIND_STREAM && strcmp(resource->call, "fopen") == 0)
        fclose((FILE *)resource->handle); // NOLINT(performance-no-int-to-ptr): that is what a handle is
}

static void expect(size_t got, size_t wanted, const char *what)
{
    if (leakwatch_active() && got != wanted) {
        fprintf(stderr, "%s: %zu, not %zu\n", what, got, wanted);
        exit(1);
    }
}

int main(void)
{
    struct seen seen = {0};
    size_t before = leakwatch_open_count();
    LEAKWATCH_SCOPE("work") {
        int numbers[3];
        for (int i = 0; i < 3; i++)
            numbers[i] = must(open("/dev/null", O_RDONLY), "open");
        FILE *stream = must_have(fopen("/dev/null", "r"), "fopen");
        leakwatch_label(LEAKWATCH_FD(numbers[1]), "mine");
        expect(leakwatch_open_count(), before + 4, "open");
        expect(leakwatch_held(NULL, give_back, &seen), 4, "held");
        expect(leakwatch_held(NULL, give_back, &seen), 0, "held after that");
        if (!leakwatch_active()) {
            for (int i = 0; i < 3; i++)
                must(close(numbers[i]), "close");
            fclose(stream);
        }
    }
    expect(seen.count, 4, "told");
    expect(seen.framed, 4, "with stacks");
    expect(seen.labelled, 1, "labelled");
    expect(leakwatch_open_count(), before, "open after that");
    puts("done");
    return 0;
}
