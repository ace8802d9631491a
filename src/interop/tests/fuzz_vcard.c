/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_vcard.c - any bytes as cards; every text is valid. */
#include "base/utf8.h"
#include "interop/vcard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *s)
{
    if (!utf8_is_valid(s, strlen(s)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct vcards v;
    arena_init(&a, 64 * 1024 * 1024);
    if (vcard_read(&a, (struct bytes){data, size}, &v) != RC_OK && v.problems.n == 0)
        abort();
    for (int i = 0; i < v.n; i++) {
        const struct vcard *c = &v.list[i];
        const char *const texts[] = {c->name,       c->family, c->given,    c->additional,
                                     c->prefix,     c->suffix, c->nickname, c->organisation,
                                     c->title,      c->role,   c->note,     c->uid,
                                     c->categories, c->sex,    c->gender,   c->birth_text};
        for (size_t k = 0; k < N_ELEMS(texts); k++)
            check(texts[k]);
        for (int k = 0; k < c->n_phones; k++)
            check(c->phones[k].value), check(c->phones[k].type);
        for (int k = 0; k < c->n_addresses; k++)
            check(c->addresses[k].street), check(c->addresses[k].country);
    }
    for (int i = 0; i < v.problems.n; i++)
        (void)problem_sentence(v.problems.list[i].reason);
    arena_wipe(&a);
    return 0;
}
