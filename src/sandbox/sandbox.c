/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sandbox.c - whether there can be one. */
#include "sandbox/sandbox.h"

bool sandbox_is_possible(void)
{
#ifdef __SANITIZE_ADDRESS__
    return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
    __has_feature(thread_sanitizer)
    return false;
#else
    return true;
#endif
#else
    return true;
#endif
}
