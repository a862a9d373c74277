// The header as C++ reads it, and a program in C++ that links with the library.
#include "vcable.h"

#include <cstdio>
#include <cstring>

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
