/* Bad input: each refusal once, and nothing changes by it. */
#include <stdio.h>
#include <string.h>

#include "bench.h"

static const vcable_format FORMAT = {VCABLE_SAMPLE_S16, VCABLE_LAYOUT_INTERLEAVED, 1, 48000};

/* Before there is a cable. */
static void refused_cables(void)
{
    vcable_format format = FORMAT;
    vcable_memory memory;
    vcable_cable *cable = NULL;
    REFUSED(VCABLE_STATUS_NULL, vcable_cable_memory(NULL, 4096, &memory));
    REFUSED(VCABLE_STATUS_CAPACITY, vcable_cable_memory(&format, 4095, &memory));
    format.channels = 65;
    REFUSED(VCABLE_STATUS_FORMAT, vcable_cable_memory(&format, 4096, &memory));
    DONE(vcable_cable_memory(&FORMAT, 4096, &memory));
    unsigned char *lent = lend(&memory);
    REFUSED(VCABLE_STATUS_MISALIGNED,
            vcable_cable_create(lent + 1, memory.size_bytes, &FORMAT, 4096, &cable));
    REFUSED(VCABLE_STATUS_MEMORY, vcable_cable_create(lent, memory.size_bytes - 1, &FORMAT, 4096, &cable));
    CHECK(cable == NULL);
}

/* Ends that are called at the wrong time. */
static void refused_ends(const struct bench *bench)
{
    int16_t sound[16] = {0};
    const void *const from[2] = {sound, sound};
    void *const to[2] = {sound, sound};
    vcable_writer *writer;
    vcable_reader *reader;
    REFUSED(VCABLE_STATUS_CONNECTED, vcable_cable_connect(bench->cable, &writer, &reader));
    REFUSED(VCABLE_STATUS_STOPPED, vcable_writer_write(bench->writer, from, 1, 16, NULL));
    DONE(vcable_writer_start(bench->writer));
    DONE(vcable_reader_start(bench->reader));
    REFUSED(VCABLE_STATUS_PLANES, vcable_writer_write(bench->writer, from, 2, 16, NULL));
    REFUSED(VCABLE_STATUS_FRAMES, vcable_writer_write(bench->writer, from, 1, VCABLE_MAX_FRAMES + 1, NULL));
    REFUSED(VCABLE_STATUS_WAY, vcable_reader_read_crossing(bench->reader, to, 1, 16, 0, NULL));
    REFUSED(VCABLE_STATUS_RUNNING, vcable_reader_uncross(bench->reader));
    DONE(vcable_reader_stop(bench->reader));
}

/* Crossings that can't be. */
static void refused_crossings(const struct bench *bench)
{
    const uint32_t nowhere = 40;
    vcable_memory memory;
    vcable_crossing_settings settings, wrong;
    DONE(vcable_crossing_defaults(bench->cable, &FORMAT, &settings));
    wrong = settings;
    wrong.output_frames = 255;
    REFUSED(VCABLE_STATUS_SETTING, vcable_crossing_memory(bench->cable, &wrong, &memory));
    wrong = settings;
    wrong.reader_positions = &nowhere;
    REFUSED(VCABLE_STATUS_POSITION, vcable_crossing_memory(bench->cable, &wrong, &memory));
    cross(bench, &settings);
    REFUSED(VCABLE_STATUS_RESAMPLER, vcable_reader_set_clocks(bench->reader, VCABLE_CLOCKS_APART));
    DONE(vcable_reader_uncross(bench->reader));
}

void test_refusals(void)
{
    printf("refused\n");
    refused_cables();
    struct bench bench = connected(&FORMAT);
    refused_ends(&bench);
    refused_crossings(&bench);
    DONE(vcable_cable_destroy(bench.cable));
    REFUSED(VCABLE_STATUS_GONE, vcable_writer_start(bench.writer));
    CHECK(vcable_reader_start(bench.reader) == VCABLE_STATUS_GONE);
    CHECK(vcable_cable_destroy(bench.cable) == VCABLE_STATUS_GONE);
    CHECK(strcmp(vcable_status_text(1), vcable_status_text(VCABLE_STATUS_OK)) != 0);
}
