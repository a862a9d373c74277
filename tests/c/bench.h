/* What the parts of the C program share: lent memory, checks, both ends of a cable. */
#ifndef VCABLE_TESTS_BENCH_H
#define VCABLE_TESTS_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "vcable.h"

/* A cable with its ends. */
struct bench {
    vcable_cable *cable;
    vcable_writer *writer;
    vcable_reader *reader;
};

/* Counts a check; prints it when it fails. */
#define CHECK(condition) check((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
/* Checks that a call is done. */
#define DONE(call) expect((call), VCABLE_STATUS_OK, #call, __FILE__, __LINE__)
/* Checks that a call is refused with `status`, and prints the refusal. */
#define REFUSED(status, call) expect((call), (status), #call, __FILE__, __LINE__)

void check(int holds, const char *what, const char *file, int line);
void expect(vcable_status came, vcable_status wanted, const char *call, const char *file, int line);

/* Memory as a query wants it, from a static arena; the program ends when there is none left. */
void *lend(const vcable_memory *memory);
/* Takes all lent memory back. */
void reclaim(void);

/* A cable of 4096 frames with its ends, at rest. */
struct bench connected(const vcable_format *format);
/* Gives the reader a crossing. */
void cross(const struct bench *bench, const vcable_crossing_settings *settings);
/* Prints the counters and how the cable stands. */
void print_statistics(const char *title, const struct bench *bench);

/* Sound through two ends of one format, and through ends that differ. */
void test_chained(void);
void test_follow(void);
void test_converted(void);
void test_two_rates(void);
void test_two_clocks(void);
/* Two threads, one per end. */
void test_threads(void);
/* Bad input: each refusal once. */
void test_refusals(void);
void test_busy(void);

#endif
