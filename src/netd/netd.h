/* SPDX-License-Identifier: AGPL-3.0-or-later
 * netd.h - the caller: a process of its own, the only one that connects to other computers.
 *
 * It has no database, no key and no file to write. Where it may go is what the settings name, told
 * at its start; who asks it cannot widen that. Names are looked up once, addresses that are not of
 * the public Internet are refused, and the connection is held to the address that was checked. TLS
 * is always verified; redirects and proxies are not followed. Sole user of libcurl, and of OpenSSL
 * for time stamps. docs/adr/0012-netd.md. Sources: RFC 3161, RFC 5321, RFC 8314, RFC 6890. */
#pragma once
#include "base/base.h"

#include <signal.h>
#include <sys/types.h>

struct netd_config {
    const char *time_stamp_url; /* "https://HOST/PATH" of an RFC 3161 authority */
    const char *time_stamp_ca;  /* PEM file its stamps are checked with; NULL: the system's */
    const char *smtp_url;       /* "smtps://HOST" or "smtp://HOST" (then STARTTLS is a must) */
    const char *smtp_user, *smtp_password_file;
    const char *mail_from;
    const char *ca_file; /* PEM file connections are checked with; NULL: the system's */
    bool has_syslog;
    /* "HOST:PORT@ADDRESS ...": this computer stands in for them; a demo practice only */
    const char *reach_here;
};
/* Is there anything it would be asked for? */
bool netd_is_wanted(const struct netd_config *c);
/* RC_INVALID with a sentence in *ret_why. */
enum rc netd_check(const struct netd_config *c, const char **ret_why) MUST_USE;

struct netd;
/* Forks it: before there are threads, and before anything secret is opened. */
enum rc netd_start(const struct netd_config *c, struct netd **ret, pid_t *ret_pid) MUST_USE;
/* The same as a service of its own, behind a socket of the file system, for processes of the same
 * user: serves until SIGTERM, which is blocked when this is called. RC_INVALID: no such socket. */
enum rc netd_listen(const struct netd_config *c, const char *path, const sigset_t *end) MUST_USE;
enum rc netd_connect(const char *path, struct netd **ret) MUST_USE; /* RC_BUSY: nobody there */
/* Who waits for an answer gets NETD_GONE at once, as does who asks later. */
void netd_hang_up(struct netd *n);
void netd_free(struct netd *n);
/* After it was freed: until the process has ended. */
void netd_wait(pid_t pid);

enum netd_form {
    NETD_UNSET,
    NETD_POST,  /* URL, content type, body; answered with the body */
    NETD_STAMP, /* text; answered with the checked stamp of its SHA-256 (DER, RFC 3161) */
    NETD_MAIL,  /* to, subject, text */
    NETD_LOG,   /* one line for the system log of this computer */
    NETD_FORM_N_
};
/* Stored, so append only. */
enum netd_fault {
    NETD_OK,
    NETD_NOT_SET_UP,
    NETD_NOT_ALLOWED,   /* not a place the settings name */
    NETD_NO_NAME,       /* the name is not known */
    NETD_NOT_PUBLIC,    /* its address is not one of the public Internet */
    NETD_NO_CONNECTION, /* or it broke */
    NETD_NO_TRUST,      /* no TLS, or a certificate that does not hold */
    NETD_TOO_SLOW,
    NETD_TOO_LONG,
    NETD_REFUSED,    /* the other side said no */
    NETD_BAD_ANSWER, /* no stamp, or one that does not hold */
    NETD_GONE,       /* the caller itself does not answer */
    NETD_FAULT_N_
};
enum { NETD_MAX_BYTES = 48 << 10, NETD_STRINGS = 3 };
struct netd_request {
    enum netd_form form;
    struct bytes s[NETD_STRINGS]; /* in the order of the form */
};
struct netd_answer {
    int status; /* of HTTP or SMTP; 0: none */
    struct bytes body;
};
/* Blocks, at most about a minute. Thread-safe; one after the other. *ret: in the arena. */
enum netd_fault netd_ask(struct netd *n, struct arena *a, const struct netd_request *r,
                         struct netd_answer *ret) MUST_USE;
