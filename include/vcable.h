// SPDX-License-Identifier: MIT OR Apache-2.0
//
// vcable.h: a virtual audio cable in your own memory. The C ABI of libvcable_core.a.
//
// Generated from core/src/ffi by `cargo xtask header`. Do not edit.
//
// A cable joins a writing end and a reading end. You lend it memory of the size and alignment that a query tells;
// nothing here allocates, blocks or makes a system call, and all calls of an end but vcable_reader_cross are fit for an
// audio callback.
//
//     vcable_cable_memory     how much memory to lend
//     vcable_cable_create     makes the cable in it
//     vcable_cable_connect    hands out the two ends, each for a thread of its own
//     vcable_writer_start     ... vcable_writer_write, once a cycle ...      vcable_writer_stop
//     vcable_reader_start     ... one of the reads, once a cycle ...         vcable_reader_stop
//     vcable_cable_destroy    the memory is yours again
//
// Which read: vcable_reader_read when vcable_reader_due says so after each write (chained: nothing waits);
// vcable_reader_read_follow when the reader's cycle runs the writer's; vcable_reader_read_crossing when the
// reader differs in format, channels, rate or clock, after vcable_reader_cross.
//
// Every call but those that return text or a version returns a vcable_status: VCABLE_STATUS_OK, or why it was refused.
// "Refused with NULL" below stands for VCABLE_STATUS_NULL, and so on.
// A call that was refused has changed nothing and written nothing; a reader's buffers then hold what they held. Pointers
// are checked for null and alignment, numbers for their range. One call at a time per end: another one at the same time is
// refused with VCABLE_STATUS_BUSY. What cannot be checked stands under "Safety" at each function: it is yours to see to.

#ifndef VCABLE_H
#define VCABLE_H



#include <stddef.h>
#include <stdint.h>

// Counts up whenever anything in this header changes its meaning, layout or name.
#define VCABLE_ABI_VERSION 1

// Most channels a stream can have.
#define VCABLE_MAX_CHANNELS 64

// Most frames a cable holds, and most frames of one call.
#define VCABLE_MAX_FRAMES 1048576

// What a call came to. 0 is success; below 0 the call was refused, has changed nothing and written nothing.
enum vcable_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Done.
    VCABLE_STATUS_OK = 0,
    // A pointer is null.
    VCABLE_STATUS_NULL = -1,
    // A pointer is not aligned to what it should point to.
    VCABLE_STATUS_MISALIGNED = -2,
    // The memory is smaller than the query says, or reaches beyond the address space.
    VCABLE_STATUS_MEMORY = -3,
    // The format has an unknown sample or layout, or channels or a rate out of range.
    VCABLE_STATUS_FORMAT = -4,
    // The capacity is not a power of two within 1 to `VCABLE_MAX_FRAMES`.
    VCABLE_STATUS_CAPACITY = -5,
    // A setting is none of its values, or out of range.
    VCABLE_STATUS_SETTING = -6,
    // A channel position is not known.
    VCABLE_STATUS_POSITION = -7,
    // More frames than `VCABLE_MAX_FRAMES`, or planes that reach beyond the address space.
    VCABLE_STATUS_FRAMES = -8,
    // Not as many planes as the format has.
    VCABLE_STATUS_PLANES = -9,
    // The ends of this cable were handed out before.
    VCABLE_STATUS_CONNECTED = -10,
    // The end must be started first.
    VCABLE_STATUS_STOPPED = -11,
    // The end must be stopped first.
    VCABLE_STATUS_RUNNING = -12,
    // The reader has a crossing, and this call is for one without; or the other way round.
    VCABLE_STATUS_WAY = -13,
    // Two clocks or two rates, and the crossing was made without a resampler.
    VCABLE_STATUS_RESAMPLER = -14,
    // Another call of the same end has not returned yet.
    VCABLE_STATUS_BUSY = -15,
    // Nothing that lives is behind this pointer: it was destroyed, or is of another kind.
    VCABLE_STATUS_GONE = -16,
    // An earlier call found an error of this library; the end stays silent until its cable is destroyed.
    VCABLE_STATUS_FAULT = -17,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum vcable_status vcable_status;
