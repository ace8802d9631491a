/* SPDX-License-Identifier: AGPL-3.0-or-later
 * html_put.h - for generated templates: picks the writer by C type. A type that
 * is not listed does not compile, which is the point. */
#pragma once
#include "base/id.h"
#include "text/html.h"
#define html_put_text(h_, v_)                                                                      \
    _Generic((v_), const char *: html_text, char *: html_text, int64_t: html_int, int: html_int, \
             struct id: html_id)(h_, v_)
#define html_put_attr(h_, v_)                                                                      \
    _Generic((v_), const char *: html_attr, char *: html_attr, int64_t: html_int, int: html_int, \
             struct id: html_id)(h_, v_)
#define html_put_url(h_, v_) _Generic((v_), const char * : html_url, char * : html_url)(h_, v_)
