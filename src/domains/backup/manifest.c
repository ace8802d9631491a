/* SPDX-License-Identifier: AGPL-3.0-or-later
 * manifest.c - what an archive says of itself, as lines of words. */
#include "backup_private.h"
#include "db/migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FORMAT = 1, TEXT_MAX_BYTES = 256 * 1024 };

const char *manifest_text(struct arena *a, const struct manifest *m)
{
    struct buf b;
    buf_init(&b, a, TEXT_MAX_BYTES);
    buf_printf(&b, "entracte-backup %d\nmade_ms %" PRId64 "\nlog ", FORMAT, m->made_ms);
    for (size_t i = 0; i < sizeof(m->log_id); i++)
        buf_printf(&b, "%02x", m->log_id[i]);
    buf_printf(&b, " %" PRId64 "\nerased %s\n", m->n_log, m->erased.hex);
    for (int i = 0; i < n_migrations; i++)
        buf_printf(&b, "migration %s %016" PRIx64 "\n", migrations[i].name, migrations[i].checksum);
    return b.s;
}

static bool take_log(const char *line, struct manifest *m)
{
    char hex[33];
    if (sscanf(line, "log %32[0-9a-f] %" SCNd64, hex, &m->n_log) != 2 || strlen(hex) != 32)
        return false;
    for (int i = 0; i < 16; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return false;
        m->log_id[i] = (unsigned char)byte;
    }
    return m->n_log >= 0;
}

/* A schema that this program has come through, or is at. */
static enum rc take_migration(const char *line, struct manifest *m)
{
    char name[128];
    uint64_t checksum;
    if (sscanf(line, "migration %127s %" SCNx64, name, &checksum) != 2)
        return RC_INVALID;
    if (m->n_migrations == n_migrations || strcmp(name, migrations[m->n_migrations].name) != 0 ||
        checksum != migrations[m->n_migrations].checksum)
        return RC_CONFLICT;
    m->n_migrations++;
    return RC_OK;
}

enum rc manifest_parse(const char *s, struct manifest *ret)
{
    struct manifest m = {0};
    int format = 0;
    if (sscanf(s, "entracte-backup %d\n", &format) != 1)
        return RC_INVALID;
    if (format != FORMAT)
        return RC_CONFLICT;
    bool has_log = false, has_made = false, has_erased = false;
    for (const char *line = strchr(s, '\n'); line != NULL; line = strchr(line, '\n')) {
        if (*++line == '\0')
            break;
        if (strncmp(line, "migration ", 10) == 0)
            TRY(take_migration(line, &m));
        else if (strncmp(line, "log ", 4) == 0)
            has_log = take_log(line, &m);
        else if (strncmp(line, "made_ms ", 8) == 0)
            has_made = sscanf(line, "made_ms %" SCNd64, &m.made_ms) == 1;
        else if (strncmp(line, "erased ", 7) == 0)
            has_erased = sscanf(line, "erased %64[0-9a-f]", m.erased.hex) == 1 &&
                         strlen(m.erased.hex) == sizeof(m.erased.hex) - 1;
        else
            return RC_INVALID;
    }
    if (!has_erased || !has_log || !has_made || m.n_migrations == 0)
        return RC_INVALID;
    *ret = m;
    return RC_OK;
}
