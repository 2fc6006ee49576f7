/* The same program, judged as at a normal end.
 *
 * options: --leaks-on-signal
 * expect: fd-leak count=3 call=open function=still_in_use level=error
 * expect: fd-leak count=5 call=open function=forget level=error
 * expect-signal: KILL
 */
#include "ended_by_signal.c"
