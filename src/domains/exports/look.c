/* SPDX-License-Identifier: AGPL-3.0-or-later
 * look.c - is a directory the export of a practice, whole and as it was written? */
#include "audit/audit.h"
#include "take_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMAT = 1, LISTING_MAX = 64 << 20 };

/* --- sentences ---------------------------------------------------------------------------------
 */

enum rc altered(struct cx *cx, const char *path)
{
    return refusef(cx, RC_INVALID, NULL,
                   N_("%s was cut or altered since the export was made. Nothing was imported: copy "
                      "the export again from where it was made."),
                   path);
}

static enum rc missing(struct cx *cx, const char *path)
{
    return refusef(cx, RC_INVALID, NULL,
                   N_("%s is missing: the export is not whole. Nothing was imported: copy it again "
                      "from where it was made."),
                   path);
}

static enum rc no_export(struct cx *cx)
{
    return refuse(
        cx, RC_INVALID, NULL,
        N_("That is not an export: manifest.json is not there, or is something else. Name "
           "the directory that entracte export wrote."));
}

/* --- files -------------------------------------------------------------------------------------
 */

/* Mapped: what was said is not copied about. RC_NOT_FOUND. */
static enum rc map(struct cx *cx, const char *dir, const char *path, struct bytes *ret)
{
    struct stat st;
    *ret = (struct bytes){(const unsigned char *)"", 0};
    int fd = open(arena_printf(cx->arena, "%s/%s", dir, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return RC_NOT_FOUND;
    bool is_good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    void *p = is_good && st.st_size > 0
                  ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
                  : NULL;
    close(fd);
    if (!is_good || p == MAP_FAILED)
        return RC_NOT_FOUND;
    if (p != NULL)
        *ret = (struct bytes){p, (size_t)st.st_size};
    return RC_OK;
}

static void unmap(struct bytes *b)
{
    if (b->len > 0)
        munmap((void *)(uintptr_t)b->p, b->len);
    *b = (struct bytes){0};
}
#define _cleanup_map_ CLEANUP(unmap)

static bool is_listed(const struct import_seen *seen, const char *path)
{
    for (int i = 0; i < seen->n_files; i++)
        if (strcmp(seen->files[i].path, path) == 0)
            return true;
    return false;
}

enum rc whole_file(struct cx *cx, const struct import_seen *seen, const char *path,
                   struct bytes *ret)
{
    _cleanup_map_ struct bytes b = {0};
    if (!is_listed(seen, path) || map(cx, seen->dir, path, &b) != RC_OK)
        return missing(cx, path);
    *ret = (struct bytes){(const unsigned char *)arena_strndup(cx->arena, (const char *)b.p, b.len),
                          b.len};
    return RC_OK;
}

enum rc lines_open(struct cx *cx, const struct import_seen *seen, const char *path,
                   struct lines *ret)
{
    *ret = (struct lines){.path = path};
    if (!is_listed(seen, path) || map(cx, seen->dir, path, &ret->file) != RC_OK)
        return missing(cx, path);
    return RC_OK;
}

void lines_close(struct lines *l)
{
    unmap(&l->file);
}

/* What stands around the objects. */
static bool is_frame(const char *s, size_t n)
{
    static const char *const frames[] = {"", "[", "]", "[]", "]}"};
    for (size_t i = 0; i < N_ELEMS(frames); i++)
        if (strlen(frames[i]) == n && memcmp(frames[i], s, n) == 0)
            return true;
    return false;
}

enum rc lines_next(struct cx *cx, struct lines *l, struct form *ret, bool *ret_more)
{
    const char *s = (const char *)l->file.p;
    l->before = l->at;
    while (l->at < l->file.len) {
        const char *from = s + l->at, *nl = memchr(from, '\n', l->file.len - l->at);
        size_t n = nl != NULL ? (size_t)(nl - from) : l->file.len - l->at;
        l->at += n + (nl != NULL);
        if (is_frame(from, n))
            continue;
        if (from[0] == ',') /* between two, before or behind the line's end */
            from++, n--;
        else if (from[n - 1] == ',')
            n--;
        l->n++;
        *ret_more = true;
        return form_parse_json(cx->arena, from, n, ret) == RC_OK ? RC_OK : altered(cx, l->path);
    }
    *ret_more = false;
    return RC_OK;
}

/* --- the manifest ------------------------------------------------------------------------------
 */

/* All before the files, as an object of its own. */
static enum rc read_head(struct cx *cx, struct bytes text, size_t *ret_end, struct form *ret)
{
    static const char end[] = "\"files\":[\n";
    const char *s = (const char *)text.p, *p = memmem(s, text.len, end, strlen(end));
    if (p == NULL)
        return no_export(cx);
    *ret_end = (size_t)(p - s) + strlen(end);
    const char *head = arena_printf(cx->arena, "%.*s]}", (int)*ret_end, s);
    const char *format = NULL;
    if (form_parse_json(cx->arena, head, strlen(head), ret) == RC_OK)
        format = form_get(ret, "format");
    return format != NULL && strcmp(format, "entracte-export") == 0 ? RC_OK : no_export(cx);
}

static bool hex_of(const char *s, unsigned char ret[static 32])
{
    bool is_good = s != NULL && strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
    for (int i = 0; i < 32 && is_good; i++) {
        unsigned byte = 0;
        is_good = sscanf(s + 2 * i, "%2x", &byte) == 1;
        ret[i] = (unsigned char)byte;
    }
    return is_good;
}

/* Below the directory, wherever it says. */
static bool is_path(const char *s)
{
    return is_filled(s) && s[0] != '/' && strstr(s, "..") == NULL;
}

static enum rc read_files(struct cx *cx, struct lines *l, struct import_seen *ret)
{
    struct in_file *files = NULL;
    int cap = 0;
    bool more = true;
    for (;;) {
        struct form f;
        TRY(lines_next(cx, l, &f, &more));
        if (!more)
            break;
        arena_grow(cx->arena, files, ret->n_files, cap);
        struct in_file *file = &files[ret->n_files];
        const char *path = form_get(&f, "path");
        if (f.n != 3 || !is_path(path) || !hex_of(form_get(&f, "sha256"), file->sha256))
            return altered(cx, l->path);
        file->path = path;
        file->n_bytes = form_number(&f, "bytes");
        ret->n_files++;
    }
    ret->files = files;
    return RC_OK;
}

/* A number or a null there where it is looked for, and whose it is. */
static enum rc check_head(struct cx *cx, const struct form *head, struct import_seen *ret)
{
    static const char *const keys[] = {"version", "sha256", "client", "clinician", "damaged"};
    unsigned char sha[32];
    for (size_t i = 0; i < N_ELEMS(keys); i++)
        if (!form_has(head, keys[i]))
            return altered(cx, "manifest.json");
    if (form_number(head, "version") > FORMAT)
        return refuse(cx, RC_INVALID, NULL,
                      N_("The export was made by a newer version of this program. Install that "
                         "version, or a later one, and import it there."));
    if (is_filled(form_get(head, "client")) || is_filled(form_get(head, "clinician")))
        return refuse(cx, RC_INVALID, NULL,
                      N_("This is the export of one client, or of one clinician: it is for them to "
                         "keep, and is not the whole practice. Only the export of a whole practice "
                         "can be imported."));
    if (form_number(head, "version") != FORMAT || !hex_of(form_get(head, "sha256"), sha))
        return altered(cx, "manifest.json");
    ret->n_damaged = form_number(head, "damaged");
    snprintf(ret->sha256, sizeof(ret->sha256), "%s", form_get(head, "sha256"));
    return RC_OK;
}

static enum rc read_manifest(struct cx *cx, struct import_seen *ret)
{
    size_t at = 0;
    struct form *head = arena_new(cx->arena, struct form);
    _cleanup_lines_ struct lines l = {.path = "manifest.json"};
    if (map(cx, ret->dir, l.path, &l.file) != RC_OK)
        return no_export(cx);
    TRY(read_head(cx, l.file, &at, head));
    TRY(check_head(cx, head, ret));
    static const char end[] = "]}\n";
    size_t n_end = strlen(end);
    if (l.file.len < at + n_end || memcmp(l.file.p + l.file.len - n_end, end, n_end) != 0)
        return altered(cx, l.path);
    l.at = at;
    TRY(read_files(cx, &l, ret));
    ret->head = head;
    return RC_OK;
}

/* --- what it says, and what is there ------------------------------------------------------------
 */

static enum rc check_file(struct cx *cx, const char *dir, const struct in_file *f)
{
    unsigned char sha[32];
    _cleanup_map_ struct bytes b = {0};
    if (map(cx, dir, f->path, &b) != RC_OK)
        return missing(cx, f->path);
    seal_sha256(b, sha);
    return (int64_t)b.len == f->n_bytes && memcmp(sha, f->sha256, sizeof(sha)) == 0
               ? RC_OK
               : altered(cx, f->path);
}

static enum rc check_files(struct cx *cx, const struct import_seen *seen)
{
    unsigned char sha[32], said[32] = {0};
    struct buf b;
    buf_init(&b, cx->arena, LISTING_MAX);
    for (int i = 0; i < seen->n_files; i++) {
        for (int k = 0; k < 32; k++)
            buf_printf(&b, "%02x", seen->files[i].sha256[k]);
        buf_printf(&b, "  %s\n", seen->files[i].path);
    }
    seal_sha256((struct bytes){(const unsigned char *)b.s, b.len}, sha);
    if (b.full || !hex_of(seen->sha256, said) || memcmp(sha, said, sizeof(sha)) != 0)
        return altered(cx, "manifest.json");
    for (int i = 0; i < seen->n_files; i++)
        TRY(check_file(cx, seen->dir, &seen->files[i]));
    return RC_OK;
}

/* Of what another version knows, and this one not, no row is left behind in silence. */
static enum rc check_tables(struct cx *cx, const struct import_seen *seen)
{
    for (int i = 0; i < seen->head->n; i++) {
        const char *key = seen->head->pair[i].key;
        if (strncmp(key, "rows.", 5) != 0)
            continue;
        bool is_known =
            strcmp(key + 5, "note_sections") == 0 || strcmp(key + 5, "invoice_lines") == 0;
        for (int k = 0; k < n_exported && !is_known; k++)
            is_known = strcmp(exported[k].file, key + 5) == 0;
        if (!is_known)
            return refusef(cx, RC_INVALID, NULL,
                           N_("The export has a table that this version does not know: %s. Install "
                              "the version that made it, or a later one."),
                           key + 5);
    }
    return RC_OK;
}

static enum rc look_at_log(struct cx *cx, struct import_seen *ret)
{
    struct audit_log log;
    struct audit_checkpoint at = {0};
    int64_t n, bad = 0;
    const char *dir = arena_printf(cx->arena, "%s/audit", ret->dir);
    ret->log_head = "none";
    if (audit_log_open(dir, &log) != RC_OK)
        return access(dir, F_OK) == 0 ? missing(cx, "audit/audit.log") : RC_OK;
    memcpy(ret->log_id, log.log_id, sizeof(ret->log_id));
    enum rc rc = audit_last_in_log(&log, &at);
    audit_log_close(&log);
    if (rc != RC_OK || audit_verify(dir, NULL, &n, &bad) != RC_OK || bad > 0)
        return altered(cx, "audit/audit.log");
    ret->has_log = true;
    ret->log_head =
        arena_printf(cx->arena, "%s %lld %s", audit_hex(cx->arena, at.log_id, sizeof(at.log_id)),
                     (long long)at.n, audit_hex(cx->arena, at.head, sizeof(at.head)));
    return RC_OK;
}

static enum rc look_at_practice(struct cx *cx, struct import_seen *ret)
{
    struct form f;
    bool more;
    _cleanup_lines_ struct lines l = {0};
    TRY(lines_open(cx, ret, "json/practice.json", &l));
    TRY(lines_next(cx, &l, &f, &more));
    const char *is_demo = more ? form_get(&f, "is_demo") : NULL;
    ret->is_demo = is_demo != NULL && strcmp(is_demo, "1") == 0;
    return more ? RC_OK : altered(cx, l.path);
}

enum rc import_look(struct cx *cx, const char *dir, struct import_seen *ret)
{
    *ret = (struct import_seen){.dir = dir};
    TRY(read_manifest(cx, ret));
    TRY(check_tables(cx, ret));
    TRY(check_files(cx, ret));
    TRY(look_at_log(cx, ret));
    return look_at_practice(cx, ret);
}
