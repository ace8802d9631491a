/* SPDX-License-Identifier: AGPL-3.0-or-later
 * hijack.c - what somebody would try who runs code of their own in the server's process.
 *
 * Reached by SEEDED_BUG=hijacked (seeded.c) in a thread that answers requests, with all that the
 * sandbox left. Every deed is harmless where it works, for it also runs without a sandbox: what
 * changes the system gets arguments that the kernel refuses once it looks at them. */
#include "hijack.h"

#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void *const NOWHERE = (void *)8;

static long opens(const char *path, int flags)
{
    int fd = path != NULL ? open(path, flags, 0600) : -1;
    return fd < 0 ? -1 : close(fd);
}

static long makes_socket(int family, int type)
{
    int fd = socket(family, type, 0);
    return fd < 0 ? -1 : close(fd);
}

/* The key holder is the one child; where that cannot be seen, whoever started us. */
static pid_t other(void)
{
    char path[96], said[32] = "";
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, said, sizeof(said) - 1);
    if (fd >= 0)
        close(fd);
    return n > 0 ? (pid_t)strtol(said, NULL, 10) : getppid();
}

static long of_other(const char *file, int flags)
{
    char path[96];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)other(), file);
    return opens(path, flags);
}

static long reads_other_memory(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {NOWHERE, 1};
    return process_vm_readv(other(), &here, 1, &there, 1, 0);
}

static long maps_code(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : munmap(p, 4096);
}

static long starts_from_memory(void)
{
    int fd = (int)syscall(SYS_memfd_create, "x", 0);
    return fd < 0 ? -1 : syscall(SYS_execveat, fd, "", NULL, NULL, 0x1000);
}

