/* What the examples in the public headers take for granted. It is included after the header in question. */
#ifndef EXAMPLES_PRELUDE_H
#define EXAMPLES_PRELUDE_H

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct request;
struct pool;
struct tenant {
    const char *name;
};
struct cache {
    int fd;
};
struct connection {
    leakwatch_scope_t scope;
};

void handle(struct request *request);
int parse(struct request *request);
int reply(struct request *request, ...);
int authorised(struct request *request);
struct user *load_user(int id);
void log_warning(const char *format, ...);
void add_to_event_loop(struct connection *connection);
void on_readable(struct connection *connection);
int connect_to(const char *server);
void pool_put(struct pool *pool, int fd);
void run(void);
void load(int fd);
void reload(void);
void load_plugins(void);
int plugin_count(void);
void call_builtin_open(void);

extern struct request *request;
extern struct connection *connection;
extern struct tenant *tenant;
extern struct cache *cache;
extern struct pool *pool;
extern leakwatch_scope_t scope;
extern const struct leakwatch_resource *resource;
extern const char *path, *server;
extern int id;

#ifdef LEAKWATCH_CMOCKA_H
void spool_is_closed(void **state);
void spool_is_empty(void **state);
#endif

#ifdef LEAKWATCH_CHECK_H
extern TCase *spool;
extern const TTest *spool_is_closed;
void open_database(void);
void close_database(void);
#endif

#ifdef LEAKWATCH_HPP
#include <thread>
void handle(int fd);
void run(std::FILE *log);
void work();
extern leakwatch::scope guard;
extern std::FILE *stream;
extern pid_t pid;
extern bool found;
extern int fd;
#endif

#endif
