/* SPDX-License-Identifier: AGPL-3.0-or-later
 * toy.h - a tiny domain on a fresh database, for the tests of web/. */
#pragma once
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include "app/audit.h"
#include "web/web.h"

#include <string.h>

#define TOY_CSRF "csrf-of-the-toy"
struct toy {
    struct app app;
    struct db *db;
    struct arena arena;
    struct web *web;
    struct id thing; /* a row that exists, "First", version 1 */
    char folder[64]; /* of the audit file */
};
/* Tokens: "owner", "reception", "locked" (an owner's locked session), "gone" (the database fails).
 */
void toy_open(struct toy *t);
void toy_open_as(struct toy *t, const char *public_url);
void toy_close(struct toy *t);
extern _Atomic int toy_n_busy; /* the next n runs of /busy are refused with RC_BUSY */
extern _Atomic int toy_n_runs; /* of handlers */
int toy_n_things(struct toy *t);

struct web_answer toy_get(struct toy *t, const char *token, const char *target);
/* As a browser's own form: same origin; body is urlencoded. */
struct web_answer toy_post(struct toy *t, const char *token, const char *target, const char *body);
const char *toy_text(struct toy *t, const struct web_answer *a);
bool toy_has(const char *text, const char *part);

/* --- with a socket ------------------------------------------------------ */
void toy_listen(struct toy *t);
int toy_connect(struct toy *t);
/* Sends bytes, then reads until the other side closes or `quiet_ms` pass without a byte; arena
 * text. */
const char *toy_talk(struct toy *t, int fd, const void *bytes, size_t n, int quiet_ms);
const char *toy_raw(struct toy *t, const char *bytes, size_t n); /* on a connection of its own */
int toy_n_answers(const char *received);
