/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gzip.c - zlib on a block of memory of its own, which is wiped after each answer: its window
 * held the page. */
#include "web/gzip.h"

#include <string.h>
#include <zlib.h>

enum {
    GZIP_LEVEL = 1,             /* level 4 is a twentieth smaller and takes half as long again */
    GZIP_WINDOW_BITS = 13 + 16, /* + 16: with a gzip head */
    GZIP_MEM_LEVEL = 6,         /* with the window: 70 KiB, pages come out as small as with 260 */
    GZIP_MEMORY_BYTES = 96 * 1024,
};

struct gzip {
    size_t used;
    _Alignas(16) unsigned char memory[GZIP_MEMORY_BYTES];
};

struct gzip *gzip_new(void)
{
    struct gzip *g = calloc(1, sizeof(*g));
    if (g == NULL)
        abort();
    return g;
}

void gzip_free(struct gzip *g)
{
    free(g);
}

static void *take(void *opaque, unsigned n_items, unsigned size)
{
    struct gzip *g = opaque;
    size_t n = ((size_t)n_items * size + 15) & ~(size_t)15;
    if (n > sizeof(g->memory) - g->used)
        return NULL;
    void *p = g->memory + g->used;
    g->used += n;
    return p;
}

static void give(void *opaque, void *p)
{
    (void)opaque, (void)p; /* all at once, in gzip_pack() */
}

bool gzip_pack(struct gzip *g, struct arena *a, struct bytes in, struct bytes *ret)
{
    if (in.len > UINT32_MAX)
        return false;
    z_stream z = {.zalloc = take, .zfree = give, .opaque = g};
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, GZIP_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t cap = in.len / 10 * 9;
    unsigned char *out = arena_alloc(a, cap);
    z.next_in = (unsigned char *)in.p;
    z.avail_in = (unsigned)in.len;
    z.next_out = out;
    z.avail_out = (unsigned)cap;
    bool is_smaller = deflate(&z, Z_FINISH) == Z_STREAM_END;
    deflateEnd(&z);
    explicit_bzero(g->memory, g->used);
    g->used = 0;
    if (is_smaller)
        *ret = (struct bytes){out, cap - z.avail_out};
    return is_smaller;
}
