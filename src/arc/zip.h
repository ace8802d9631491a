/* SPDX-License-Identifier: AGPL-3.0-or-later
 * zip.h - files as one ZIP, for a person to open anywhere. Nothing in it is sealed. */
#pragma once
#include "base/base.h"

struct zip_out;
typedef enum rc zip_put(void *arg, struct bytes part);
/* RC_BUSY from all of these: put() refused. */
enum rc zip_begin(zip_put *put, void *arg, struct zip_out **ret) MUST_USE;
/* A file of n_bytes, which come in as many pieces as one likes. */
enum rc zip_file(struct zip_out *z, const char *name, int64_t n_bytes, int64_t at_ms) MUST_USE;
enum rc zip_data(struct zip_out *z, struct bytes part) MUST_USE;
enum rc zip_end(struct zip_out *z) MUST_USE;
void zip_free(struct zip_out *z); /* NULL is fine */
