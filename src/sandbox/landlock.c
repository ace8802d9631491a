/* SPDX-License-Identifier: AGPL-3.0-or-later
 * landlock.c - which directories exist for this process. */
#include "base/log.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights of the first version, which every kernel with Landlock has, and those added since. */
enum {
    FILE_READ = LANDLOCK_ACCESS_FS_READ_FILE,
    FILE_WRITE = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
    DIR_READ = FILE_READ | LANDLOCK_ACCESS_FS_READ_DIR,
    DIR_WRITE = DIR_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                LANDLOCK_ACCESS_FS_REMOVE_DIR,
    ALL = DIR_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
          LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
          LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
};

static enum rc allow(int rules, const char *path, uint64_t on_dir, uint64_t on_file)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES ? RC_OK : RC_BROKEN;
    bool is_dir = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    struct landlock_path_beneath_attr rule = {.allowed_access = is_dir ? on_dir : on_file,
                                              .parent_fd = fd};
    long failed = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(fd);
    return failed == 0 ? RC_OK : RC_BROKEN;
}

static enum rc allow_all(int rules, const struct sandbox *s)
{
    for (const char *const *p = s->writes; p != NULL && *p != NULL; p++)
        TRY(allow(rules, *p, DIR_WRITE, FILE_WRITE));
    for (const char *const *p = s->reads; p != NULL && *p != NULL; p++)
        TRY(allow(rules, *p, DIR_READ, FILE_READ));
    return RC_OK;
}

enum rc sandbox_files(const struct sandbox *s)
{
    if (!sandbox_is_possible())
        return RC_OK;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) != 0)
        return RC_BROKEN;
    struct landlock_ruleset_attr attr = {.handled_access_fs = ALL};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (rules < 0) {
        log_warn("this kernel has no Landlock: files are not kept apart");
        return RC_OK;
    }
    enum rc rc = allow_all(rules, s);
    if (rc == RC_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        rc = RC_BROKEN;
    close(rules);
    return rc;
}
