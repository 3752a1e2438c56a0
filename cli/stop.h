/* Ending a run from the keyboard. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

/* A flag for struct skep_run_opts that SIGINT, SIGTERM and SIGXCPU set from now on: the
 * run then ends with a report of where it stood. A second such signal ends the
 * command. */
const int *stop_flag(void);

/* Whether such a signal has come. */
static inline int stop_is_set(const int *flag)
{
    return __atomic_load_n(flag, __ATOMIC_RELAXED);
}

#endif