#else
typedef int32_t vcable_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How one sample is stored. All are little endian; integers are signed.
enum vcable_sample
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // IEEE 754 binary32, full scale at -1.0 to 1.0.
    VCABLE_SAMPLE_F32 = 1,
    // 16-bit integer.
    VCABLE_SAMPLE_S16 = 2,
    // 24-bit integer, packed in 3 bytes.
    VCABLE_SAMPLE_S24 = 3,
    // 24-bit integer in the low 3 bytes of 4.
    VCABLE_SAMPLE_S24_IN32 = 4,
    // 32-bit integer.
    VCABLE_SAMPLE_S32 = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum vcable_sample vcable_sample;
#else
typedef uint32_t vcable_sample;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How the channels of a stream lie beside each other.
enum vcable_layout
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // One plane; the samples of a frame are neighbours.
    VCABLE_LAYOUT_INTERLEAVED = 1,
    // One plane per channel.
    VCABLE_LAYOUT_PLANAR = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum vcable_layout vcable_layout;
#else
typedef uint32_t vcable_layout;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How the clocks of the two ends stand to each other.
enum vcable_clocks
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // One end's cycle runs the other's: what the reader asks for is there.
    VCABLE_CLOCKS_CHAINED = 1,
    // One clock runs both ends, in any order: the reader hears the writer's last cycle. Both ends must be told when
    // their cycles were woken, with the same time for the same cycle.
    VCABLE_CLOCKS_SHARED = 2,
    // Two clocks, each with a rate of its own.
    VCABLE_CLOCKS_APART = 3,
    // The reader's cycle runs the writer's for the next one: whole cycles are heard as they come, and wait for a
    // reader as the reader does for them.
    VCABLE_CLOCKS_PULLED = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum vcable_clocks vcable_clocks;
#else
typedef uint32_t vcable_clocks;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How much work a resampler spends on each frame.
enum vcable_quality
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Flat to 18 kHz at 44.1 kHz, residue about -100 dB.
    VCABLE_QUALITY_FAST = 1,
    // Flat to 20 kHz at 44.1 kHz, residue below -120 dB.
    VCABLE_QUALITY_BALANCED = 2,
    // Flat to 20 kHz at 44.1 kHz, residue below -135 dB.
    VCABLE_QUALITY_HIGH = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum vcable_quality vcable_quality;
#else
typedef uint32_t vcable_quality;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What lies between two input frames of a resampler.
enum vcable_interpolation
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // A band-limiting kernel; see `vcable_quality`.
    VCABLE_INTERPOLATION_SINC = 1,
    // The cubic through the four nearest frames: cheap, and no filter. For speech and tests, not for music.
    VCABLE_INTERPOLATION_CUBIC = 2,
    // The straight line through the two nearest frames: cheaper and worse.
    VCABLE_INTERPOLATION_LINEAR = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum vcable_interpolation vcable_interpolation;
