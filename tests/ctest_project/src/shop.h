/* A shop that keeps its books in files. */
#ifndef SHOP_H
#define SHOP_H

int basket__add(const char *item); /* how many items are in it now; -1: it cannot be kept */
int basket__empty(void);

int catalogue__count(const char *directory); /* items; -1: it cannot be read */
int catalogue__has(const char *directory, const char *item);

int orders__place(const char *item); /* 0: placed */
int orders__cancel(void);

int prices__of(const char *file, const char *item); /* in cents; -1: not known */
int prices__rounded(int cents);

#endif
