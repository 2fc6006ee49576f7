/* The terminal, by curses. */
#ifndef TOP_DISPLAY_H
#define TOP_DISPLAY_H

#include "frame.h"

/* NULL: there is no terminal that could, and why not is said in one line. */
struct display;
struct display *display__open(bool color);
void display__close(struct display *display); /* the terminal is as it was */

bool display__is_utf8(const struct display *display);
/* Rows and columns as they are now. */
void display__size(const struct display *display, size_t *rows, size_t *columns);
void display__show(struct display *display, const struct frame_page *page);

/* A key, or one of these; waits for at most so many seconds. */
enum { DISPLAY_NO_KEY = -1, DISPLAY_RESIZED = -2, DISPLAY_GONE = -3 };
int display__key(struct display *display, double seconds);

#endif
