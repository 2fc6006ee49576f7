/* What the parts of the program user.c call of each other. */
#ifndef USER_H
#define USER_H

#ifdef __cplusplus
extern "C" {
#endif

void unit(void);
void library(void);
void load(const char *path);

#ifdef __cplusplus
}
#endif

#endif
