/* SPDX-License-Identifier: AGPL-3.0-or-later
 * log_check.h - the verdict on an audit log and what was exported with it.
 *
 * Written from docs/audit-format.md; needs libsodium and nothing else of this program, so that it
 * can be read and built alone. The caller has called sodium_init(). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_SIZE = 320 };

/* word is "good" or what is wrong; seq the record it begins with. */
struct log_verdict {
    const char *word;
    int64_t seq;
};
struct checked_log {
    const unsigned char *p;
    int64_t n_bytes;
    unsigned char key[32];
    int64_t n, n_tail; /* records; of them behind the last checkpoint */
};

/* key: the one known from elsewhere, or NULL. */
struct log_verdict check_log(const void *p, size_t len, const unsigned char *key,
                             struct checked_log *ret);
/* The texts are NUL-terminated; of a log that is good. */
struct log_verdict check_checkpoints(const struct checked_log *l, const char *text);
struct log_verdict check_details(const struct checked_log *l, const char *details,
                                 const char *records);
/* A proof for one record: "good" with its number, "altered" or "resigned". */
struct log_verdict check_proof(const char *text, const unsigned char *key,
                               unsigned char ret_key[32]);
bool parse_hex(const char *s, size_t len, unsigned char *ret, size_t n);
