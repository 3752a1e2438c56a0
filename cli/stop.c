/* Ending a run from the keyboard. */
#include "stop.h"

#include <signal.h>
#include <skep.h>

static int stopped; /* written by the signal handler, through skep_stop only */

static void on_signal(int number)
{
    skep_stop(&stopped, 1);
    signal(number, SIG_DFL);
}

const int *stop_flag(void)
{
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGXCPU, on_signal);
    return &stopped;
}
