/* Why the system refused something: error numbers as text, from any thread (strerror(3)
 * may share one buffer between them). */
#ifndef SK_BASE_SYSREASON_H
#define SK_BASE_SYSREASON_H

enum { SK_SYSREASON = 24 }; /* room for what has no name here */

/* What `number`, an errno, means; lives as long as `room` does. */
const char *sk_sysreason(int number, char room[SK_SYSREASON]);

#endif