#else
typedef uint32_t vcable_interpolation;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Where a channel's loudspeaker stands. The numbers are those of PipeWire's `enum spa_audio_channel`.
enum vcable_position
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Not known.
    VCABLE_POSITION_UNKNOWN = 0,
    // None: the channel is silent.
    VCABLE_POSITION_NA = 1,
    // The only channel.
    VCABLE_POSITION_MONO = 2,
    // Front left, 30 degrees.
    VCABLE_POSITION_FL = 3,
    // Front right.
    VCABLE_POSITION_FR = 4,
    // Front centre.
    VCABLE_POSITION_FC = 5,
    // Low-frequency effects.
    VCABLE_POSITION_LFE = 6,
    // Side left, 90 degrees.
    VCABLE_POSITION_SL = 7,
    // Side right.
    VCABLE_POSITION_SR = 8,
    // Front left of centre, 22.5 degrees.
    VCABLE_POSITION_FLC = 9,
    // Front right of centre.
    VCABLE_POSITION_FRC = 10,
    // Rear centre, 180 degrees.
    VCABLE_POSITION_RC = 11,
    // Rear left, 110 degrees.
    VCABLE_POSITION_RL = 12,
    // Rear right.
    VCABLE_POSITION_RR = 13,
    // Top centre: overhead.
    VCABLE_POSITION_TC = 14,
    // Top front left.
    VCABLE_POSITION_TFL = 15,
    // Top front centre.
    VCABLE_POSITION_TFC = 16,
    // Top front right.
    VCABLE_POSITION_TFR = 17,
    // Top rear left.
    VCABLE_POSITION_TRL = 18,
    // Top rear centre.
    VCABLE_POSITION_TRC = 19,
    // Top rear right.
    VCABLE_POSITION_TRR = 20,
    // Rear left of centre, 135 degrees.
    VCABLE_POSITION_RLC = 21,
    // Rear right of centre.
    VCABLE_POSITION_RRC = 22,
    // Front left wide, 60 degrees.
    VCABLE_POSITION_FLW = 23,
    // Front right wide.
    VCABLE_POSITION_FRW = 24,
    // Second low-frequency effects.
    VCABLE_POSITION_LFE2 = 25,
    // Front left high.
    VCABLE_POSITION_FLH = 26,
    // Front centre high.
    VCABLE_POSITION_FCH = 27,
    // Front right high.
    VCABLE_POSITION_FRH = 28,
    // Top front left of centre.
    VCABLE_POSITION_TFLC = 29,
    // Top front right of centre.
    VCABLE_POSITION_TFRC = 30,
    // Top side left.
    VCABLE_POSITION_TSL = 31,
    // Top side right.
    VCABLE_POSITION_TSR = 32,
    // Left low-frequency effects.
    VCABLE_POSITION_LLFE = 33,
    // Right low-frequency effects.
    VCABLE_POSITION_RLFE = 34,
    // Bottom centre.
    VCABLE_POSITION_BC = 35,
    // Bottom left of centre.
    VCABLE_POSITION_BLC = 36,
    // Bottom right of centre.
    VCABLE_POSITION_BRC = 37,
    // The first of 64 numbered lines; line n is this number plus n.
    VCABLE_POSITION_AUX0 = 4096,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum vcable_position vcable_position;
#else
typedef uint32_t vcable_position;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A way across the cable, the cheapest first.
enum vcable_path
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Bytes are copied: bit-exact, no delay of its own.
    VCABLE_PATH_STRAIGHT = 0,
    // Samples, layout or channels are converted at one rate and clock: no delay of its own.
    VCABLE_PATH_CONVERTED = 1,
    // Another nominal rate at one clock: resampled at the exact ratio of the rates.
    VCABLE_PATH_RESAMPLED = 2,
    // Two clocks: resampled at a ratio that follows them.
    VCABLE_PATH_ADAPTIVE = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum vcable_path vcable_path;
#else
typedef uint32_t vcable_path;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Whether two clocks are held together.
enum vcable_lock
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // One of the ends has not run yet, or the way is not that of two clocks.
    VCABLE_LOCK_STARTING = 0,
    // Both ends run; rates and fill are settling.
    VCABLE_LOCK_ACQUIRING = 1,
    // Rates are known to 2 ppm and the fill is at its target.
    VCABLE_LOCK_LOCKED = 2,
    // An end has stopped or its clock jumped: the last known rate is held until both run again.
    VCABLE_LOCK_HOLDING = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum vcable_lock vcable_lock;
#else
typedef uint32_t vcable_lock;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A cable with its two ends, in the memory that was lent for it.
typedef struct vcable_cable vcable_cable;

// The reading end of a cable.
typedef struct vcable_reader vcable_reader;

// The writing end of a cable.
typedef struct vcable_writer vcable_writer;

// The format of a stream. 0 is no value of any field, so that one that was forgotten is noticed.
typedef struct vcable_format {
    // A `vcable_sample`.
    uint32_t sample;
    // A `vcable_layout`.
    uint32_t layout;
    // 1 to `VCABLE_MAX_CHANNELS`.
    uint32_t channels;
    // Frames per second, 8000 to 384000.
    uint32_t rate_hz;
} vcable_format;

// Memory to be lent.
typedef struct vcable_memory {
    // Bytes needed; more is no harm.
    size_t size_bytes;
    // Its address must be a multiple of this power of two.
    size_t align_bytes;
} vcable_memory;

