/* SPDX-License-Identifier: AGPL-3.0-or-later
 * base.c - arena and buffer. */
#include "base/base.h"

#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 32 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t cap, used;
    _Alignas(max_align_t) unsigned char data[];
};

/* Not without a word: who keeps the machine finds a stopped program. */
static _Noreturn void stop(const char *why)
{
    log_error("stopped: %s", why);
    abort();
}

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max_bytes = max_bytes};
}

/* Blocks of the usual size that were wiped, for the next request of any thread: zeroed already, and
 * no work for the system. A sanitizer must see each arena's own memory come and go. */
enum { SPARE_MAX = IS_SANITIZED ? 0 : 128 }; /* 4 MiB */
static struct {
    pthread_mutex_t lock;
    struct arena_block *first;
    int n;
} spare = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct arena_block *spare_take(void)
{
    pthread_mutex_lock(&spare.lock);
    struct arena_block *b = spare.first;
    if (b != NULL) {
        spare.first = b->next;
        spare.n--;
    }
    pthread_mutex_unlock(&spare.lock);
    return b;
}

static bool spare_put(struct arena_block *b)
{
    pthread_mutex_lock(&spare.lock);
    bool fits = spare.n < SPARE_MAX;
    if (fits) {
        b->next = spare.first;
        spare.first = b;
        spare.n++;
    }
    pthread_mutex_unlock(&spare.lock);
    return fits;
}

static void drop(struct arena_block *b)
{
    for (struct arena_block *next; b != NULL; b = next) {
        next = b->next;
        explicit_bzero(b->data, b->used);
        b->used = 0;
        if (b->cap != BLOCK_BYTES || !spare_put(b))
            free(b);
    }
}

/* Zeroed. */
static struct arena_block *block_new(size_t cap)
{
    struct arena_block *b = cap == BLOCK_BYTES ? spare_take() : NULL;
    if (b == NULL)
        b = calloc(1, sizeof(*b) + cap);
    if (b == NULL)
        stop("the system has no more memory");
    b->cap = cap;
    return b;
}

void arena_wipe(struct arena *a)
{
    drop(a->block);
    a->block = NULL;
    a->used_bytes = 0;
}

void arena_reset(struct arena *a)
{
    struct arena_block *b = a->block;
    if (b == NULL)
        return;
    drop(b->next);
    b->next = NULL;
    explicit_bzero(b->data, b->used);
    b->used = 0;
    a->used_bytes = b->cap;
    if (b->cap > 8 * (size_t)BLOCK_BYTES) /* do not keep the block of one large request */
        arena_wipe(a);
}

void *arena_alloc(struct arena *a, size_t n_bytes)
{
    const size_t align = _Alignof(max_align_t);
    if (n_bytes > a->max_bytes)
        stop("one piece of work asked for more memory than it may have");
    size_t n = (n_bytes + align - 1) & ~(align - 1);
    struct arena_block *b = a->block;

    if (b == NULL || b->cap - b->used < n) {
        size_t cap = n > BLOCK_BYTES ? n : BLOCK_BYTES;
        if (a->used_bytes + cap > a->max_bytes)
            stop("one piece of work asked for more memory than it may have");
        b = block_new(cap);
        b->next = a->block;
        a->block = b;
        a->used_bytes += cap;
    }
    void *p = b->data + b->used;
    b->used += n;
    return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    if (n > 0)
        memcpy(p, s, n);
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        stop("a text cannot be formatted");
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

void buf_init(struct buf *b, struct arena *a, size_t max_bytes)
{
    *b = (struct buf){.arena = a, .max = max_bytes, .cap = 256};
    b->s = arena_alloc(a, b->cap);
}

void buf_add(struct buf *b, const char *s, size_t n)
{
    if (b->full || n > b->max - b->len) {
        b->full = true;
        return;
    }
    if (b->len + n + 1 > b->cap) {
        size_t cap = b->cap * 2 > b->len + n + 1 ? b->cap * 2 : b->len + n + 1;
        char *p = arena_alloc(b->arena, cap);
        memcpy(p, b->s, b->len);
        b->s = p;
        b->cap = cap;
    }
    if (n > 0)
        memcpy(b->s + b->len, s, n);
    b->len += n;
    b->s[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_int(struct buf *b, int64_t v)
{
    char tmp[24], *p = tmp + sizeof(tmp);
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + u % 10);
    while ((u /= 10) != 0);
    if (v < 0)
        *--p = '-';
    buf_add(b, p, (size_t)(tmp + sizeof(tmp) - p));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    char tmp[512] = "", *big = NULL;
    va_list ap, ap2;
    va_start(ap, fmt);
    va_copy(ap2, ap);
    int n = vsnprintf(tmp, sizeof(tmp), fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof(tmp) && vasprintf(&big, fmt, ap2) < 0)
        abort();
    va_end(ap2);
    if (n > 0)
        buf_add(b, big != NULL ? big : tmp, (size_t)n);
    explicit_bzero(tmp, sizeof(tmp));
    if (big != NULL)
        explicit_bzero(big, (size_t)n);
    free(big);
}
