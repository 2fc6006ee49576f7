/* LEAKWATCH_OPTIONS, before anything is run under it. */
#ifndef SETTINGS_H
#define SETTINGS_H

/* 0; or -1, when a key or a value is none that the library takes: said in one line. A test that was to inject a failure
 * must not pass because the rule was mistyped. */
int settings__check(const char *library);

#endif