// The counters of a cable. All count from its making; those of the two ends may be a cycle apart.
typedef struct vcable_stats {
    // Cycles the writer ran.
    uint64_t writer_cycles;
    // Frames that went into the ring.
    uint64_t frames_written;
    // Frames discarded because no reader was running.
    uint64_t frames_unheard;
    // Frames dropped because the ring was full.
    uint64_t frames_lost;
    // Times the ring ran full; one per run of cycles that dropped something.
    uint64_t overruns;
    // Cycles the reader ran.
    uint64_t reader_cycles;
    // Frames of real sound that left the ring to be heard.
    uint64_t frames_read;
    // Frames the reader skipped to be where the writer is: at its start, or in a trim.
    uint64_t frames_trimmed;
    // Frames of silence the reader delivered for want of sound.
    uint64_t silence_frames;
    // Times a delivering writer left the reader short; one per run of short cycles.
    uint64_t underruns;
    // Times the reader skipped frames of a running stream to shed latency.
    uint64_t trims;
} vcable_stats;

// How a cable stands now. Its values may be a cycle apart.
typedef struct vcable_report {
    // 1 between start and stop of the writer.
    uint32_t writer_running;
    // 1 between start and stop of the reader.
    uint32_t reader_running;
    // Frames of the writer's last cycle; 0 from its start until its first.
    uint32_t writer_cycle_frames;
    // Frames in the ring: all of the latency while the reader has no crossing.
    uint32_t fill_frames;
    // The `vcable_path` of the reader's last cycle; straight without a crossing.
    uint32_t path;
    // A `vcable_lock`.
    uint32_t lock;
    // With a crossing: time the sound spends in the cable, in frames of the reader. 0 without.
    float latency_frames;
    // Two clocks: distance that is held between them, in frames of the reader. Else 0.
    float target_frames;
    // Two clocks: present ratio over the nominal one, in parts per million. Else 0.
    float ratio_ppm;
    // Not used; 0.
    uint32_t reserved;
    // Discontinuities of the two clocks since the crossing was made.
    uint64_t events;
    // Times sound was left out or waited for to bring the two ends together, since the crossing was made.
    uint64_t skips;
    // Times a resampled way ran out of sound, since the crossing was made.
    uint64_t starvations;
} vcable_report;

// Whether a cycle of a chained reader is due.
typedef struct vcable_due {
    // 1: run one cycle of the reader now. 0: wait for the writer's next cycle.
    uint32_t now;
    // Frames of the writer's time until the reader's next cycle, when one comes before the writer's next: ask again
    // then. 0: none comes before that.
    uint32_t next_after_frames;
} vcable_due;

// What a crossing is made for. Begin with `vcable_crossing_defaults` and change what should differ.
typedef struct vcable_crossing_settings {
    // What the reader's buffers hold.
    struct vcable_format reader;
    // A `vcable_clocks`: how the clocks stand to each other at first. Default: chained.
    uint32_t clocks;
    // 1: the clocks may part later, so bring a resampler even if the first way needs none. 0: they never do.
    uint32_t may_part;
    // A `vcable_quality`. Default: balanced.
    uint32_t quality;
    // A `vcable_interpolation`. Default: sinc.
    uint32_t interpolation;
    // Frames of the output ring behind the resampler, 256 to 4096. It is not latency. Default: 512.
    uint32_t output_frames;
    // Two clocks: sound to hold in the cable, in frames of the writer; at most the cable's capacity. Both ends'
    // cycles and the margin are held in any case; with 0, the default, a cycle of the writer beyond them, so that it
    // may deliver at any moment of its cycle. 1 is the least for a writer that delivers as its cycle begins.
    uint32_t target_frames;
    // Two clocks: frames of the writer by which an end may be late; at most the cable's capacity. Default: 1 ms.
    uint32_t margin_frames;
    // Two clocks: most that the ratio may leave its nominal value, in parts per million, up to 20000.
    // Default: 10000.
    uint32_t limit_ppm;
    // A `vcable_position` for each of the writer's channels; null for the usual ones of so many channels. Read while
    // a call runs, not kept.
    const uint32_t *writer_positions;
    // A `vcable_position` for each of the reader's channels; null for the usual ones. Read while a call runs, not
    // kept.
    const uint32_t *reader_positions;
} vcable_crossing_settings;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Number of the ABI that the library was built with. Compare it with `VCABLE_ABI_VERSION`, the number that your
// program was built with, before anything else: on any difference call nothing.
uint32_t vcable_abi_version(void);

