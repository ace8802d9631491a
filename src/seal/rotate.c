/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rotate.c - a new key in the place of an old one. */
#include "seal/seal_private.h"

#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <unistd.h>

enum rc seal_root_rewrap(struct keyring *from, struct keyring *to, struct bytes wrapped,
                         unsigned char ret[static SEAL_WRAPPED_BYTES])
{
    struct key _cleanup_key_ root;
    TRY(root_open(from, wrapped, &root));
    root_take(to, &root, ret);
    return RC_OK;
}

int64_t seal_client_epoch(struct bytes stored)
{
    int64_t epoch = 0;
    if (stored.len < 5 || stored.p[0] != WRAP_BY_EPOCH)
        return 0;
    for (int i = 0; i < 4; i++)
        epoch |= (int64_t)stored.p[1 + i] << (8 * i);
    return epoch;
}

enum rc keyring_replace_file(const char *new, const char *key_file)
{
    char *copy = strdup(key_file);
    if (copy == NULL)
        abort();
    int dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    bool ok = dir >= 0 && rename(new, key_file) == 0 && fsync(dir) == 0;
    if (dir >= 0)
        close(dir);
    return ok ? RC_OK : RC_BUSY;
}
