// One face for the peers' libraries: interleaved stereo, 32-bit floating point, any step of input frames per output
// frame, which may be another one in each call. Nothing throws past the functions at the end.

#include <samplerate.h>
#include <soxr.h>
#include <speex/speex_resampler.h>
#include <zita-resampler/vresampler.h>

#include <cmath>
#include <memory>

namespace {

constexpr unsigned channels = 2;

struct Counts {
    size_t consumed, produced;
};

struct Peer {
    virtual ~Peer() = default;
    virtual Counts run(double step, const float *in, size_t in_frames, float *out, size_t out_frames) = 0;
};

struct Soxr : Peer {
    soxr_t handle = nullptr;
    bool varying;

    Soxr(double step, unsigned long recipe, bool varying) : varying(varying) {
        soxr_error_t error = nullptr;
        const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
        const soxr_quality_spec_t quality = soxr_quality_spec(recipe, varying ? SOXR_VR : 0);
        // With SOXR_VR this is the largest step that may be set.
        const double most = varying ? 1.05 * step : step;
        handle = soxr_create(most, 1, channels, &error, &io, &quality, nullptr);
        if (handle && varying) soxr_set_io_ratio(handle, step, 0);
    }
    ~Soxr() override { soxr_delete(handle); }
    Counts run(double step, const float *in, size_t in_frames, float *out, size_t out_frames) override {
        Counts counts = {};
        if (varying) soxr_set_io_ratio(handle, step, out_frames);
        soxr_process(handle, in, in_frames, &counts.consumed, out, out_frames, &counts.produced);
        return counts;
    }
};

struct Samplerate : Peer {
    SRC_STATE *handle;

    explicit Samplerate(int converter) {
        int error = 0;
        handle = src_new(converter, channels, &error);
    }
    ~Samplerate() override { src_delete(handle); }
    Counts run(double step, const float *in, size_t in_frames, float *out, size_t out_frames) override {
        SRC_DATA data = {};
        data.data_in = in;
        data.data_out = out;
        data.input_frames = long(in_frames);
        data.output_frames = long(out_frames);
        data.src_ratio = 1.0 / step;
        if (src_process(handle, &data) != 0) return {};
        return {size_t(data.input_frames_used), size_t(data.output_frames_gen)};
    }
};

struct Speex : Peer {
    // The library multiplies the numerator by a kernel's length, up to 256, in 32 bits.
    static constexpr spx_uint32_t denominator = 10'000'000;
    SpeexResamplerState *handle;
    double last = 0;

    Speex(double step, int quality) {
        int error = 0;
        const auto numerator = spx_uint32_t(std::llround(step * denominator));
        handle = speex_resampler_init_frac(channels, numerator, denominator, 48000, 48000, quality, &error);
        last = step;
    }
    ~Speex() override {
        if (handle) speex_resampler_destroy(handle);
    }
    Counts run(double step, const float *in, size_t in_frames, float *out, size_t out_frames) override {
        if (step != last) {
            const auto numerator = spx_uint32_t(std::llround(step * denominator));
            speex_resampler_set_rate_frac(handle, numerator, denominator, 48000, 48000);
            last = step;
        }
        auto taken = spx_uint32_t(in_frames);
        auto made = spx_uint32_t(out_frames);
        speex_resampler_process_interleaved_float(handle, in, &taken, out, &made);
        return {taken, made};
    }
};

struct Zita : Peer {
    VResampler resampler;
    double nominal;

    Zita(double step, unsigned half_length) : nominal(step) {
        if (resampler.setup(1.0 / step, channels, half_length) != 0) nominal = 0;
    }
    Counts run(double step, const float *in, size_t in_frames, float *out, size_t out_frames) override {
        resampler.set_rratio(nominal / step);
        resampler.inp_count = unsigned(in_frames);
        resampler.inp_data = const_cast<float *>(in);
        resampler.out_count = unsigned(out_frames);
        resampler.out_data = out;
        resampler.process();
        return {in_frames - resampler.inp_count, out_frames - resampler.out_count};
    }
};

template <class T, class... Arguments> Peer *made(Arguments... arguments) {
    auto peer = std::make_unique<T>(arguments...);
    return peer->handle ? peer.release() : nullptr;
}

Peer *make(int kind, double step) {
    switch (kind) {
    case 0: return made<Soxr>(step, SOXR_HQ, true);
    case 1: return made<Soxr>(step, SOXR_VHQ, false);
    case 2: return made<Soxr>(step, SOXR_HQ, false);
    case 3: return made<Samplerate>(SRC_SINC_BEST_QUALITY);
    case 4: return made<Samplerate>(SRC_SINC_MEDIUM_QUALITY);
    case 5: return made<Speex>(step, 10);
    case 6: return made<Speex>(step, 5);
    case 7:
    case 8: {
        auto zita = std::make_unique<Zita>(step, kind == 7 ? 48 : 96);
        return zita->nominal > 0 ? zita.release() : nullptr;
    }
    default: return nullptr;
    }
}

} // namespace

extern "C" {

Peer *peer_new(int kind, double step) {
    try {
        return make(kind, step);
    } catch (...) {
        return nullptr;
    }
}

void peer_run(Peer *peer, double step, const float *in, size_t in_frames, float *out, size_t out_frames,
              size_t *consumed, size_t *produced) {
    try {
        const Counts counts = peer->run(step, in, in_frames, out, out_frames);
        *consumed = counts.consumed;
        *produced = counts.produced;
    } catch (...) {
        *consumed = *produced = 0;
    }
}

void peer_delete(Peer *peer) { delete peer; }
}
