/* SPDX-License-Identifier: AGPL-3.0-or-later
 * log.c - the log. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void log_line(enum log_level level, const char *fmt, ...)
{
    static const char *const name[] = {"error", "warn", "info"};
    char line[1024];
    int n = snprintf(line, sizeof(line), "%s: ", name[level]);
    va_list ap;
    va_start(ap, fmt);
    n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
    va_end(ap);
    if (n > (int)sizeof(line) - 2)
        n = (int)sizeof(line) - 2;
    line[n++] = '\n';
    ssize_t done = write(STDERR_FILENO, line, (size_t)n); /* one write: lines do not mix */
    (void)done;
}
