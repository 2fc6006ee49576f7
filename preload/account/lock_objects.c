/* Lock objects are handles, known by their address.
 *
 * DESIGN. What lies in memory that is given back without more ado may be forgotten like the memory itself: glibc keeps
 * nothing of it elsewhere. So these are notes, for who asks. An object that is made where there is one already takes its
 * place; a child of fork has none of its parent's. They are not held for scopes: most are made once, for what lasts. */
#include "lock_objects.h"

#include "account.h"

void lw_object_made(const struct lw_lock_call *call, const char *name)
{
    struct lw_call event;
    if (lw_enter(&event, call->hook, call->frame))
        lw_acquired_handle(&event, call->lock, call->kind, -1, &(struct lw_detail){.text = name});
}

void lw_object_gone(const struct lw_lock_call *call)
{
    struct lw_call event;
    if (!lw_enter(&event, call->hook, call->frame))
        return;
    lw_releasing_handle(&event, call->lock);
    if (event.owner.slot)
        lw_released(&event, 0);
}
