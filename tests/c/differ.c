/* Sound between ends that differ: in format, in rate, in clock. */
#include <math.h>
#include <stdio.h>

#include "bench.h"

#define PI 3.14159265358979323846

/* Both ends started, with a crossing of default settings from `writer` to `reader`. */
static struct bench crossed(const vcable_format *writer, const vcable_format *reader, uint32_t clocks)
{
    vcable_crossing_settings settings;
    struct bench bench = connected(writer);
    DONE(vcable_crossing_defaults(bench.cable, reader, &settings));
    CHECK(settings.quality == VCABLE_QUALITY_BALANCED && settings.interpolation == VCABLE_INTERPOLATION_SINC);
    settings.clocks = clocks;
    cross(&bench, &settings);
    DONE(vcable_writer_start(bench.writer));
    DONE(vcable_reader_start(bench.reader));
    return bench;
}

/* S16 interleaved to F32 planar: every sample is the integer over 32768, exactly. */
void test_converted(void)
{
    enum { FRAMES = 128 };
    static int16_t sent[2 * FRAMES];
    static float heard[2][FRAMES];
    const vcable_format writer = {VCABLE_SAMPLE_S16, VCABLE_LAYOUT_INTERLEAVED, 2, 48000};
    const vcable_format reader = {VCABLE_SAMPLE_F32, VCABLE_LAYOUT_PLANAR, 2, 48000};
    const void *const from[1] = {sent};
    void *const to[2] = {heard[0], heard[1]};
    struct bench bench = crossed(&writer, &reader, VCABLE_CLOCKS_CHAINED);
    unsigned wrong = 0;
    /* As many cycles as bring every one of the 65536 values. */
    for (int cycle = 0; cycle < 65536 / (2 * FRAMES); cycle++) {
        uint32_t read = 0;
        for (int at = 0; at < 2 * FRAMES; at++) {
            sent[at] = (int16_t)(cycle * 2 * FRAMES + at - 32768);
        }
        DONE(vcable_writer_write(bench.writer, from, 1, FRAMES, NULL));
        DONE(vcable_reader_read_crossing(bench.reader, to, 2, FRAMES, 0, &read));
        CHECK(read == FRAMES);
        for (int at = 0; at < 2 * FRAMES; at++) {
            /* Exactly: both are short binary fractions. */
            float off = heard[at % 2][at / 2] - (float)sent[at] / 32768.0f;
            wrong += off < 0.0f || off > 0.0f;
        }
    }
    CHECK(wrong == 0);
    print_statistics("S16 interleaved to F32 planar", &bench);
}

/* What is left, in dB under the tone, when the best fitting sine is taken out of `heard`. */
static double residue_db(const float *heard, size_t frames, double cycles_per_frame)
{
    double ss = 0, sc = 0, cc = 0, sy = 0, cy = 0, power = 0, rest = 0;
    for (size_t n = 0; n < frames; n++) {
        double s = sin(2 * PI * cycles_per_frame * (double)n), c = cos(2 * PI * cycles_per_frame * (double)n);
        ss += s * s;
        sc += s * c;
        cc += c * c;
        sy += s * (double)heard[n];
        cy += c * (double)heard[n];
    }
    double determinant = ss * cc - sc * sc;
    double a = (sy * cc - cy * sc) / determinant, b = (cy * ss - sy * sc) / determinant;
    for (size_t n = 0; n < frames; n++) {
        double s = sin(2 * PI * cycles_per_frame * (double)n), c = cos(2 * PI * cycles_per_frame * (double)n);
        double tone = a * s + b * c;
        power += tone * tone;
        rest += ((double)heard[n] - tone) * ((double)heard[n] - tone);
    }
    return 10 * log10(rest / power);
}

/* A tone of 1 kHz at 44.1 kHz, heard at 48 kHz. */
void test_two_rates(void)
{
    enum { WRITES = 441, READS = 480, CYCLES = 100 };
    static float sent[WRITES], heard[READS * CYCLES];
    const vcable_format writer = {VCABLE_SAMPLE_F32, VCABLE_LAYOUT_PLANAR, 1, 44100};
    const vcable_format reader = {VCABLE_SAMPLE_F32, VCABLE_LAYOUT_PLANAR, 1, 48000};
    const void *const from[1] = {sent};
    struct bench bench = crossed(&writer, &reader, VCABLE_CLOCKS_CHAINED);
    size_t frame = 0, got = 0;
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        vcable_due due = {0, 0};
        for (int at = 0; at < WRITES; at++, frame++) {
            sent[at] = (float)(0.891 * sin(2 * PI * 1000 / 44100 * (double)frame));
        }
        DONE(vcable_writer_write(bench.writer, from, 1, WRITES, NULL));
        DONE(vcable_reader_due(bench.reader, READS, &due));
        if (due.now) {
            uint32_t read = 0;
            void *const to[1] = {heard + got};
            DONE(vcable_reader_read_crossing(bench.reader, to, 1, READS, 0, &read));
            CHECK(read == READS || got == 0);
            got += READS;
        }
    }
    /* The first cycles begin with silence and a fade. */
    size_t begin = 4 * READS;
    CHECK(got >= READS * (CYCLES - 3));
    double residue = residue_db(heard + begin, got - begin, 1000.0 / 48000.0);
    print_statistics("44.1 kHz to 48 kHz, balanced", &bench);
    printf("  residue of 1 kHz %.1f dB\n", residue);
    /* What the quality promises. */
    CHECK(residue < -120.0);
}

/* The writer's clock 100 ppm fast: found out, and held. */
void test_two_clocks(void)
{
    enum { FRAMES = 256, SECONDS = 20 };
    static int16_t sent[FRAMES];
    static float heard[FRAMES];
    const vcable_format writer = {VCABLE_SAMPLE_S16, VCABLE_LAYOUT_INTERLEAVED, 1, 48000};
    const vcable_format reader = {VCABLE_SAMPLE_F32, VCABLE_LAYOUT_PLANAR, 1, 48000};
    const void *const from[1] = {sent};
    void *const to[1] = {heard};
    const double write_ns = FRAMES * 1e9 / (48000.0 * 1.0001), read_ns = FRAMES * 1e9 / 48000.0;
    struct bench bench = crossed(&writer, &reader, VCABLE_CLOCKS_APART);
    vcable_report report;
    double next_write = 1e9, next_read = 1e9 + read_ns / 3;
    while (next_read < (1 + SECONDS) * 1e9) {
        if (next_write < next_read) {
            DONE(vcable_writer_write_at(bench.writer, from, 1, FRAMES, (uint64_t)next_write, NULL));
            next_write += write_ns;
        } else {
            DONE(vcable_reader_read_crossing(bench.reader, to, 1, FRAMES, (uint64_t)next_read, NULL));
            next_read += read_ns;
        }
    }
    print_statistics("two clocks, 100 ppm apart", &bench);
    DONE(vcable_cable_report(bench.cable, &report));
    CHECK(report.path == VCABLE_PATH_ADAPTIVE && report.lock == VCABLE_LOCK_LOCKED);
    CHECK(fabs((double)report.ratio_ppm - 100.0) < 2.0);
    DONE(vcable_reader_set_target(bench.reader, 2048));
    DONE(vcable_reader_set_clocks(bench.reader, VCABLE_CLOCKS_CHAINED));
    DONE(vcable_reader_read_crossing(bench.reader, to, 1, FRAMES, (uint64_t)next_read, NULL));
    DONE(vcable_cable_report(bench.cable, &report));
    CHECK(report.path == VCABLE_PATH_CONVERTED);
}
