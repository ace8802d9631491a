/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_settings.c - the settings file, and with what the program does not start. */
#include "app/app.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], conf[96], key[96], data[96], inner_key[112], way_around[128];
static struct arena arena;

static void write_file(const char *path, const char *content, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static int set_up(void **state UNUSED)
{
    arena_init(&arena, 4 << 20);
    snprintf(dir, sizeof(dir), "/tmp/test_settings.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(conf, sizeof(conf), "%s/conf", dir);
    snprintf(key, sizeof(key), "%s/key", dir);
    snprintf(data, sizeof(data), "%s/data", dir);
    snprintf(inner_key, sizeof(inner_key), "%s/key", data);
    snprintf(way_around, sizeof(way_around), "%s/../data/key", data);
    mkdir(data, 0700);
    write_file(key, "k", 0400);
    write_file(inner_key, "k", 0400);
    return 0;
}

static int tear_down(void **state UNUSED)
{
    unlink(conf);
    unlink(key);
    unlink(inner_key);
    rmdir(data);
    arena_wipe(&arena);
    return rmdir(dir);
}

static void a_settings_file_is_read(void **state UNUSED)
{
    struct settings s = {.listen = "127.0.0.1:8080", .data_dir = "before"};
    const char *why = NULL;
    write_file(conf,
               "# the practice\n\n  db = sqlite:/var/lib/entracte/e.db?a=b "
               "\r\n\tkey-file=/etc/key\ndata = /srv/my data",
               0644);
    assert_int_equal(settings_file(&arena, conf, &s, &why), RC_OK);
    assert_string_equal(s.db, "sqlite:/var/lib/entracte/e.db?a=b");
    assert_string_equal(s.key_file, "/etc/key");
    assert_string_equal(s.data_dir, "/srv/my data");
    assert_string_equal(s.listen, "127.0.0.1:8080");
    write_file(conf, "", 0644);
    assert_int_equal(settings_file(&arena, conf, &s, &why), RC_OK);
}

static void a_wrong_line_is_named_and_nothing_is_taken(void **state UNUSED)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"listen = 127.0.0.1:1\nport = 1\n",
         "Line 2 of the settings file: there is no setting \"port\""},
        {"listen = 127.0.0.1:1\n\n# x\nrubbish\n",
         "Line 4 of the settings file is not of the form"},
        {"listen = 127.0.0.1:1\ndb =\n", "Line 2 of the settings file: \"db\" has no value"},
        {"listen = 127.0.0.1:1\nlisten = 127.0.0.1:2",
         "Line 2 of the settings file: \"listen\" is set twice"},
        {"listen = 127.0.0.1:1\n = x", "Line 2 of the settings file: there is no setting \"\""},
        {"listen = 127.0.0.1:1\nis_demo = 1", "Line 2"},
        {"listen = \xff\n", "not a text"},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct settings s = {.listen = "before"};
        const char *why = "";
        write_file(conf, cases[i].text, 0644);
        assert_int_equal(settings_file(&arena, conf, &s, &why), RC_INVALID);
        if (strstr(why, cases[i].why) == NULL)
            fail_msg("case %zu: %s", i, why);
        assert_string_equal(s.listen, "before");
    }
}

static void a_missing_or_huge_file_is_told(void **state UNUSED)
{
    struct settings s = {0};
    const char *why = NULL;
    assert_int_equal(settings_file(&arena, conf, &s, &why), RC_NOT_FOUND);
    assert_non_null(why);
    char *big = arena_alloc(&arena, 65 * 1024 + 1);
    memset(big, '#', 65 * 1024);
    write_file(conf, big, 0644);
    assert_int_equal(settings_file(&arena, conf, &s, &why), RC_INVALID);
    assert_int_equal(settings_file(&arena, dir, &s, &why), RC_INVALID);
}

static struct settings good(void)
{
    return (struct settings){
        .listen = "127.0.0.1:8080", .db = "sqlite:x.db", .data_dir = data, .key_file = key};
}

static void assert_check(struct settings s, const char *why_has)
{
    const char *why = NULL;
    enum rc rc = settings_check(&arena, &s, &why);
    if (why_has == NULL) {
        assert_int_equal(rc, RC_OK);
        return;
    }
    assert_int_equal(rc, RC_INVALID);
    if (strstr(why, why_has) == NULL)
        fail_msg("%s, not %s", why, why_has);
}

static void good_settings_pass(void **state UNUSED)
{
    struct settings s = good();
    assert_check(s, NULL);
    s.db = "postgresql://localhost/e";
    assert_check(s, NULL);
    s.data_dir = "/nowhere/yet";
    assert_check(s, NULL);
}

