/* What is printed: failures as they come, a line a file, why runs were skipped, and the
 * totals. */
#ifndef SKT_REPORT_H
#define SKT_REPORT_H

#include "skt.h"

enum { SKT_SHOWN = 10 /* failures a file, unless verbose */, SKT_REASONS = 256 };

struct skt_counts {
    uint64_t passed, failed, skipped, cases, runs, facts;
};

struct skt_report {
    int verbose;
    const char *file;
    struct skt_counts now, all; /* of the file in progress, and of all */
    struct {
        char text[120];
        uint64_t count;
    } reasons[SKT_REASONS];
    uint32_t reason_count;
};

void skt_report_pass(struct skt_report *report);
/* `what` was skipped by an engine. */
void skt_report_skip(struct skt_report *report, const char *engine, struct skt_str why);
/* A failure at a line: of an engine, or of "text", or of the "case" itself. */
void skt_report_fail(struct skt_report *report, uint32_t line, struct skt_str title,
                     const char *column, const char *diff);
void skt_report_file(struct skt_report *report);
void skt_report_end(const struct skt_report *report);

#endif