// Version of the library as text, like "0.1.0". It lives as long as the program.
const char *vcable_version(void);

// What a status says, in English and without a full stop; another text for numbers that are no status. It lives as
// long as the program.
const char *vcable_status_text(int32_t status);

// Tells in `memory` what to lend to `vcable_cable_create` for the same format and capacity. Any thread may ask.
//
// Refused with NULL, MISALIGNED, FORMAT, CAPACITY.
//
// # Safety
// `format` and `memory` lead to such structures, or are null.
vcable_status vcable_cable_memory(const struct vcable_format *format,
                                  uint32_t capacity_frames,
                                  struct vcable_memory *memory);

// Makes a cable at rest for `format` in lent memory and tells its handle in `cable`. Not on an audio thread.
//
// `capacity_frames` is a power of two up to `VCABLE_MAX_FRAMES`; it should exceed the sum of both ends' largest
// cycles, or one of them is cut short.
//
// Refused with NULL, MISALIGNED, FORMAT, CAPACITY, MEMORY.
//
// # Safety
// `memory` leads to `size_bytes` bytes that nobody else uses until the cable is destroyed, or until no call of the
// cable and its ends will be made any more; then the memory can be used for anything, no call is owed. `format` and
// `cable` lead to what they say. Each may be null.
vcable_status vcable_cable_create(void *memory,
                                  size_t size_bytes,
                                  const struct vcable_format *format,
                                  uint32_t capacity_frames,
                                  struct vcable_cable **cable);

// Hands out the two ends of a cable, at rest: once. Each may be used by a thread of its own; they live as long as
// the cable, in its memory. Any thread may call it.
//
// Refused with NULL, MISALIGNED, GONE, CONNECTED.
//
// # Safety
// `cable` came from `vcable_cable_create` and its memory is still lent. `writer` and `reader` lead to room for a
// pointer. Each may be null.
vcable_status vcable_cable_connect(struct vcable_cable *cable,
                                   struct vcable_writer **writer,
                                   struct vcable_reader **reader);

// Tells the counters of a cable. Any thread may ask at any time; it never waits.
//
// Refused with NULL, MISALIGNED, GONE.
//
// # Safety
// `cable` came from `vcable_cable_create` and its memory is still lent. `stats` leads to such a structure. Each may
// be null.
vcable_status vcable_cable_stats(const struct vcable_cable *cable,
                                 struct vcable_stats *stats);

// Tells how a cable stands now. Any thread may ask at any time; it never waits.
//
// Refused with NULL, MISALIGNED, GONE.
//
// # Safety
// As for `vcable_cable_stats`.
vcable_status vcable_cable_report(const struct vcable_cable *cable, struct vcable_report *report);

// Ends a cable and with it both ends and the reader's crossing; their memory is the host's again.
//
// Later calls with these handles are refused with GONE for as long as the memory holds what it held. Not needed
// before memory is released: a cable owns nothing else.
//
// Refused with NULL, MISALIGNED, GONE, BUSY; BUSY when a call of an end has not returned, and nothing has changed
// then.
//
// # Safety
// `cable` came from `vcable_cable_create` and its memory is still lent; or it is null. No other call of the cable
// runs, or of an end that is about to be connected.
vcable_status vcable_cable_destroy(struct vcable_cable *cable);

// Begins a stream. What an earlier one left in the ring will not be heard any more.
//
// Refused with NULL, MISALIGNED, BUSY, GONE, FAULT.
//
// # Safety
// `writer` came from `vcable_cable_connect` and the cable's memory is still lent; or it is null.
vcable_status vcable_writer_start(struct vcable_writer *writer);

// Ends the stream. The reader still gets what is in the ring.
//
// Refused with NULL, MISALIGNED, BUSY, GONE, FAULT.
//
// # Safety
// As for `vcable_writer_start`.
vcable_status vcable_writer_stop(struct vcable_writer *writer);

