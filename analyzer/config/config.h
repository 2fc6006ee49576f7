/* The configuration files: lines of `key = value`, below the names of commands. What a key means is not known here. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct config_entry {
    const char *section; /* "": of all commands */
    const char *key, *value;
    size_t line;
};

struct config_section {
    const char *name;
    size_t line;
};

struct config_file {
    char *path, *directory; /* absolute; what its paths are relative to */
    bool is_project;        /* not the user's own */
    bool is_there;          /* and is believed */
    char *text;             /* which the entries point into */
    struct config_entry *entries;
    size_t count, room;
    struct config_section *sections; /* those without an entry, too */
    size_t section_count, section_room;
};

enum { CONFIG_USER, CONFIG_PROJECT, CONFIG_FILES };

struct config {
    struct config_file files[CONFIG_FILES]; /* the later one's word counts more; path NULL: there is no place for it */
};

/* Reads both, if they are there. What cannot be read, or makes no sense, is told in one line: -1. A file that belongs to
 * somebody else is passed over, which is told in one line, too. What was read stays until the program ends: its values are
 * options. */
int config__read(struct config *config);

/* One file whose path, directory and is_project are set. */
int config_file__read(struct config_file *file);

/* Where they would be; NULL: nowhere. The caller frees it. */
char *config_place__user(void);
char *config_place__project(void); /* the first .leakwatch from here up to the top of the project */

#endif
