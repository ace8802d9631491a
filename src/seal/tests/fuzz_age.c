/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_age.c - heads of archives, from anywhere. */
#include "seal/age.h"

#include <string.h>

struct at {
    const unsigned char *p;
    size_t len;
};

static enum rc get(void *arg, unsigned char *to, size_t room, size_t *ret_n)
{
    struct at *a = arg;
    *ret_n = a->len < room ? a->len : room;
    if (*ret_n > 0)
        memcpy(to, a->p, *ret_n);
    a->p += *ret_n;
    a->len -= *ret_n;
    return RC_OK;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    static const struct age_key secret = {{8, 1}};
    static const struct age_file_key key = {{3}};
    struct at a = {data, len};
    struct age_reader *r;
    struct bytes part;
    if (age_read_begin(get, &a, &r) == AGE_OK && age_read_unlock(r, &secret) == AGE_OTHER_KEY &&
        age_read_unlock_by(r, &key) == AGE_OK)
        while (age_read(r, &part) == AGE_OK && part.len > 0)
            ;
    age_reader_free(r);
    return 0;
}