// Sends one cycle of `frames` frames and tells in `written` how many went into the ring.
//
// While no reader is running the frames are discarded and counted as unheard; what a full ring has no room for is
// lost, and counted.
//
// Refused with NULL, MISALIGNED, PLANES, FRAMES, STOPPED, BUSY, GONE, FAULT.
//
// # Safety
// `writer` is as for `vcable_writer_start`. `planes` leads to `plane_count` pointers, each to `frames` frames of one
// plane of the cable's format: one plane when interleaved, else one per channel. Buffers need no alignment. Nobody
// writes to them during the call. `written` leads to room for a number, or is null when nobody wants to know.
vcable_status vcable_writer_write(struct vcable_writer *writer,
                                  const void *const *planes,
                                  uint32_t plane_count,
                                  uint32_t frames,
                                  uint32_t *written);

// The same in a cycle that was woken at `now_ns`: nanoseconds of a monotonic clock, the one that
// `vcable_reader_read_crossing` is told by. A reader with a clock of its own needs to know.
//
// Refused as `vcable_writer_write` is.
//
// # Safety
// As for `vcable_writer_write`.
vcable_status vcable_writer_write_at(struct vcable_writer *writer,
                                     const void *const *planes,
                                     uint32_t plane_count,
                                     uint32_t frames,
                                     uint64_t now_ns,
                                     uint32_t *written);

// Joins at the writer's present position: whatever is older is dropped, in whatever order the ends start.
//
// Refused with NULL, MISALIGNED, BUSY, GONE, FAULT.
//
// # Safety
// `reader` came from `vcable_cable_connect` and the cable's memory is still lent, and that of its crossing; or it is
// null.
vcable_status vcable_reader_start(struct vcable_reader *reader);

// Leaves: the writer keeps nothing from now on.
//
// Refused with NULL, MISALIGNED, BUSY, GONE, FAULT.
//
// # Safety
// As for `vcable_reader_start`.
vcable_status vcable_reader_stop(struct vcable_reader *reader);

// On the chained way, with a crossing or without: tells in `due` whether a cycle of `need_frames` frames is due, and
// when to ask again.
//
// Ask after each `vcable_writer_write`, then when the told time is over; and each time it is due, read that many
// frames. A cycle larger than the ring is never due.
//
// Refused with NULL, MISALIGNED, FRAMES, STOPPED, BUSY, GONE, FAULT.
//
// # Safety
// `reader` is as for `vcable_reader_start`. `due` leads to such a structure, or is null. That the writer's thread
// may be in a call at the same time is no harm.
vcable_status vcable_reader_due(struct vcable_reader *reader,
                                uint32_t need_frames,
                                struct vcable_due *due);

// The same for ends without a crossing whose cycles are not always of one size because an adapter resamples on their
// way to the cable: a remainder in the ring is the slack that such cycles need, and stays.
//
// Refused as `vcable_reader_due` is, and with WAY.
//
// # Safety
// As for `vcable_reader_due`.
vcable_status vcable_reader_due_resampled(struct vcable_reader *reader,
                                          uint32_t need_frames,
                                          struct vcable_due *due);

// On the chained way without a crossing: delivers one cycle of `frames` frames in the cable's format, what is there,
// and silence for the rest. Tells in `heard` how many are sound.
//
// Refused with NULL, MISALIGNED, PLANES, FRAMES, STOPPED, WAY, BUSY, GONE, FAULT.
//
// # Safety
// `reader` is as for `vcable_reader_start`. `planes` leads to `plane_count` pointers, each to room for `frames`
// frames of one plane of the cable's format: one plane when interleaved, else one per channel. Buffers need no
// alignment. Nobody else uses them during the call. `heard` leads to room for a number, or is null when nobody wants
// to know.
vcable_status vcable_reader_read(struct vcable_reader *reader,
                                 void *const *planes,
                                 uint32_t plane_count,
                                 uint32_t frames,
                                 uint32_t *heard);

// Delivers one cycle like `vcable_reader_read`, where the writer need not keep the reader's pace.
//
// When the ring does not cover the cycle while the writer is running, the cycle is silent and the frames stay: a
// late writer costs silence, never its sound.
//
// Refused as `vcable_reader_read` is.
//
// # Safety
// As for `vcable_reader_read`.
vcable_status vcable_reader_read_follow(struct vcable_reader *reader,
                                        void *const *planes,
                                        uint32_t plane_count,
                                        uint32_t frames,
                                        uint32_t *heard);

