/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_age.c - files that age opens: written, read, cut, altered, for somebody else. */
#include "seal/age.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILE_MAX = 1 << 20, CONTENT_BYTES = 5 * AGE_CHUNK_BYTES };
static unsigned char content[CONTENT_BYTES];

struct file {
    unsigned char b[FILE_MAX];
    size_t len, at;
};
static struct file whole, copy;
static struct age_key secret, public_key, other;

static enum rc put(void *arg, struct bytes part)
{
    struct file *f = arg;
    if (part.len > FILE_MAX - f->len)
        return RC_BUSY;
    memcpy(f->b + f->len, part.p, part.len);
    f->len += part.len;
    return RC_OK;
}

/* In pieces of odd sizes, as from a pipe. */
static enum rc get(void *arg, unsigned char *to, size_t room, size_t *ret_n)
{
    struct file *f = arg;
    size_t n = f->len - f->at;
    n = n < room ? n : room;
    n = n < 4099 ? n : 4099;
    memcpy(to, f->b + f->at, n);
    f->at += n;
    *ret_n = n;
    return RC_OK;
}

static void writer_drop(struct age_writer **w)
{
    age_writer_free(*w);
}
static void reader_drop(struct age_reader **r)
{
    age_reader_free(*r);
}

static void write_file(const struct age_key *to, int n_to, size_t n, struct file *f)
{
    CLEANUP(writer_drop) struct age_writer *w = NULL;
    f->len = f->at = 0;
    assert_int_equal(age_write_begin(to, n_to, put, f, &w), RC_OK);
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < 10007 ? n - at : 10007;
        assert_int_equal(age_write(w, (struct bytes){content + at, part}), RC_OK);
    }
    assert_int_equal(age_write_end(w), RC_OK);
}

static enum age_fault read_file(struct file *f, const struct age_key *with)
{
    CLEANUP(reader_drop) struct age_reader *r = NULL;
    size_t n = 0;
    f->at = 0;
    enum age_fault fault = age_read_begin(get, f, &r);
    if (fault == AGE_OK)
        fault = age_read_unlock(r, with);
    for (struct bytes part = {content, 1}; fault == AGE_OK && part.len > 0;) {
        fault = age_read(r, &part);
        if (fault != AGE_OK)
            break;
        assert_memory_equal(part.p, content + n, part.len);
        n += part.len;
    }
    if (fault == AGE_OK)
        assert_int_equal(n, CONTENT_BYTES);
    return fault;
}

static int begin(void **state UNUSED)
{
    for (size_t i = 0; i < CONTENT_BYTES; i++)
        content[i] = (unsigned char)(i * 31 + (i >> 9));
    seal_random(&secret, sizeof(secret));
    seal_random(&other, sizeof(other));
    age_public_of(&secret, &public_key);
    write_file(&public_key, 1, CONTENT_BYTES, &whole);
    return 0;
}

static void keys_are_text_with_a_checksum(void **state UNUSED)
{
    char s[AGE_TEXT_BYTES];
    struct age_key back;
    age_recipient_text(&public_key, s);
    assert_int_equal(strlen(s), 62);
    assert_int_equal(age_recipient_parse(s, &back), RC_OK);
    assert_memory_equal(&back, &public_key, sizeof(back));
    s[20] = s[20] == 'q' ? 'p' : 'q';
    assert_int_equal(age_recipient_parse(s, &back), RC_INVALID);
    age_identity_text(&secret, s);
    assert_memory_equal(s, "AGE-SECRET-KEY-1", 16);
    assert_int_equal(age_identity_parse(s, &back), RC_OK);
    assert_memory_equal(&back, &secret, sizeof(back));
    s[30] = 'x'; /* both cases in one text */
    assert_int_equal(age_identity_parse(s, &back), RC_INVALID);
    assert_int_equal(age_recipient_parse("age1", &back), RC_INVALID);
}

static void a_file_comes_back(void **state UNUSED)
{
    assert_int_equal(read_file(&whole, &secret), AGE_OK);
}

static void each_of_several_opens_it(void **state UNUSED)
{
    struct age_key to[2] = {{{0}}, public_key};
    age_public_of(&other, &to[0]);
    write_file(to, 2, CONTENT_BYTES, &copy);
    assert_int_equal(read_file(&copy, &secret), AGE_OK);
    assert_int_equal(read_file(&copy, &other), AGE_OK);
}

static void nobody_else_opens_it(void **state UNUSED)
{
    assert_int_equal(read_file(&whole, &other), AGE_OTHER_KEY);
}

