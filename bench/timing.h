/* Clock, CPU and median: what every measurement shares. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* The time that this thread has had a CPU: what other processes take does not count. */
static inline uint64_t time_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Binds the thread to `cpu`, or to the last one that it may use when `cpu` is negative
 * (the first one usually has the interrupts).  Returns the CPU, or -1 with errno set. */
static inline int time_pin(int cpu)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return -1;
    for (size_t i = CPU_SETSIZE; cpu < 0 && i-- > 0;)
        if (CPU_ISSET(i, &set))
            cpu = (int)i;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return sched_setaffinity(0, sizeof(set), &set) == 0 ? cpu : -1;
}

static inline int time_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The median of n > 0 samples, which are left sorted: the minimum is the first. */
static inline double time_median(double *samples, size_t n)
{
    qsort(samples, n, sizeof(*samples), time_compare);
    return (samples[(n - 1) / 2] + samples[n / 2]) / 2;
}

#endif