static void what_is_missing_is_named(void **state UNUSED)
{
    struct settings s = good();
    s.db = NULL;
    assert_check(s, "No database");
    s.db = "mysql://x";
    assert_check(s, "sqlite:PATH");
    s = good();
    s.data_dir = NULL;
    assert_check(s, "No data directory");
    s = good();
    s.key_file = NULL;
    assert_check(s, "No key file");
    s = good();
    s.listen = NULL;
    assert_check(s, "listen address");
}

static void a_public_address_is_read_and_checked(void **state UNUSED)
{
    struct settings s = good();
    const char *why = NULL;
    write_file(conf, "public-url = https://practice.example.org\n", 0644);
    assert_int_equal(settings_file(&arena, conf, &s, &why), RC_OK);
    assert_string_equal(s.public_url, "https://practice.example.org");
    assert_check(s, NULL);
    s.public_url = "practice.example.org";
    assert_check(s, "must be https://HOST");
    s.public_url = "http://practice.example.org";
    assert_check(s, "must begin with https://");
}

static void an_unsafe_key_file_is_refused(void **state UNUSED)
{
    struct settings s = good();
    s.key_file = dir;
    assert_check(s, "regular file");
    s.key_file = inner_key;
    assert_check(s, "data directory");
    s.key_file = way_around;
    assert_check(s, "data directory");
    s.key_file = key;
    assert_int_equal(chmod(key, 0440), 0);
    assert_check(s, "other users");
    assert_int_equal(chmod(key, 0404), 0);
    assert_check(s, "other users");
}

static void a_key_file_yet_to_be_made_may_not_lie_in_the_data(void **state UNUSED)
{
    struct settings s = good();
    s.key_file = "/nowhere/key";
    assert_check(s, NULL);
    unlink(inner_key);
    s.key_file = inner_key;
    assert_check(s, "data directory");
    unlink(way_around);
    s.key_file = way_around;
    assert_check(s, "data directory");
}

static void a_key_beside_a_directory_of_like_name_is_accepted(void **state UNUSED)
{
    struct settings s = good();
    char like[112];
    snprintf(like, sizeof(like), "%s.key", data); /* DIR/data.key is not in DIR/data */
    write_file(like, "k", 0400);
    s.key_file = like;
    assert_check(s, NULL);
    unlink(like);
}

static void a_key_that_is_a_link_into_the_data_is_refused(void **state UNUSED)
{
    struct settings s = good();
    char link[112];
    snprintf(link, sizeof(link), "%s/link", dir);
    assert_int_equal(symlink(inner_key, link), 0);
    s.key_file = link;
    assert_check(s, "data directory");
    unlink(link);
}

static void only_this_computer_is_listened_on(void **state UNUSED)
{
    static const char *const near[] = {"127.0.0.1:8080", "127.1.2.3:1", "[::1]:8080",
                                       "localhost:65535", "127.0.0.1:0"};
    static const char *const far[] = {"0.0.0.0:8080",
                                      "192.168.1.2:80",
                                      "[::]:80",
                                      "example.org:80",
                                      "128.0.0.1:80",
                                      "127.0.0.1.example.org:80",
                                      "localhost.example.org:80"};
    static const char *const bad[] = {"",
                                      ":",
                                      ":80",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:x",
                                      "127.0.0.1:80x",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:-1",
                                      "127.0.0.1: 80",
                                      "127.0.0.1:99999999999999999999"};
    struct settings s = good();
    for (size_t i = 0; i < N_ELEMS(near); i++) {
        s.listen = near[i];
        assert_check(s, NULL);
    }
    for (size_t i = 0; i < N_ELEMS(far); i++) {
        s.listen = far[i];
        assert_check(s, "this computer only");
    }
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        s.listen = bad[i];
        assert_check(s, "HOST:PORT");
    }
}

int main(void)
{
#define IN_DIR(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_DIR(a_settings_file_is_read),
        IN_DIR(a_wrong_line_is_named_and_nothing_is_taken),
        IN_DIR(a_missing_or_huge_file_is_told),
        IN_DIR(good_settings_pass),
        IN_DIR(what_is_missing_is_named),
        IN_DIR(a_public_address_is_read_and_checked),
        IN_DIR(an_unsafe_key_file_is_refused),
        IN_DIR(a_key_file_yet_to_be_made_may_not_lie_in_the_data),
        IN_DIR(a_key_beside_a_directory_of_like_name_is_accepted),
        IN_DIR(a_key_that_is_a_link_into_the_data_is_refused),
        IN_DIR(only_this_computer_is_listened_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
