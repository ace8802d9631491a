/* SPDX-License-Identifier: AGPL-3.0-or-later
 * answer.c - what the caller was told at its start, and what it does when it is asked. */
#include "base/utf8.h"
#include "netd/netd_private.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* --- the settings --------------------------------------------------------------------------- */

bool netd_is_wanted(const struct netd_config *c)
{
    return c->time_stamp_url != NULL || c->smtp_url != NULL || c->syslog != NULL;
}

static bool is_secret_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static const char *mail_fault(const struct netd_config *c, const struct place *p)
{
    if (p->scheme == SCHEME_HTTPS)
        return "smtp-url must be smtps://HOST, or smtp://HOST with STARTTLS.";
    if (c->mail_from == NULL || !mail_address_is_good(c->mail_from))
        return "mail-from must be the address that mail is sent from.";
    if ((c->smtp_user == NULL) != (c->smtp_password_file == NULL))
        return "smtp-user and smtp-password-file belong together.";
    if (c->smtp_password_file != NULL && !is_secret_file(c->smtp_password_file))
        return "The file of smtp-password-file is missing or open to others; give it mode 0400.";
    return NULL;
}

static const char *add_places(struct caller *c)
{
    const char *path;
    const struct netd_config *s = &c->c;
    struct place *p = &c->places[c->n_places];
    if (s->time_stamp_url != NULL) {
        if (!place_parse(s->time_stamp_url, p, &path) || p->scheme != SCHEME_HTTPS)
            return "time-stamp-url must be https://HOST/PATH.";
        p = &c->places[++c->n_places];
    }
    if (s->smtp_url != NULL) {
        if (!place_parse(s->smtp_url, p, &path) || (path[0] != '\0' && path[1] != '\0'))
            return "smtp-url must be smtps://HOST, or smtp://HOST with STARTTLS.";
        const char *why = mail_fault(s, p);
        if (why != NULL)
            return why;
        c->n_places++;
    }
    if (s->syslog != NULL && strcmp(s->syslog, "yes") != 0)
        return "syslog is \"yes\", or not there.";
    if (s->reach_here != NULL && !here_is_good(s->reach_here))
        return "reach-here must be of the form HOST:PORT@127.0.0.1.";
    return NULL;
}

enum rc netd_check(const struct netd_config *config, const char **ret_why)
{
    struct caller c = {.c = *config};
    const char *why = add_places(&c);
    if (why == NULL)
        return RC_OK;
    *ret_why = why;
    return RC_INVALID;
}

static bool read_password(struct caller *c)
{
    if (c->c.smtp_password_file == NULL)
        return true;
    int fd = open(c->c.smtp_password_file, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, c->password, sizeof(c->password) - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return false;
    c->password[strcspn(c->password, "\r\n")] = '\0';
    return true;
}

/* Connected before it is shut in, as it has no such sockets afterwards. */
static int open_log(void)
{
    static const struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

enum rc caller_init(struct caller *c, const struct netd_config *config, const char **ret_why)
{
    *c = (struct caller){.c = *config, .log_fd = -1};
    TRY(netd_check(config, ret_why));
    (void)add_places(c);
    if (!read_password(c)) {
        *ret_why = "The file of smtp-password-file cannot be read.";
        return RC_INVALID;
    }
    if (config->syslog != NULL)
        c->log_fd = open_log();
    return RC_OK;
}

/* --- asked -------------------------------------------------------------------------------------
 */

static const char *text_of(struct arena *a, struct bytes b)
{
    return arena_strndup(a, (const char *)b.p, b.len);
}

static enum netd_fault log_one(const struct caller *c, struct arena *a, struct bytes line)
{
    enum { NOTICE_OF_USER = 13, LINE_MAX_BYTES = 1000 };
    if (c->c.syslog == NULL)
        return NETD_NOT_SET_UP;
    if (line.len > LINE_MAX_BYTES || !utf8_is_valid((const char *)line.p, line.len))
        return NETD_TOO_LONG;
    for (size_t i = 0; i < line.len; i++)
        if (line.p[i] < ' ')
            return NETD_NOT_ALLOWED;
    const char *s = arena_printf(a, "<%d>entracte: %s", NOTICE_OF_USER, text_of(a, line));
    return c->log_fd >= 0 && send(c->log_fd, s, strlen(s), MSG_NOSIGNAL) > 0 ? NETD_OK
                                                                             : NETD_NO_CONNECTION;
}

static enum netd_fault mail_one(struct caller *c, struct arena *a, const struct message *m,
                                struct message *ret)
{
    struct bytes whole;
    const char *to = text_of(a, m->s[0]);
    if (c->c.smtp_url == NULL)
        return NETD_NOT_SET_UP;
    if (mail_write(a, c->c.mail_from, to, text_of(a, m->s[1]), m->s[2], (int64_t)time(NULL),
                   &whole) != RC_OK)
        return NETD_NOT_ALLOWED;
    return mail(c, to, whole, ret);
}

void caller_answer(struct caller *c, struct arena *a, const struct message *m, struct message *ret)
{
    enum netd_fault f = NETD_NOT_ALLOWED;
    *ret = (struct message){0};
    switch ((enum netd_form)m->n[0]) {
    case NETD_POST:
        f = post(c, text_of(a, m->s[0]), text_of(a, m->s[1]), m->s[2], ret);
        break;
    case NETD_STAMP:
        f = stamp(c, m->s[0], ret);
        break;
    case NETD_MAIL:
        f = mail_one(c, a, m, ret);
        break;
    case NETD_LOG:
        f = log_one(c, a, m->s[0]);
        break;
    case NETD_UNSET:
    case NETD_FORM_N_:
        break;
    }
    ret->n[0] = f;
}
