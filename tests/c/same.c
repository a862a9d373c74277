/* Sound between two ends of one format: every bit arrives. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define FRAMES 256u
#define CYCLES 64u

/* Bytes that no two cycles have in common. Any byte pattern is sound here, NaN included: nothing is converted. */
static void fill(unsigned char *bytes, size_t size, unsigned seed)
{
    uint32_t state = seed * 2654435761u + 1u;
    for (size_t at = 0; at < size; at++) {
        state = state * 1664525u + 1013904223u;
        bytes[at] = (unsigned char)(state >> 24);
    }
}

/* Passes cycles through a chained cable of two planes or one. */
static void chained(const char *title, uint32_t sample, uint32_t layout, size_t sample_bytes)
{
    static unsigned char sent[2][FRAMES * 8], heard[2][FRAMES * 8];
    const vcable_format format = {sample, layout, 2, 48000};
    const uint32_t plane_count = layout == VCABLE_LAYOUT_PLANAR ? 2 : 1;
    const size_t plane_bytes = FRAMES * sample_bytes * (layout == VCABLE_LAYOUT_PLANAR ? 1 : 2);
    const void *const from[2] = {sent[0], sent[1]};
    void *const to[2] = {heard[0], heard[1]};
    struct bench bench = connected(&format);
    DONE(vcable_writer_start(bench.writer));
    DONE(vcable_reader_start(bench.reader));
    for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
        uint32_t written = 0, read = 0;
        vcable_due due = {0, 99};
        fill(sent[0], plane_bytes, 2 * cycle);
        fill(sent[1], plane_bytes, 2 * cycle + 1);
        memset(heard, 0, sizeof heard);
        DONE(vcable_writer_write(bench.writer, from, plane_count, FRAMES, &written));
        DONE(vcable_reader_due(bench.reader, FRAMES, &due));
        CHECK(due.now == 1 && due.next_after_frames == 0);
        DONE(vcable_reader_read(bench.reader, to, plane_count, FRAMES, &read));
        CHECK(written == FRAMES && read == FRAMES);
        CHECK(memcmp(sent[0], heard[0], plane_bytes) == 0);
        CHECK(plane_count == 1 || memcmp(sent[1], heard[1], plane_bytes) == 0);
    }
    print_statistics(title, &bench);
    DONE(vcable_cable_destroy(bench.cable));
}

void test_chained(void)
{
    chained("chained, S16 interleaved", VCABLE_SAMPLE_S16, VCABLE_LAYOUT_INTERLEAVED, 2);
    reclaim();
    chained("chained, F32 planar", VCABLE_SAMPLE_F32, VCABLE_LAYOUT_PLANAR, 4);
}

/* Both ends by one clock, the reader first in every cycle: one quantum late, and whole. */
void test_follow(void)
{
    static int16_t sent[FRAMES], heard[FRAMES], before[FRAMES];
    const vcable_format format = {VCABLE_SAMPLE_S16, VCABLE_LAYOUT_INTERLEAVED, 1, 48000};
    const void *const from[1] = {sent};
    void *const to[1] = {heard};
    struct bench bench = connected(&format);
    DONE(vcable_reader_start(bench.reader));
    DONE(vcable_writer_start(bench.writer));
    for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
        uint32_t read = 99;
        DONE(vcable_reader_read_follow(bench.reader, to, 1, FRAMES, &read));
        CHECK(read == (cycle == 0 ? 0 : FRAMES));
        CHECK(memcmp(heard, before, sizeof heard) == 0);
        fill((unsigned char *)sent, sizeof sent, cycle);
        memcpy(before, sent, sizeof sent);
        DONE(vcable_writer_write(bench.writer, from, 1, FRAMES, NULL));
    }
    print_statistics("one clock, neither end runs the other", &bench);
}