static void a_cut_file_is_called_cut(void **state UNUSED)
{
    for (size_t n = 4096; n < whole.len; n += 4096) {
        copy = whole;
        copy.len = n;
        assert_int_equal(read_file(&copy, &secret), AGE_TRUNCATED);
    }
    copy = whole;
    copy.len -= AGE_CHUNK_BYTES + 16; /* a whole chunk */
    assert_int_equal(read_file(&copy, &secret), AGE_TRUNCATED);
    copy.len = 0;
    assert_int_equal(read_file(&copy, &secret), AGE_TRUNCATED);
}

/* From the fuzzer: a file without a line end. */
static void a_file_of_another_kind_is_called_that(void **state UNUSED)
{
    memset(copy.b, 0, 16384);
    for (copy.len = 1; copy.len <= 16384; copy.len *= 2)
        assert_int_equal(read_file(&copy, &secret), AGE_NOT_OURS);
}

static void an_altered_byte_is_called_altered(void **state UNUSED)
{
    const size_t first_line_ends = 22;
    copy = whole;
    for (int i = 0; i < 1000; i++) {
        size_t at = first_line_ends + (whole.len - first_line_ends) * (size_t)i / 1000;
        copy.b[at] ^= 1;
        assert_int_equal(read_file(&copy, &secret), AGE_ALTERED);
        copy.b[at] ^= 1;
    }
    copy.b[3] ^= 1;
    assert_int_equal(read_file(&copy, &secret), AGE_NOT_OURS);
}

static void every_byte_of_the_head_counts(void **state UNUSED)
{
    copy = whole;
    for (size_t at = 22; at < 400; at++) {
        copy.b[at] ^= 4;
        enum age_fault f = read_file(&copy, &secret);
        assert_true(f == AGE_ALTERED || f == AGE_TRUNCATED); /* a line end may be gone */
        copy.b[at] ^= 4;
    }
}

static void chunks_in_another_order_do_not_open(void **state UNUSED)
{
    enum { SEALED = AGE_CHUNK_BYTES + 16 };
    unsigned char *first, *second;
    copy = whole;
    first = copy.b + copy.len - 5 * SEALED;
    second = first + SEALED;
    memcpy(first, whole.b + (second - copy.b), SEALED);
    memcpy(second, whole.b + (first - copy.b), SEALED);
    assert_int_equal(read_file(&copy, &secret), AGE_ALTERED);
}

static void something_appended_is_an_alteration(void **state UNUSED)
{
    copy = whole;
    copy.len += 100;
    assert_int_equal(read_file(&copy, &secret), AGE_ALTERED);
}

static void save(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Whether `age -d` makes of the file what was put into it. */
static bool age_agrees(void)
{
    static const char script[] = "age -d -i key file 2>/dev/null | cmp -s - want";
    int status;
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The program of others opens what we write, with the kit's key as text. */
static void age_itself_opens_it(void **state UNUSED)
{
    char dir[] = "/tmp/age-XXXXXX", text[AGE_TEXT_BYTES];
    struct kit_seed seed;
    struct age_key of_kit, to;
    if (access("/usr/bin/age", X_OK) != 0)
        skip();
    seal_random(&seed, sizeof(seed));
    age_identity_of_kit(&seed, &of_kit);
    age_public_of(&of_kit, &to);
    write_file(&to, 1, CONTENT_BYTES, &copy);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    age_identity_text(&of_kit, text);
    save("key", text, strlen(text));
    save("file", copy.b, copy.len);
    save("want", content, sizeof(content));
    bool agrees = age_agrees();
    copy.b[copy.len - 5] ^= 1;
    save("file", copy.b, copy.len);
    bool agrees_when_altered = age_agrees();
    assert_int_equal(unlink("key") + unlink("file") + unlink("want") + chdir("/") + rmdir(dir), 0);
    assert_true(agrees);
    assert_false(agrees_when_altered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_text_with_a_checksum),
        cmocka_unit_test(a_file_comes_back),
        cmocka_unit_test(each_of_several_opens_it),
        cmocka_unit_test(nobody_else_opens_it),
        cmocka_unit_test(a_cut_file_is_called_cut),
        cmocka_unit_test(a_file_of_another_kind_is_called_that),
        cmocka_unit_test(an_altered_byte_is_called_altered),
        cmocka_unit_test(every_byte_of_the_head_counts),
        cmocka_unit_test(chunks_in_another_order_do_not_open),
        cmocka_unit_test(something_appended_is_an_alteration),
        cmocka_unit_test(age_itself_opens_it),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
