/* A plugin whose constructor takes a mutex of the program that loads it. */
#include "program.h"

#include <pthread.h>

extern pthread_mutex_t *constructor_mutex(void);

__attribute__((constructor)) static void construct(void)
{
    must(-pthread_mutex_lock(constructor_mutex()), "pthread_mutex_lock");
    must(-pthread_mutex_unlock(constructor_mutex()), "pthread_mutex_unlock");
}
