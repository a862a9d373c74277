// The header as C++ reads it, and a program in C++ that links with the library.
#include "vcable.h"

#include <cstdio>
#include <cstring>

// Without gaps, as the library has them.
static_assert(sizeof(vcable_format) == 16 && sizeof(vcable_due) == 8, "layout");
static_assert(sizeof(vcable_memory) == 2 * sizeof(size_t), "layout");
static_assert(sizeof(vcable_crossing_settings) == 48 + 2 * sizeof(void *), "layout");
static_assert(sizeof(vcable_stats) == 88 && sizeof(vcable_report) == 64, "layout");

int main()
{
    const vcable_format format = {VCABLE_SAMPLE_F32, VCABLE_LAYOUT_PLANAR, 2, 48000};
    vcable_memory memory = {0, 0};
    const vcable_status status = vcable_cable_memory(&format, 1024, &memory);
    const bool holds = status == VCABLE_STATUS_OK && memory.size_bytes > 2 * 4 * 1024
        && vcable_abi_version() == VCABLE_ABI_VERSION && std::strlen(vcable_version()) > 0;
    std::printf("%s: %zu bytes\n", vcable_status_text(status), memory.size_bytes);
    return holds ? 0 : 1;
}
