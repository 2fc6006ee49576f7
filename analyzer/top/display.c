/* The terminal, by curses.
 *
 * DESIGN. What others of this program say on stderr would stand in the middle of the screen: it is kept, and said when the
 * terminal is as it was. Signals that end the program end it by way of its loop, for the same reason. */
#include "display.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/terminal.h"

enum { RED = 1, YELLOW, CYAN };

struct display {
    SCREEN *screen;
    bool is_utf8, has_colors;
    int errors; /* the stderr of before; -1: it is as it was */
};

static volatile sig_atomic_t must_end;

static void end(int number)
{
    (void)number;
    must_end = 1;
}

static void expect_end(void)
{
    const struct sigaction action = {.sa_handler = end};
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
}

/* ---- What is said meanwhile -------------------------------------------------------------------------------------- */

static void keep_errors(struct display *display)
{
    int kept = memfd_create("leakwatch-top", MFD_CLOEXEC);
    display->errors = kept >= 0 && isatty(STDERR_FILENO) ? dup(STDERR_FILENO) : -1;
    if (display->errors >= 0)
        dup2(kept, STDERR_FILENO);
    if (kept >= 0)
        close(kept);
}

static void say_errors(struct display *display)
{
    char text[4096];
    ssize_t length;
    off_t at = 0;
    if (display->errors < 0)
        return;
    fflush(stderr);
    while ((length = pread(STDERR_FILENO, text, sizeof text, at)) > 0) {
        if (write(display->errors, text, (size_t)length) < 0)
            break;
        at += length;
    }
    dup2(display->errors, STDERR_FILENO);
    close(display->errors);
}

/* ---- The terminal ------------------------------------------------------------------------------------------------ */

/* Curses writes characters as this locale has them; where the user's is not installed, any of UTF-8 will do. */
static bool settle_locale(void)
{
    if (!terminal__is_utf8())
        return false;
    return setlocale(LC_CTYPE, "") != NULL || setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

static void prepare(struct display *display, bool color)
{
    cbreak();
    noecho();
    nonl();
    curs_set(0);
    keypad(stdscr, TRUE);
    set_escdelay(50);
    display->has_colors = color && has_colors() && start_color() == OK;
    if (!display->has_colors)
        return;
    use_default_colors();
    init_pair(RED, COLOR_RED, -1);
    init_pair(YELLOW, COLOR_YELLOW, -1);
    init_pair(CYAN, COLOR_CYAN, -1);
}

/* Where it lacks that, curses does nothing and says nothing. */
static bool can_place(void)
{
    const char *how = tigetstr("cup");
    return how != NULL && how != (const char *)-1;
}

struct display *display__open(bool color)
{
    const char *type = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        complain("top needs a terminal to be shown on; --once prints one frame");
        return NULL;
    }
    struct display *display = heap__zeroed(1, sizeof(*display));
    display->is_utf8 = settle_locale();
    display->screen = newterm(NULL, stdout, stdin);
    if (display->screen == NULL) {
        complain("TERM=%s: nothing is known of this terminal; --once prints one frame", type != NULL ? type : "");
        free(display);
        return NULL;
    }
    if (!can_place()) {
        endwin();
        delscreen(display->screen);
        complain("TERM=%s: this terminal cannot put text in its place; --once prints one frame",
                 type != NULL ? type : "");
        free(display);
        return NULL;
    }
    prepare(display, color);
    expect_end();
    keep_errors(display);
    return display;
}

void display__close(struct display *display)
{
    endwin();
    say_errors(display);
    delscreen(display->screen);
    free(display);
}

bool display__is_utf8(const struct display *display)
{
    return display->is_utf8;
}

void display__size(const struct display *display, size_t *rows, size_t *columns)
{
    (void)display;
    *rows = (size_t)getmaxy(stdscr);
    *columns = (size_t)getmaxx(stdscr);
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

static chtype attributes(const struct display *display, const struct frame_piece *piece)
{
    static const struct {
        chtype plain;
        short pair;
    } inks[] = {
        [INK_PLAIN] = {A_NORMAL, 0},   [INK_ERROR] = {A_BOLD, RED}, [INK_WARNING] = {A_NORMAL, YELLOW},
        [INK_NOTE] = {A_NORMAL, CYAN}, [INK_STRONG] = {A_BOLD, 0},  [INK_FAINT] = {A_DIM, 0},
    };
    return (piece->is_reverse ? A_REVERSE : A_NORMAL) | inks[piece->ink].plain |
           (display->has_colors ? COLOR_PAIR(inks[piece->ink].pair) : A_NORMAL);
}

void display__show(struct display *display, const struct frame_page *page)
{
    erase();
    for (size_t i = 0; i < page->count; i++) {
        const struct frame_piece *piece = &page->pieces[i];
        attrset((int)attributes(display, piece));
        mvaddstr((int)piece->row, (int)piece->column, piece->text);
    }
    attrset(A_NORMAL);
    refresh();
}

int display__key(struct display *display, double seconds)
{
    (void)display;
    timeout(seconds > 0 ? (int)(seconds * 1e3) : 0);
    int key = getch();
    if (must_end)
        return DISPLAY_GONE;
    if (key == KEY_RESIZE)
        return DISPLAY_RESIZED;
    if (key != ERR)
        return key == KEY_BACKSPACE ? '\b' : key;
    struct pollfd gone = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&gone, 1, 0) > 0 && (gone.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 ? DISPLAY_GONE
                                                                                         : DISPLAY_NO_KEY;
}
