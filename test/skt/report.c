/* Printing. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void skt_report_pass(struct skt_report *report)
{
    report->now.passed++;
}

void skt_report_skip(struct skt_report *report, const char *engine, struct skt_str why)
{
    char text[sizeof(report->reasons[0].text)];
    uint32_t i = 0;

    report->now.skipped++;
    snprintf(text, sizeof(text), "%s: %.*s", engine, (int)why.len, why.at);
    while (i < report->reason_count && strcmp(report->reasons[i].text, text))
        i++;
    if (i == SKT_REASONS)
        return;
    if (i == report->reason_count)
        memcpy(report->reasons[report->reason_count++].text, text, sizeof(text));
    report->reasons[i].count++;
}

void skt_report_fail(struct skt_report *report, uint32_t line, struct skt_str title,
                     const char *column, const char *diff)
{
    uint64_t shown = report->now.failed++;

    if (shown > SKT_SHOWN && !report->verbose)
        return;
    if (shown == SKT_SHOWN && !report->verbose) {
        printf("%s: and more; -v shows all\n", report->file);
        return;
    }
    printf("%s:%u: %s: %.*s\n", report->file, line, column, (int)title.len, title.at);
    while (*diff) {
        size_t len = strcspn(diff, "\n");

        printf("    %.*s\n", (int)len, diff);
        diff += len + (diff[len] == '\n');
    }
}

void skt_report_file(struct skt_report *report)
{
    const struct skt_counts *now = &report->now;
    struct skt_counts *all = &report->all;

    printf("%s: %" PRIu64 " cases, %" PRIu64 " runs: %" PRIu64 " passed, %" PRIu64
           " failed, %" PRIu64 " skipped\n",
           report->file, now->cases, now->runs, now->passed, now->failed, now->skipped);
    all->passed += now->passed;
    all->failed += now->failed;
    all->skipped += now->skipped;
    all->facts += now->facts;
    report->now = (struct skt_counts){ 0 };
}

void skt_report_end(const struct skt_report *report)
{
    const struct skt_counts *all = &report->all;

    for (uint32_t i = 0; i < report->reason_count; i++)
        printf("skipped %" PRIu64 ": %s\n", report->reasons[i].count,
               report->reasons[i].text);
    if (all->facts)
        printf("not looked at: %" PRIu64 " facts, there is no verifier yet\n",
               all->facts);
    printf("%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n", all->passed,
           all->failed, all->skipped);
}
