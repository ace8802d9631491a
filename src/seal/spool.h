/* SPDX-License-Identifier: AGPL-3.0-or-later
 * spool.h - bytes that are put aside on the disk for a while, for this process alone.
 *
 * The file has no name, and what stands in it is sealed under a key that is nowhere but in memory:
 * whatever ends the process, the kernel frees the file, and a copy of the disk says nothing. */
#pragma once
#include "base/base.h"

enum { SPOOL_CHUNK_BYTES = 65536 };
struct spool;
/* In a directory that may be written. RC_BUSY: it cannot be. */
enum rc spool_new(const char *dir, struct spool **ret) MUST_USE;
/* At the end; spool_bytes() before it is where they are got again. RC_BUSY: the disk is full. */
enum rc spool_put(struct spool *s, struct bytes b) MUST_USE;
int64_t spool_bytes(const struct spool *s);
/* RC_BROKEN: not there, or altered. */
enum rc spool_get(struct spool *s, int64_t at, unsigned char *to, size_t n) MUST_USE;
void spool_free(struct spool *s); /* wipes; NULL is fine */
