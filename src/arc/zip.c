/* SPDX-License-Identifier: AGPL-3.0-or-later
 * zip.c - files as one ZIP. */
#include "arc/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

struct zip_out {
    struct archive *zip;
    zip_put *put;
    void *arg;
};

static la_ssize_t on_write(struct archive *zip, void *arg, const void *p, size_t n)
{
    struct zip_out *z = arg;
    if (z->put(z->arg, (struct bytes){p, n}) == RC_OK)
        return (la_ssize_t)n;
    archive_set_error(zip, ARCHIVE_FATAL, "not written");
    return -1;
}

enum rc zip_begin(zip_put *put, void *arg, struct zip_out **ret)
{
    struct zip_out *z = calloc(1, sizeof(*z));
    if (z == NULL || (z->zip = archive_write_new()) == NULL)
        abort();
    z->put = put;
    z->arg = arg;
    *ret = z;
    bool is_good = archive_write_set_format_zip(z->zip) == ARCHIVE_OK &&
                   archive_write_set_options(z->zip, "zip:hdrcharset=UTF-8") >= ARCHIVE_WARN &&
                   archive_write_set_bytes_in_last_block(z->zip, 1) == ARCHIVE_OK &&
                   archive_write_open(z->zip, z, NULL, on_write, NULL) == ARCHIVE_OK;
    return is_good ? RC_OK : RC_BUSY;
}

enum rc zip_file(struct zip_out *z, const char *name, int64_t n_bytes, int64_t at_ms)
{
    struct archive_entry *e = archive_entry_new();
    if (e == NULL)
        abort();
    archive_entry_set_pathname(e, name);
    archive_entry_set_size(e, n_bytes);
    archive_entry_set_mtime(e, at_ms / 1000, 0);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0600);
    int r = archive_write_header(z->zip, e);
    archive_entry_free(e);
    return r == ARCHIVE_OK ? RC_OK : RC_BUSY;
}

enum rc zip_data(struct zip_out *z, struct bytes part)
{
    return archive_write_data(z->zip, part.p, part.len) == (la_ssize_t)part.len ? RC_OK : RC_BUSY;
}

enum rc zip_end(struct zip_out *z)
{
    return archive_write_close(z->zip) == ARCHIVE_OK ? RC_OK : RC_BUSY;
}

void zip_free(struct zip_out *z)
{
    if (z == NULL)
        return;
    archive_write_fail(z->zip); /* what was not ended is not ended here */
    archive_write_free(z->zip);
    free(z);
}
