/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ask.h - what the caller (netd.h) is told at its start, and what it can be asked. */
#pragma once
#include "base/base.h"

struct netd_config {
    const char *time_stamp_url; /* "https://HOST/PATH" of an RFC 3161 authority */
    const char *time_stamp_ca;  /* PEM file its stamps are checked with; NULL: the system's */
    const char *smtp_url;       /* "smtps://HOST" or "smtp://HOST" (then STARTTLS is a must) */
    const char *smtp_user, *smtp_password_file;
    const char *mail_from;
    const char *ca_file; /* PEM file connections are checked with; NULL: the system's */
    const char *syslog;  /* "yes": checkpoints go to the system log of this computer */
    /* "HOST:PORT@ADDRESS ...": this computer stands in for them; a demo practice only */
    const char *reach_here;
};
/* Is there anything it would be asked for? */
bool netd_is_wanted(const struct netd_config *c);
/* RC_INVALID with a sentence in *ret_why. */
enum rc netd_check(const struct netd_config *c, const char **ret_why) MUST_USE;

struct netd;
/* Who waits for an answer gets NETD_GONE at once, as does who asks later. */
void netd_hang_up(struct netd *n);
void netd_free(struct netd *n);

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
