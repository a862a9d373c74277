/* A program in C that passes sound through cables in its own memory and checks what comes out.
 *
 * Compiled, linked with libvcable_core.a and run by tests/tests/c_abi.rs. Ends with 0 when every check holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define ARENA_BYTES (4u << 20)

/* All memory that any cable here lives in. */
static unsigned char arena[ARENA_BYTES];
static size_t lent_bytes;

static unsigned checks;
static unsigned failures;

void check(int holds, const char *what, const char *file, int line)
{
    checks++;
    if (!holds) {
        failures++;
        printf("%s:%d: does not hold: %s\n", file, line, what);
    }
}

void expect(vcable_status came, vcable_status wanted, const char *call, const char *file, int line)
{
    check(came == wanted, call, file, line);
    if (came != wanted) {
        printf("    came to %d: %s\n", (int)came, vcable_status_text(came));
    } else if (wanted != VCABLE_STATUS_OK) {
        printf("%4d  %s\n", (int)came, vcable_status_text(came));
    }
}

void *lend(const vcable_memory *memory)
{
    uintptr_t start = (uintptr_t)arena + lent_bytes;
    size_t gap = (memory->align_bytes - start % memory->align_bytes) % memory->align_bytes;
    if (memory->size_bytes > ARENA_BYTES - lent_bytes - gap) {
        printf("%zu bytes are more than there are\n", memory->size_bytes);
        exit(EXIT_FAILURE);
    }
    unsigned char *lent = arena + lent_bytes + gap;
    lent_bytes += gap + memory->size_bytes;
    /* What lay here before must not matter. */
    memset(lent, 0xa5, memory->size_bytes);
    return lent;
}

void reclaim(void)
{
    lent_bytes = 0;
}

struct bench connected(const vcable_format *format)
{
    const uint32_t capacity_frames = 4096;
    struct bench bench = {NULL, NULL, NULL};
    vcable_memory memory = {0, 0};
    DONE(vcable_cable_memory(format, capacity_frames, &memory));
    DONE(vcable_cable_create(lend(&memory), memory.size_bytes, format, capacity_frames, &bench.cable));
    DONE(vcable_cable_connect(bench.cable, &bench.writer, &bench.reader));
    return bench;
}

void cross(const struct bench *bench, const vcable_crossing_settings *settings)
{
    vcable_memory memory = {0, 0};
    DONE(vcable_crossing_memory(bench->cable, settings, &memory));
    DONE(vcable_reader_cross(bench->reader, lend(&memory), memory.size_bytes, settings));
}

void print_statistics(const char *title, const struct bench *bench)
{
    static const char *const paths[] = {"straight", "converted", "resampled", "adaptive"};
    static const char *const locks[] = {"starting", "acquiring", "locked", "holding"};
    vcable_stats stats;
    vcable_report report;
    DONE(vcable_cable_stats(bench->cable, &stats));
    DONE(vcable_cable_report(bench->cable, &report));
    printf("%s\n", title);
    printf("  written %llu in %llu cycles, read %llu in %llu, trimmed %llu, silent %llu, lost %llu, unheard %llu\n",
           (unsigned long long)stats.frames_written, (unsigned long long)stats.writer_cycles,
           (unsigned long long)stats.frames_read, (unsigned long long)stats.reader_cycles,
           (unsigned long long)stats.frames_trimmed, (unsigned long long)stats.silence_frames,
           (unsigned long long)stats.frames_lost, (unsigned long long)stats.frames_unheard);
    printf("  underruns %llu, overruns %llu, trims %llu; in the ring %u\n", (unsigned long long)stats.underruns,
           (unsigned long long)stats.overruns, (unsigned long long)stats.trims, report.fill_frames);
    printf("  path %s, %s, latency %.2f frames, target %.2f, ratio %+.3f ppm, events %llu, starvations %llu\n",
           paths[report.path % 4], locks[report.lock % 4], (double)report.latency_frames,
           (double)report.target_frames, (double)report.ratio_ppm, (unsigned long long)report.events,
           (unsigned long long)report.starvations);
    CHECK(stats.frames_written == stats.frames_read + stats.frames_trimmed + report.fill_frames);
}

int main(void)
{
    static void (*const tests[])(void) = {
        test_chained,   test_follow,  test_converted, test_two_rates,
        test_two_clocks, test_threads, test_refusals,  test_busy,
    };
    if (vcable_abi_version() != VCABLE_ABI_VERSION) {
        printf("the library has ABI %u, the header %u\n", vcable_abi_version(), VCABLE_ABI_VERSION);
        return EXIT_FAILURE;
    }
    printf("libvcable_core %s, ABI %u\n", vcable_version(), vcable_abi_version());
    for (size_t at = 0; at < sizeof tests / sizeof tests[0]; at++) {
        tests[at]();
        reclaim();
    }
    printf("%u of %u checks hold\n", checks - failures, checks);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
