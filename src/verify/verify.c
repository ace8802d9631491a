/* SPDX-License-Identifier: AGPL-3.0-or-later
 * verify.c - entracte-verify: is an exported audit log whole?
 *
 * Prints one line, a verdict and a record's number, and what it rests on; exit 0 good, 1 not, 2
 * nothing could be read. docs/audit-format.md says what the words mean. */
#include "verify/log_check.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "Usage: entracte-verify FOLDER [--key HEX] [--checkpoints FILE]\n"
    "       entracte-verify --log FILE [--key HEX] [--checkpoints FILE]\n"
    "       entracte-verify --proof FILE [--key HEX]\n\n"
    "FOLDER is what \"entracte audit export\" wrote. --key is the public key as you know it from\n"
    "elsewhere; --checkpoints names lines that you kept. docs/audit-format.md has the details.\n";

struct asked {
    const char *folder, *log, *proof, *checkpoints;
    unsigned char key[32];
    bool has_key;
};

/* A whole file, NUL-terminated; NULL: there is none. Held to the end, which is soon. */
static char *slurp(const char *folder, const char *name)
{
    static char *held[8];
    static size_t n_held;
    char path[4096];
    struct stat st;
    snprintf(path, sizeof(path), "%s%s%s", folder != NULL ? folder : "", folder != NULL ? "/" : "",
             name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return NULL;
    char *s = malloc((size_t)st.st_size + 1);
    ssize_t n = s != NULL ? read(fd, s, (size_t)st.st_size) : -1;
    close(fd);
    if (n < 0 || n_held == sizeof(held) / sizeof(held[0]))
        return NULL;
    s[n] = '\0';
    return held[n_held++] = s;
}

static const void *map(const char *folder, const char *name, size_t *ret_len)
{
    char path[4096];
    struct stat st;
    snprintf(path, sizeof(path), "%s%s%s", folder != NULL ? folder : "", folder != NULL ? "/" : "",
             name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return NULL;
    *ret_len = (size_t)st.st_size;
    void *p = st.st_size > 0 ? mmap(NULL, *ret_len, PROT_READ, MAP_PRIVATE, fd, 0) : (void *)"";
    close(fd);
    return p == MAP_FAILED ? NULL : p;
}

static void tell_key(const struct asked *a, const unsigned char key[32])
{
    char hex[65];
    sodium_bin2hex(hex, sizeof(hex), key, 32);
    if (!a->has_key)
        printf("The key is the one the file itself names; compare it with the one you know:\n%s\n",
               hex);
}

static int answer(struct log_verdict v)
{
    printf("%s %lld\n", v.word, (long long)v.seq);
    return strcmp(v.word, "good") != 0;
}

static int prove(const struct asked *a)
{
    unsigned char key[32] = {0};
    const char *text = slurp(NULL, a->proof);
    if (text == NULL) {
        fputs("entracte-verify: the proof cannot be read.\n", stderr);
        return 2;
    }
    int r = answer(check_proof(text, a->has_key ? a->key : NULL, key));
    tell_key(a, key);
    return r;
}

static int verify(const struct asked *a)
{
    struct checked_log l;
    size_t len = 0;
    const void *p = map(a->folder, a->folder != NULL ? "audit.log" : a->log, &len);
    if (p == NULL) {
        fputs("entracte-verify: the log cannot be read.\n", stderr);
        return 2;
    }
    struct log_verdict v = check_log(p, len, a->has_key ? a->key : NULL, &l);
    const char *own = a->folder != NULL ? slurp(a->folder, "checkpoint.txt") : NULL;
    const char *kept = a->checkpoints != NULL ? slurp(NULL, a->checkpoints) : NULL;
    if (a->checkpoints != NULL && kept == NULL) {
        fputs("entracte-verify: the checkpoints cannot be read.\n", stderr);
        return 2;
    }
    if (strcmp(v.word, "good") == 0)
        v = check_checkpoints(&l, own);
    if (strcmp(v.word, "good") == 0)
        v = check_checkpoints(&l, kept);
    if (strcmp(v.word, "good") == 0 && a->folder != NULL)
        v = check_details(&l, slurp(a->folder, "details.txt"), slurp(a->folder, "records.txt"));
    int r = answer(v);
    if (r == 0 && l.n_tail > 0)
        printf("%lld records stand behind the last checkpoint.\n", (long long)l.n_tail);
    if (l.n > 0)
        tell_key(a, l.key);
    return r;
}

int main(int argc, char **argv)
{
    struct asked a = {0};
    bool is_good = sodium_init() >= 0;
    for (int i = 1; i < argc && is_good; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool is_option = strncmp(argv[i], "--", 2) == 0;
        is_good = is_option ? value != NULL : a.folder == NULL;
        if (!is_good)
            break;
        if (!is_option)
            a.folder = argv[i];
        else if (strcmp(argv[i], "--log") == 0)
            a.log = value;
        else if (strcmp(argv[i], "--proof") == 0)
            a.proof = value;
        else if (strcmp(argv[i], "--checkpoints") == 0)
            a.checkpoints = value;
        else if (strcmp(argv[i], "--key") == 0)
            is_good = a.has_key = parse_hex(value, strlen(value), a.key, 32);
        else
            is_good = false;
        i += is_option;
    }
    if (!is_good || (a.folder != NULL) + (a.log != NULL) + (a.proof != NULL) != 1) {
        fputs(usage, stderr);
        return 2;
    }
    return a.proof != NULL ? prove(&a) : verify(&a);
}
