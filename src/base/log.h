/* SPDX-License-Identifier: AGPL-3.0-or-later
 * log.h - one line per event on standard error: ids, codes and durations.
 *
 * Never a name, a text, a token or a URL's query. Domain code and what it calls return an rc
 * instead; web and main say what became of it. */
#pragma once
#include "base/base.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO };
void log_line(enum log_level level, const char *fmt, ...) PRINTF(2, 3);
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