// Tells in `settings` what a crossing from `cable` to a reader of format `reader` is made with when nothing is said.
// Any thread may ask.
//
// Refused with NULL, MISALIGNED, GONE, FORMAT.
//
// # Safety
// `cable` came from `vcable_cable_create` and its memory is still lent. `reader` and `settings` lead to such
// structures. Each may be null.
vcable_status vcable_crossing_defaults(const struct vcable_cable *cable,
                                       const struct vcable_format *reader,
                                       struct vcable_crossing_settings *settings);

// Tells in `memory` what to lend to `vcable_reader_cross` for the same settings. Any thread may ask.
//
// Refused with NULL, MISALIGNED, GONE, FORMAT, SETTING, POSITION.
//
// # Safety
// `cable` came from `vcable_cable_create` and its memory is still lent. `settings` and `memory` lead to such
// structures, and the positions in `settings` to one number per channel. Each may be null.
vcable_status vcable_crossing_memory(const struct vcable_cable *cable,
                                     const struct vcable_crossing_settings *settings,
                                     struct vcable_memory *memory);

// Gives a resting reader a crossing, in memory lent for it: from now on it delivers what `settings` say, through
// `vcable_reader_read_crossing`. Takes some milliseconds: not on an audio thread.
//
// To change format, quality, interpolation or sizes, take the crossing away and give another one.
//
// Refused with NULL, MISALIGNED, FORMAT, SETTING, POSITION, MEMORY, RUNNING, WAY, BUSY, GONE, FAULT; WAY when it has
// one.
//
// # Safety
// `reader` is as for `vcable_reader_start`. `memory` leads to `size_bytes` bytes that nobody else uses until the
// crossing is taken away, the cable is destroyed, or no call of either will be made any more. `settings` is as for
// `vcable_crossing_memory`. Each may be null.
vcable_status vcable_reader_cross(struct vcable_reader *reader,
                                  void *memory,
                                  size_t size_bytes,
                                  const struct vcable_crossing_settings *settings);

// Takes the crossing of a resting reader away: its memory is the host's again, and the reader delivers the cable's
// format.
//
// Refused with NULL, MISALIGNED, RUNNING, WAY, BUSY, GONE, FAULT; WAY when it has none.
//
// # Safety
// As for `vcable_reader_start`.
vcable_status vcable_reader_uncross(struct vcable_reader *reader);

// Delivers one cycle of `frames` frames through the crossing, in its reader's format. Tells in `heard` how many are
// sound; the rest are silent. Fit for an audio callback.
//
// `now_ns` is when this cycle was woken, by the clock that `vcable_writer_write_at` is told by. Only two clocks need
// it.
//
// Refused with NULL, MISALIGNED, PLANES, FRAMES, STOPPED, WAY, BUSY, GONE, FAULT.
//
// # Safety
// As for `vcable_reader_read`, but that the buffers hold the format of the crossing's settings.
vcable_status vcable_reader_read_crossing(struct vcable_reader *reader,
                                          void *const *planes,
                                          uint32_t plane_count,
                                          uint32_t frames,
                                          uint64_t now_ns,
                                          uint32_t *heard);

// Tells a crossing how the clocks of the two ends stand to each other now: a `vcable_clocks`. The sound goes over to
// the best way for that in the next cycle, under a crossfade. Fit for an audio callback.
//
// Refused with NULL, MISALIGNED, SETTING, RESAMPLER, WAY, BUSY, GONE, FAULT; WAY when there is no crossing.
//
// # Safety
// As for `vcable_reader_start`.
vcable_status vcable_reader_set_clocks(struct vcable_reader *reader,
                                       uint32_t clocks);

// Two clocks: sets how much sound a crossing holds, in frames of the writer, at most the cable's capacity; see
// `target_frames` of `vcable_crossing_settings`. The next cycle moves there by a skip or a pause, faded. Fit for an
// audio callback.
//
// Refused with NULL, MISALIGNED, SETTING, WAY, BUSY, GONE, FAULT; WAY when there is no crossing.
//
// # Safety
// As for `vcable_reader_start`.
vcable_status vcable_reader_set_target(struct vcable_reader *reader,
                                       uint32_t target_frames);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* VCABLE_H */