#define DEEDS(X_)                                                                                  \
    X_(reads_passwords, opens("/etc/shadow", O_RDONLY))                                            \
    X_(reads_roots_keys, opens("/root/.bashrc", O_RDONLY))                                         \
    X_(lists_root, opens("/root", O_RDONLY | O_DIRECTORY))                                         \
    X_(lists_home, opens("/home", O_RDONLY | O_DIRECTORY))                                         \
    X_(lists_top, opens("/", O_RDONLY | O_DIRECTORY))                                              \
    X_(reads_key_file, opens(getenv("HIJACK_KEY"), O_RDONLY))                                      \
    X_(writes_key_file, opens(getenv("HIJACK_KEY"), O_WRONLY))                                     \
    X_(reads_logs, opens("/var/log", O_RDONLY | O_DIRECTORY))                                      \
    X_(writes_etc, opens("/etc/hijack", O_WRONLY | O_CREAT))                                       \
    X_(writes_tmp, opens("/tmp/entracte-hijack", O_WRONLY | O_CREAT))                              \
    X_(writes_shared_memory, opens("/dev/shm/entracte-hijack", O_WRONLY | O_CREAT))                \
    X_(writes_programs, opens("/usr/bin/env", O_WRONLY))                                           \
    X_(writes_cron, opens("/etc/cron.d/hijack", O_WRONLY | O_CREAT))                               \
    X_(opens_a_device, opens("/dev/zero", O_RDONLY))                                               \
    X_(opens_terminal, opens("/dev/tty", O_RDWR))                                                  \
    X_(links_password_file, link("/etc/passwd", "/tmp/entracte-hijack"))                           \
    X_(names_a_link, symlink("/etc", "/tmp/entracte-hijack"))                                      \
    X_(makes_a_folder, mkdir("/tmp/entracte-hijack", 0700))                                        \
    X_(makes_a_device, mknod("/tmp/entracte-hijack/x", S_IFCHR, 0))                                \
    X_(makes_a_pipe, mkfifo("/tmp/entracte-hijack", 0600))                                         \
    X_(changes_mode, chmod("/tmp", 01777))                                                         \
    X_(changes_owner, chown("/tmp", 0, 0))                                                         \
    X_(reads_holders_memory, of_other("mem", O_RDONLY))                                            \
    X_(writes_holders_memory, of_other("mem", O_WRONLY))                                           \
    X_(reads_holders_map, of_other("maps", O_RDONLY))                                              \
    X_(reads_holders_environment, of_other("environ", O_RDONLY))                                   \
    X_(copies_memory, reads_other_memory())                                                        \
    X_(traces, ptrace(PTRACE_PEEKDATA, other(), NULL, NULL))                                       \
    X_(takes_descriptors, syscall(SYS_pidfd_open, other(), 0))                                     \
    X_(compares_processes, syscall(SYS_kcmp, getpid(), other(), 0, 0, 0))                          \
    X_(starts_a_program, execl("/nonexistent", "x", NULL))                                         \
    X_(starts_from_memory, starts_from_memory())                                                   \
    X_(dials_out, makes_socket(AF_INET, SOCK_STREAM))                                              \
    X_(dials_out_6, makes_socket(AF_INET6, SOCK_STREAM))                                           \
    X_(sends_datagrams, makes_socket(AF_INET, SOCK_DGRAM))                                         \
    X_(sends_raw, makes_socket(AF_INET, SOCK_RAW))                                                 \
    X_(listens_to_all, makes_socket(AF_PACKET, SOCK_RAW))                                          \
    X_(speaks_to_kernel, makes_socket(AF_NETLINK, SOCK_RAW))                                       \
    X_(speaks_to_neighbours, makes_socket(AF_UNIX, SOCK_STREAM))                                   \
    X_(speaks_to_host, makes_socket(AF_VSOCK, SOCK_STREAM))                                        \
    X_(rings_io, syscall(SYS_io_uring_setup, 1, NULL))                                             \
    X_(loads_bpf, syscall(SYS_bpf, 0, NULL, 0))                                                    \
    X_(counts_events, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0))                            \
    X_(handles_faults, syscall(SYS_userfaultfd, 0))                                                \
    X_(asks_keyring, syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3, 0))                            \
    X_(adds_key, syscall(SYS_add_key, NULL, NULL, NULL, 0, 0))                                     \
    X_(loads_module, syscall(SYS_init_module, NULL, 0, ""))                                        \
    X_(loads_kernel, syscall(SYS_kexec_load, 0, 17, NULL, 0))                                      \
    X_(reboots, syscall(SYS_reboot, 0, 0, 0, NULL))                                                \
    X_(mounts, syscall(SYS_mount, NULL, NOWHERE, NULL, 0, NULL))                                   \
    X_(unmounts, syscall(SYS_umount2, "/nonexistent", 0))                                          \
    X_(changes_root, chroot("/nonexistent"))                                                       \
    X_(leaves_namespace, unshare(CLONE_NEWUTS))                                                    \
    X_(enters_namespace, syscall(SYS_setns, -1, 0))                                                \
    X_(opens_by_handle, syscall(SYS_open_by_handle_at, -1, NOWHERE, 0))                            \
    X_(sets_clock, syscall(SYS_clock_settime, 0, NOWHERE))                                         \
    X_(names_host, syscall(SYS_sethostname, NOWHERE, 5))                                           \
    X_(swaps, syscall(SYS_swapon, "/nonexistent", 0))                                              \
    X_(accounts, syscall(SYS_acct, "/nonexistent/x"))                                              \
    X_(touches_ports, syscall(SYS_ioperm, 70000, 1, 1))                                            \
    X_(watches_files, syscall(SYS_fanotify_init, 0xffffffff, 0))                                   \
    X_(shares_memory, shmget(IPC_PRIVATE, 0, 0))                                                   \
    X_(becomes_another, syscall(SYS_setuid, getuid()))                                             \
    X_(takes_capabilities, syscall(SYS_capset, NOWHERE, NOWHERE))                                  \
    X_(changes_personality, syscall(SYS_personality, 0xffffffff))                                  \
    X_(maps_writable_code, maps_code())                                                            \
    X_(removes_key_file, unlink(getenv("HIJACK_KEY")))

#define NAME(name_, call_) #name_,
#define CASE(name_, call_)                                                                         \
    case DEED_##name_:                                                                             \
        return call_;
#define NUMBER(name_, call_) DEED_##name_,

enum { DEEDS(NUMBER) N_DEEDS };
static const char *const names[] = {DEEDS(NAME)};

static long attempt(int n)
{
    switch (n) {
        DEEDS(CASE)
    default:
        return -1;
    }
}

void hijack(int n)
{
    if (n < 0 || n >= N_DEEDS)
        return;
    errno = 0;
    long r = attempt(n);
    fprintf(stderr, "hijack: %s %d\n", names[n], r < 0 ? errno : 0);
}
