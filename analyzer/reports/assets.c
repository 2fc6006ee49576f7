/* What HTML pages carry in themselves. */
#include "assets.h"

#include <stddef.h>

/* The hash in the form that policies want: base64. */
static void put_hash(FILE *out, const unsigned char hash[32])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < 32; i += 3) {
        unsigned bits = (unsigned)hash[i] << 16 | (unsigned)hash[i + 1] << 8 | (i + 2 < 32 ? hash[i + 2] : 0U);
        for (int shift = 18; shift >= 0; shift -= 6)
            putc(shift == 0 && i + 2 >= 32 ? '=' : digits[bits >> shift & 63], out);
    }
}

static void put_sources(FILE *out, const char *directive, const struct asset *const *assets)
{
    fputs(directive, out);
    for (; *assets != NULL; assets++) {
        fputs(" 'sha256-", out);
        put_hash(out, (*assets)->sha256);
        putc('\'', out);
    }
}

void assets__put_policy(FILE *out, const struct asset *const *styles, const struct asset *const *scripts)
{
    fputs("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
          "form-action 'none'; img-src data:; ",
          out);
    put_sources(out, "style-src", styles);
    put_sources(out, "; script-src", scripts);
    fputs("\">\n", out);
}
