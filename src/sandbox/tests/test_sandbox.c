/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_sandbox.c - what a process gave up it does not have: each case in a child of its own. */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];

static int made(void **state UNUSED)
{
    snprintf(dir, sizeof(dir), "/tmp/test_sandbox.XXXXXX");
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static int removed(void **state UNUSED)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/own", dir);
    unlink(path);
    return rmdir(dir);
}

/* What errno the deed ends with in a child that is shut in; 0: it worked. */
static int shut_in(enum sandbox_kind kind, bool makes_sockets, int (*deed)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        const char *const writes[] = {dir, NULL};
        const struct sandbox s = {.kind = kind, .writes = writes, .makes_sockets = makes_sockets};
        if (sandbox_files(&s) != RC_OK || sandbox_calls(&s) != RC_OK)
            _exit(255);
        errno = 0;
        _exit(deed() < 0 ? errno : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int opens_passwd(void)
{
    return open("/etc/passwd", O_RDONLY);
}
static int writes_own(void)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/own", dir);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    return fd < 0 || write(fd, "x", 1) != 1 || fdatasync(fd) != 0 ? -1 : 0;
}
static int makes_executable(void)
{
    return execl("/bin/true", "true", NULL);
}
static int opens_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
static int opens_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0);
}
static int traces_parent(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) < 0 ? -1 : 0;
}
static int writes_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}
static int maps_writable_code(void)
{
    int prot = PROT_READ | PROT_WRITE | PROT_EXEC;
    return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static int sets_up_io_uring(void)
{
    return (int)syscall(SYS_io_uring_setup, 1, NULL);
}
static int may_be_traced(void)
{
    return prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -1;
}
static void *nothing(void *arg)
{
    return arg;
}
static int makes_a_thread(void)
{
    pthread_t t;
    return pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0 ? 0 : -1;
}

/* The deeds work outside: else their failing inside would say nothing. */
static void outside_all_of_it_works(void **state UNUSED)
{
    assert_true(opens_passwd() >= 0);
    assert_true(opens_socket() >= 0);
    assert_true(opens_netlink() >= 0);
    assert_int_equal(writes_code(), 0);
    assert_int_equal(maps_writable_code(), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(makes_executable() < 0);
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

static void the_key_holder_has_its_files_and_nothing_else(void **state UNUSED)
{
    if (!sandbox_is_possible())
        skip();
    assert_int_equal(shut_in(SANDBOX_KEYD, false, writes_own), 0);
    assert_int_equal(shut_in(SANDBOX_KEYD, false, makes_a_thread), 0);
    assert_int_equal(shut_in(SANDBOX_KEYD, false, may_be_traced), 0);
    assert_int_equal(shut_in(SANDBOX_KEYD, false, opens_passwd), EACCES);
    assert_int_equal(shut_in(SANDBOX_KEYD, false, opens_socket), EPERM);
    assert_int_equal(shut_in(SANDBOX_KEYD, false, makes_executable), EPERM);
    assert_int_equal(shut_in(SANDBOX_KEYD, false, traces_parent), EPERM);
    assert_int_equal(shut_in(SANDBOX_KEYD, false, sets_up_io_uring), EPERM);
}

static void the_server_starts_no_program_and_opens_no_socket(void **state UNUSED)
{
    if (!sandbox_is_possible())
        skip();
    assert_int_equal(shut_in(SANDBOX_WEB, false, writes_own), 0);
    assert_int_equal(shut_in(SANDBOX_WEB, false, makes_a_thread), 0);
    assert_int_equal(shut_in(SANDBOX_WEB, false, opens_passwd), EACCES);
    assert_int_equal(shut_in(SANDBOX_WEB, false, opens_socket), EPERM);
    assert_int_equal(shut_in(SANDBOX_WEB, true, opens_socket), 0);
    assert_int_equal(shut_in(SANDBOX_WEB, true, opens_netlink), EPERM);
    assert_int_equal(shut_in(SANDBOX_WEB, true, writes_code), EPERM);
    assert_int_equal(shut_in(SANDBOX_WEB, true, maps_writable_code), EPERM);
    assert_int_equal(shut_in(SANDBOX_WEB, true, makes_executable), EPERM);
    assert_int_equal(shut_in(SANDBOX_WEB, true, sets_up_io_uring), EPERM);
}

static int opens_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static int listens(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? 0 : listen(fd, 1); /* listens at a port of its own, where it may */
}

static void the_caller_connects_and_has_nothing_to_write(void **state UNUSED)
{
    if (!sandbox_is_possible())
        skip();
    assert_int_equal(listens(), 0);
    assert_true(opens_unix_socket() >= 0);
    assert_int_equal(shut_in(SANDBOX_NETD, true, opens_socket), 0);
    assert_int_equal(shut_in(SANDBOX_NETD, true, makes_a_thread), 0);
    assert_int_equal(shut_in(SANDBOX_NETD, true, may_be_traced), 0);
    assert_int_equal(shut_in(SANDBOX_NETD, true, opens_unix_socket), EPERM);
    assert_int_equal(shut_in(SANDBOX_NETD, true, opens_netlink), EPERM);
    assert_int_equal(shut_in(SANDBOX_NETD, true, listens), EPERM);
    assert_int_equal(shut_in(SANDBOX_NETD, true, opens_passwd), EACCES);
    assert_int_equal(shut_in(SANDBOX_NETD, true, makes_executable), EPERM);
    assert_int_equal(shut_in(SANDBOX_NETD, true, traces_parent), EPERM);
    assert_int_equal(shut_in(SANDBOX_NETD, true, sets_up_io_uring), EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outside_all_of_it_works),
        cmocka_unit_test(the_key_holder_has_its_files_and_nothing_else),
        cmocka_unit_test(the_server_starts_no_program_and_opens_no_socket),
        cmocka_unit_test(the_caller_connects_and_has_nothing_to_write),
    };
    return cmocka_run_group_tests(tests, made, removed);
}
