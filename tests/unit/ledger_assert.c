/* What the tests of damaged ledgers ask of the reader. */
#include "ledger_assert.h"

#include <string.h>

#include "ledger_walk.h"

void assert_one_clear_line(const struct ledger_error *error)
{
    size_t length = strlen(error->text);
    assert_true(length > 10 && length < sizeof error->text);
    for (size_t i = 0; i < length; i++)
        assert_true((unsigned char)error->text[i] >= 0x20 && error->text[i] != 0x7f);
}

bool look_at(const char *path)
{
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    if (ledger__open(&ledger, path, &error) != 0) {
        assert_null(ledger);
        assert_one_clear_line(&error);
        return false;
    }
    ledger_walk(ledger);
    ledger__close(ledger);
    return true;
}

static void assert_words(int result, const struct ledger *ledger, const struct ledger_error *error, const char *words)
{
    assert_int_equal(result, -1);
    assert_null(ledger);
    assert_one_clear_line(error);
    if (!strstr(error->text, words))
        fail_msg("\"%s\" does not say \"%s\"", error->text, words);
}

void assert_refused(const char *path, const char *words)
{
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    int result = ledger__open(&ledger, path, &error);
    assert_words(result, ledger, &error, words);
}

void assert_bytes_refused(const void *bytes, size_t size, const char *words)
{
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    int result = ledger_of_bytes(&ledger, bytes, size, &error);
    assert_words(result, ledger, &error, words);
}
