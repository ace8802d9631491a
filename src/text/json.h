/* SPDX-License-Identifier: AGPL-3.0-or-later
 * json.h - streaming JSON writer; commas are its business, not yours. */
#pragma once
#include "base/base.h"
struct json {
    struct buf *out;
    bool comma;
};
void json_open(struct json *j, char bracket);  /* '{' or '[' */
void json_close(struct json *j, char bracket); /* '}' or ']' */
void json_key(struct json *j, const char *key);
void json_str(struct json *j, const char *s); /* NULL writes null */
void json_i64(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
