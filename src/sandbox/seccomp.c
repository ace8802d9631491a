/* SPDX-License-Identifier: AGPL-3.0-or-later
 * seccomp.c - which system calls there are for this process; any other fails with EPERM. */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Memory, threads, time, and files that Landlock lets it open. */
static const int common[] = {
    SCMP_SYS(read),         SCMP_SYS(write),
    SCMP_SYS(readv),        SCMP_SYS(writev),
    SCMP_SYS(pread64),      SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),        SCMP_SYS(openat),
    SCMP_SYS(open),         SCMP_SYS(close),
    SCMP_SYS(fstat),        SCMP_SYS(newfstatat),
    SCMP_SYS(stat),         SCMP_SYS(lstat),
    SCMP_SYS(statx),        SCMP_SYS(fstatfs),
    SCMP_SYS(statfs),       SCMP_SYS(access),
    SCMP_SYS(faccessat),    SCMP_SYS(faccessat2),
    SCMP_SYS(fsync),        SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),    SCMP_SYS(fallocate),
    SCMP_SYS(flock),        SCMP_SYS(fcntl),
    SCMP_SYS(rename),       SCMP_SYS(renameat),
    SCMP_SYS(renameat2),    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),     SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),     SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),      SCMP_SYS(dup),
    SCMP_SYS(brk),          SCMP_SYS(munmap),
    SCMP_SYS(mremap),       SCMP_SYS(madvise),
    SCMP_SYS(mlock),        SCMP_SYS(munlock),
    SCMP_SYS(futex),        SCMP_SYS(clone),
    SCMP_SYS(clone3),       SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),         SCMP_SYS(set_tid_address),
    SCMP_SYS(sched_yield),  SCMP_SYS(sched_getaffinity),
    SCMP_SYS(gettid),       SCMP_SYS(getpid),
    SCMP_SYS(getppid),      SCMP_SYS(tgkill),
    SCMP_SYS(exit),         SCMP_SYS(exit_group),
    SCMP_SYS(getrandom),    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),    SCMP_SYS(gettimeofday),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigaltstack),  SCMP_SYS(restart_syscall),
    SCMP_SYS(prlimit64),    SCMP_SYS(getrlimit),
    SCMP_SYS(setrlimit),    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),        SCMP_SYS(poll),
    SCMP_SYS(ppoll),        SCMP_SYS(shutdown),
    SCMP_SYS(prctl),
};
/* A server with a database; no exec, no ptrace, no mount, no io_uring, no keys, no namespaces. */
static const int server[] = {
    SCMP_SYS(accept),       SCMP_SYS(accept4),      SCMP_SYS(getsockname),   SCMP_SYS(getpeername),
    SCMP_SYS(setsockopt),   SCMP_SYS(getsockopt),   SCMP_SYS(recvfrom),      SCMP_SYS(sendto),
    SCMP_SYS(recvmsg),      SCMP_SYS(sendmsg),      SCMP_SYS(sendmmsg),      SCMP_SYS(recvmmsg),
    SCMP_SYS(sendfile),     SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),   SCMP_SYS(epoll_pwait),  SCMP_SYS(epoll_pwait2),  SCMP_SYS(eventfd2),
    SCMP_SYS(pipe),         SCMP_SYS(pipe2),        SCMP_SYS(select),        SCMP_SYS(pselect6),
    SCMP_SYS(ioctl),        SCMP_SYS(getdents64),   SCMP_SYS(getcwd),        SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),   SCMP_SYS(getuid),       SCMP_SYS(geteuid),       SCMP_SYS(getgid),
    SCMP_SYS(getegid),      SCMP_SYS(umask),        SCMP_SYS(link),          SCMP_SYS(linkat),
    SCMP_SYS(rmdir),        SCMP_SYS(fchown),       SCMP_SYS(utimensat),     SCMP_SYS(fadvise64),
    SCMP_SYS(getrusage),    SCMP_SYS(times),        SCMP_SYS(wait4),         SCMP_SYS(msync),
    SCMP_SYS(dup2),         SCMP_SYS(dup3),         SCMP_SYS(truncate),      SCMP_SYS(membarrier),
    SCMP_SYS(memfd_create),
};

/* Connections out: nothing that listens, no files but those it may read. */
static const int calling[] = {
    SCMP_SYS(connect),       SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt),    SCMP_SYS(recvfrom),    SCMP_SYS(sendto),      SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),       SCMP_SYS(sendmmsg),    SCMP_SYS(recvmmsg),    SCMP_SYS(ioctl),
    SCMP_SYS(socketpair),    SCMP_SYS(eventfd2),    SCMP_SYS(pipe2),       SCMP_SYS(select),
    SCMP_SYS(getdents64),    SCMP_SYS(readlink),    SCMP_SYS(readlinkat),  SCMP_SYS(getuid),
    SCMP_SYS(geteuid),       SCMP_SYS(getgid),      SCMP_SYS(getegid),     SCMP_SYS(getrusage),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),   SCMP_SYS(epoll_wait),  SCMP_SYS(epoll_pwait),
};

static bool allow(scmp_filter_ctx f, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int r = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
        if (r != 0 && r != -EDOM) /* one that this machine does not have */
            return false;
    }
    return true;
}

/* Code is mapped from files, never written first: no memory is writable and executable, and none
 * becomes executable later. */
static bool allow_memory(scmp_filter_ctx f)
{
    static const scmp_datum_t refused[] = {PROT_EXEC, PROT_WRITE};
    for (size_t i = 0; i < N_ELEMS(refused); i++) /* mmap: one of the two is missing */
        if (seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, refused[i], 0)) != 0)
            return false;
    return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

/* NETD: only those that lead to other computers, so that it reaches no socket of ours. */
static bool allow_sockets(scmp_filter_ctx f, bool only_far)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
    for (size_t i = 0; i < N_ELEMS(families) - only_far; i++)
        if (seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                             SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i])) != 0)
            return false;
    return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(connect), 0) == 0;
}

enum rc sandbox_calls(const struct sandbox *s)
{
    if (!sandbox_is_possible())
        return RC_OK;
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (f == NULL)
        return RC_BROKEN;
    bool ok = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
    ok = ok && allow(f, common, N_ELEMS(common)) && allow_memory(f);
    if (s->kind == SANDBOX_NETD)
        ok = ok && allow(f, calling, N_ELEMS(calling));
    if (s->kind == SANDBOX_WEB)
        ok = ok && allow(f, server, N_ELEMS(server));
    static const int accepting[] = {SCMP_SYS(accept4), SCMP_SYS(getsockopt)};
    if (s->accepts)
        ok = ok && allow(f, accepting, N_ELEMS(accepting));
    if (s->makes_sockets)
        ok = ok && allow_sockets(f, s->kind == SANDBOX_NETD);
    ok = ok && seccomp_load(f) == 0;
    seccomp_release(f);
    return ok ? RC_OK : RC_BROKEN;
}
