/* SPDX-License-Identifier: AGPL-3.0-or-later
 * app.h - what lives as long as the process: settings, keys, audit file, event subscribers. */
#pragma once
#include "app/authorize.h"
#include "app/cx.h"
#include "app/site.h"
#include "netd/ask.h"

struct settings {
    const char *listen;          /* "127.0.0.1:8080" */
    const char *db;              /* "sqlite:PATH" or "postgresql://..." */
    const char *data_dir;        /* of audit.log */
    const char *key_file;        /* 32-byte boot key */
    const char *key_holder;      /* socket of a key holder that runs by itself, or NULL */
    const char *clients_an_hour; /* a number; NULL: 30, in a demo as many as there are */
    const char *public_url;      /* "https://practice.example.org", or NULL: this computer only */
    const char *caller;          /* socket of a caller that runs by itself, or NULL */
    const char *backup_to;       /* directory of the nightly backups, or NULL: none are made */
    struct netd_config net;      /* what leaves this computer, and where to; the file alone */
    bool is_demo; /* set when the practice in the database is a demo (fast passwords) */
};
/* A demo practice that only this computer reaches: whoever is here may be everybody in it, and its
 * accounts need no second factor. Nothing else ever is. */
bool settings_are_local_demo(const struct settings *s);
/* Command line over config file over defaults. Config: "key = value" lines, # comments; keys
 * listen, db, data, key-file, key-holder, clients-per-hour, public-url, and those of what leaves
 * this computer (settings.c). Unknown key or option: RC_INVALID with a sentence in *ret_why. */
enum rc settings_file(struct arena *a, const char *path, struct settings *s,
                      const char **ret_why) MUST_USE;
/* Everything that must hold before anything is opened; exit 78 with *ret_why otherwise: key file
 * missing, readable by others, inside the data directory; listen address not loopback; public
 * address malformed. */
enum rc settings_check(struct arena *a, const struct settings *s, const char **ret_why) MUST_USE;
/* The same for a key holder that runs by itself: of key file and data directory alone. */
enum rc settings_check_keys(const struct settings *s, const char **ret_why) MUST_USE;

/* --- news that travels upward --------------------------------------------
 * A domain calls app_emit() inside its transaction; subscribers (in const domain descriptors,
 * app->on_event[], in domain order) act in the same transaction. */
enum event {
    EV_CLIENT_HANDED_OVER, /* another clinician treats from now on, or nobody; id: client */
    /* The client's keys are about to be deleted; id: client. What needs them is read now, what may
     * go goes now; RC_INVALID keeps it from happening. */
    EV_CLIENT_ERASED,
    EV_NOTE_BEGUN, /* a draft is stored for the first time; id: note */
    EV_NOTE_SIGNED,
    EV_NOTE_DISCARDED,
    EV_ROLES_SET,   /* somebody's roles are others, or somebody was let in or out; id: person */
    EV_GRANT_TAKEN, /* somebody may not open clinical records any more; id: person */
};
typedef enum rc event_fn(struct cx *cx, enum event e, struct id subject);

/* A kind of durable background work (app/jobs.h). */
struct job_kind {
    const char *name;
    enum rc (*run)(struct cx *cx, struct id subject); /* must be idempotent: at least once */
};

/* What is sealed under a key of the practice itself, and must be put under another one when that
 * key is changed (domains/keys). Class IDENTITY: values without a client. CLINICAL: what is taken
 * in while nobody may read, which becomes an ordinary value of its client then. */
struct sealed_table {
    const char *name; /* as in the sealed place */
    enum seal_class class;
    /* :practice_id, :mark, :max -> row, version, sealed; of CLINICAL also the client and its stored
     * clinical key. Of IDENTITY those whose four bytes at SEAL_KEY_ID_AT (from 0) are not the mark;
     * of CLINICAL those that begin with it. */
    const struct db_stmt *others;
    const struct db_stmt *put;        /* :sealed, :practice_id, :was; and :row, when there is one */
    struct id (*row)(struct bytes b); /* of what `others` gives instead of an id; NULL: an id */
    bool is_in_log;                   /* the log has the hash of what is stored */
    int at_once;                      /* 0: as many as one likes */
};

/* How much of what is sealed `entracte check` opens, and who hears of it. */
struct sealed_check {
    int64_t max; /* rows; INT64_MAX: all there are */
    /* Of one that does not open. */
    void (*report)(void *arg, const char *invariant, const char *detail);
    /* Now and then, and at the end. */
    void (*tell)(void *arg, int64_t n_opened, int64_t n_all);
    void *arg;
};

/* Something to do, told on every page. */
struct notice {
    const char *text, *path, *label; /* text NULL: nothing */
};

struct audit_file;
struct app {
    struct settings settings;
    struct keyring *keys;
    struct audit_file *audit; /* NULL in tools that disclose nothing */
    int64_t anchored;         /* records of it that the database knows of */
    /* Notes in log and database what the latter holds; once an hour and at the end. */
    enum rc (*attest)(struct app *app, struct db *db);
    int64_t attest_due_ms;
    struct netd *net; /* NULL: nothing is sent anywhere */
    /* Sends off what is due, every few seconds, outside of any transaction. */
    void (*send_off)(struct app *app, struct db *db);
    _Atomic bool is_incident;  /* something was changed outside: all but its page is closed */
    event_fn *const *on_event; /* NULL-ended */
    const struct job_kind *const *jobs;       /* NULL-ended */
    const struct sealed_table *const *sealed; /* NULL-ended */
    const char *start_token;   /* opens set-up while there is no practice; NULL: nothing does */
    int64_t (*clock_ms)(void); /* UTC now; a seam for tests */
    /* What the frame and a client's file show of domains above them; NULL: nothing. */
    enum rc (*n_due)(struct cx *cx, int64_t *ret); /* tasks due for the actor, today or before */
    enum rc (*next_session)(struct cx *cx, struct id client, int64_t *ret_ms); /* 0: none to come */
    /* What the database knows of the actor and a client; left as it is when there is none. */
    enum rc (*access_facts)(struct cx *cx, struct id client, struct access_facts *ret);
    /* The client's key of class IDENTITY, as stored, for what the program itself writes about the
     * client; RC_NOT_FOUND: erased. */
    enum rc (*client_key)(struct cx *cx, struct id client, struct bytes *ret);
    /* When the newest backup was made that a restore has proven; 0: never. NULL: not known here. */
    enum rc (*last_proof)(struct cx *cx, int64_t *ret_ms);
    _Atomic bool wants_backup; /* somebody asked for one now */
    bool tests_grant_all; /* a seam: the battery must see that the second wall holds without this */
    enum rc (*refresh)(struct cx *cx); /* every few seconds: what other processes changed */
    enum rc (*notice)(struct cx *cx, struct notice *ret); /* for the actor; NULL: nothing */
    /* fills cx with what cx->practice has set: zone, currency, language */
    enum rc (*enter)(struct cx *cx);
};
int64_t app_clock_ms(void);
enum rc app_emit(struct cx *cx, enum event e, struct id subject) MUST_USE;

/* The statements of this layer; a test prepares them all on both databases. */
extern const struct db_stmt *const *const app_statements;
extern const int n_app_statements;

/* A cx for the program's own work (jobs, tools): all roles, English, the practice's zone unset. */
void cx_init(struct cx *cx, struct app *app, struct arena *a, struct db *db);
