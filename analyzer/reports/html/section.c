/* A section that is one table, of which a long one's end is closed at first. */
#include "html.h"

enum { ROWS_OPEN = 20, WORTH_CLOSING = 5 };

void html__section(struct html *html, const struct html_section *section, size_t count)
{
    size_t open = count <= ROWS_OPEN + WORTH_CLOSING ? count : ROWS_OPEN;
    fprintf(html->out, "<section id=\"%s\"><h2>%s</h2>\n", section->id, section->title);
    if (count == 0)
        fprintf(html->out, "<p>%s</p>\n", section->none);
    else
        section->put_rows(html, 0, open);
    if (count > open) {
        fprintf(html->out, "<details><summary>%zu %s</summary>\n", count - open, section->more);
        section->put_rows(html, open, count);
        fputs("</details>\n", html->out);
    }
    fputs("</section>\n", html->out);
}
