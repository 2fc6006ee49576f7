/* Keys for thread-specific data: the program gets the one that leakwatch has as soon as there is no other left. */
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "hook.h"
#include "wake/wake.h"

LW_EXPORT int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    int error = lw_key_create(key, destructor);
    return error == EAGAIN && lw_key_give_back() ? lw_key_create(key, destructor) : error;
}

LW_EXPORT int tss_create(tss_t *key, tss_dtor_t destructor)
{
    int error = LW_REAL(tss_create)(key, destructor);
    return error == thrd_error && lw_key_give_back() ? LW_REAL(tss_create)(key, destructor) : error;
}
