/* What was measured, as a table for people or as JSON for tools, on standard output. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "compile_time.h"
#include "load_time.h"
#include "measure.h"

void report_table(const struct bench_row *rows, size_t count);
void report_json(const struct bench_row *rows, size_t count);

void report_load_text(const struct bench_load *load);
void report_load_json(const struct bench_load *load);

/* Of BENCH_COMPILE_KINDS kinds. */
void report_compile_text(const struct bench_compile *compile);
void report_compile_json(const struct bench_compile *compile);

#endif
