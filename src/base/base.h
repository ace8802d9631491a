/* SPDX-License-Identifier: AGPL-3.0-or-later
 * base.h - what every file may use: attributes, result codes, arena, buffer.
 *
 * Depends on libc only. May be included from any layer. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRINTF(fmt_, args_) __attribute__((format(printf, fmt_, args_)))
#define FORMAT_ARG(n_) __attribute__((format_arg(n_)))
#define MUST_USE __attribute__((warn_unused_result))
#define UNUSED __attribute__((unused))
#define CLEANUP(fn_) __attribute__((cleanup(fn_)))
/* Under a sanitizer memory is to come and go where the code says so. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#define IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define IS_SANITIZED 0
#endif
#define N_ELEMS(a_) (sizeof(a_) / sizeof((a_)[0]))
#define N_(s_) (s_) /* marks a string for xgettext; translated where it is shown */

/* How an operation ended. The web layer maps each to one HTTP status. */
enum rc {
    RC_OK = 0,
    RC_INVALID,   /* the caller's data breaks a rule; 422, cx->errs says which */
    RC_DENIED,    /* the actor may not; 403 */
    RC_NOT_FOUND, /* no such row, or none the actor may know of; 404 */
    RC_CONFLICT,  /* someone else changed it first; 409 */
    RC_BUSY,      /* lock or serialization failure (re-run), database gone or disk full; 503 */
    RC_BROKEN,    /* a bug or damaged data; 500, logged with detail */
};

/* Leave on failure. Only this form; cleanup attributes release what is held. */
#define TRY(expr_)                                                                                 \
    do {                                                                                           \
        enum rc rc_ = (expr_);                                                                     \
        if (rc_ != RC_OK)                                                                          \
            return rc_;                                                                            \
    } while (0)

struct bytes {
    const unsigned char *p;
    size_t len;
};

/* --- text that may be missing: NULL and "" say nothing ------------------ */

static inline bool is_filled(const char *s)
{
    return s != NULL && s[0] != '\0';
}
static inline const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

/* --- arena: memory that lives as long as one request ------------------- */

struct arena_block;
struct arena {
    struct arena_block *block; /* newest first */
    size_t used_bytes, max_bytes;
};

/* Memory is zeroed on allocation and wiped before reuse or release: it holds
 * opened clinical text. Owns: everything until arena_wipe() or arena_reset().
 * Errors: none; passing max_bytes or running out of memory aborts the process, with a line in the
 * log (input limits keep valid requests far below max_bytes, docs/limits.md). */
void arena_init(struct arena *a, size_t max_bytes);
void arena_wipe(struct arena *a);  /* wipes and gives everything back */
void arena_reset(struct arena *a); /* wipes what was used, keeps one block for the next request */
void *arena_alloc(struct arena *a, size_t n_bytes) __attribute__((malloc, returns_nonnull));
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n_bytes);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF(2, 0);
#define arena_new(a_, type_) ((type_ *)arena_alloc((a_), sizeof(type_)))
#define arena_array(a_, type_, n_) ((type_ *)arena_alloc((a_), sizeof(type_) * (size_t)(n_)))

/* --- buf: growing bytes with a stated limit ---------------------------- */

struct buf {
    struct arena *arena;
    char *s; /* NUL-terminated, never NULL */
    size_t len, cap, max;
    bool full; /* a write did not fit; s holds what did */
};
void buf_init(struct buf *b, struct arena *a, size_t max_bytes);
void buf_add(struct buf *b, const char *s, size_t n_bytes);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_int(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

/* --- arrays in an arena -------------------------------------------------
 * Grows `arr_` (type_ *) with count n_ and capacity cap_ so that arr_[n_] may be
 * written; the old block stays in the arena until it is wiped.             */
#define arena_grow(a_, arr_, n_, cap_)                                                             \
    do {                                                                                           \
        if ((n_) >= (cap_)) {                                                                      \
            int cap2_ = (cap_) ? 2 * (cap_) : 16;                                                  \
            void *p_ = arena_alloc((a_), sizeof(*(arr_)) * (size_t)cap2_);                         \
            if (n_)                                                                                \
                __builtin_memcpy(p_, (arr_), sizeof(*(arr_)) * (size_t)(n_));                      \
            (arr_) = p_;                                                                           \
            (cap_) = cap2_;                                                                        \
        }                                                                                          \
    } while (0)
