/* One thread per end, and two on one end. */
#include <pthread.h>
#include <stdlib.h>

#include "bench.h"

#define FRAMES 64u
#define TOTAL_FRAMES 200000u

static const vcable_format FORMAT = {VCABLE_SAMPLE_S32, VCABLE_LAYOUT_INTERLEAVED, 1, 48000};

/* What the writing thread is given, and what it gives back; the checks' counters are the main thread's. */
struct writing {
    const struct bench *bench;
    unsigned refused;
};

/* Writes the numbers from 1 on, waiting while the ring is full. */
static void *writing(void *given)
{
    struct writing *writing = given;
    int32_t sent[FRAMES];
    const void *const from[1] = {sent};
    int32_t next = 1;
    vcable_report report;
    while (next <= (int32_t)TOTAL_FRAMES && writing->refused == 0) {
        writing->refused += vcable_cable_report(writing->bench->cable, &report) != VCABLE_STATUS_OK;
        if (report.fill_frames > 4096 - FRAMES) {
            continue;
        }
        for (unsigned at = 0; at < FRAMES; at++) {
            sent[at] = next++;
        }
        writing->refused +=
            vcable_writer_write(writing->bench->writer, from, 1, FRAMES, NULL) != VCABLE_STATUS_OK;
    }
    return NULL;
}

void test_threads(void)
{
    struct bench bench = connected(&FORMAT);
    struct writing given = {&bench, 0};
    int32_t heard[FRAMES], next = 1;
    void *const to[1] = {heard};
    unsigned wrong = 0;
    pthread_t thread;
    DONE(vcable_reader_start(bench.reader));
    /* The first cycle joins the writer: afterwards nothing is skipped. */
    DONE(vcable_reader_read(bench.reader, to, 1, FRAMES, NULL));
    DONE(vcable_writer_start(bench.writer));
    CHECK(pthread_create(&thread, NULL, writing, &given) == 0);
    while (next <= (int32_t)TOTAL_FRAMES && wrong == 0) {
        uint32_t read = 0;
        wrong += vcable_reader_read(bench.reader, to, 1, FRAMES, &read) != VCABLE_STATUS_OK;
        for (uint32_t at = 0; at < read; at++) {
            wrong += heard[at] != next++;
        }
    }
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(given.refused == 0);
    CHECK(wrong == 0);
    print_statistics("a thread for each end", &bench);
}

/* The refusal that one of two rivals met. */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static vcable_status refusal = VCABLE_STATUS_OK;

/* Remembers `met` if it is a refusal; tells whether there was one. */
static int met(vcable_status met)
{
    (void)pthread_mutex_lock(&guard);
    refusal = refusal == VCABLE_STATUS_OK ? met : refusal;
    int known = refusal != VCABLE_STATUS_OK;
    (void)pthread_mutex_unlock(&guard);
    return known;
}

/* Reads long silent cycles until one of the rivals is refused, or there were very many. */
static void *rivalling(void *reader)
{
    enum { LONG_FRAMES = 1 << 16 };
    int32_t *heard = malloc(LONG_FRAMES * sizeof *heard);
    void *const to[1] = {heard};
    for (long round = 0; round < 1000000; round++) {
        if (met(vcable_reader_read(reader, to, 1, LONG_FRAMES, NULL))) {
            break;
        }
    }
    free(heard);
    return NULL;
}

void test_busy(void)
{
    struct bench bench = connected(&FORMAT);
    pthread_t threads[2];
    DONE(vcable_reader_start(bench.reader));
    for (int at = 0; at < 2; at++) {
        CHECK(pthread_create(&threads[at], NULL, rivalling, bench.reader) == 0);
    }
    for (int at = 0; at < 2; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
    REFUSED(VCABLE_STATUS_BUSY, refusal);
    /* A refusal leaves no trace. */
    DONE(vcable_reader_stop(bench.reader));
    DONE(vcable_cable_destroy(bench.cable));
}
