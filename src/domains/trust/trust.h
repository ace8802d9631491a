/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust.h - who looked, and whether what is stored is what was stored. */
#pragma once
#include "app/app.h"
#include "app/audit.h"
#include "record/record.h"

/* Signed notes and issued invoices of all practices, at most max of each, sealed as they are
 * stored; fn stops it with another rc than RC_OK. */
struct stored {
    const char *record; /* "note" */
    struct id id;
    int64_t practice;
    struct bytes bytes;
};
typedef enum rc stored_fn(void *arg, const struct stored *s);
enum rc trust_each_stored(struct cx *cx, int64_t max, stored_fn *fn, void *arg) MUST_USE;
/* Calls fn as each practice of the database, of which there are at most PRACTICES_MAX here. */
enum { PRACTICES_MAX = 1000 };
typedef enum rc practice_fn(struct db *db, int64_t practice, void *arg);
enum rc trust_each_practice(struct db *db, practice_fn *fn, void *arg) MUST_USE;
/* For `entracte check`: they are what the audit log committed to. */
enum rc trust_check_stored(struct cx *cx, const struct sealed_check *c) MUST_USE;

/* What was found: a line each, "code detail\n"; "" nothing. Codes and their sentences:
 * incidents.c. */
enum { FINDINGS_MAX_BYTES = 16 << 10 };

/* Compares the log and the database with what each knows of the other. Changes that the log had not
 * heard of are handed to it at last, when it is open for writing. */
enum rc trust_compare(struct app *app, struct db *db, struct buf *findings) MUST_USE;
/* Notes in both what the database holds now; for struct app. */
enum rc trust_attest(struct app *app, struct db *db) MUST_USE;
/* At start: compares; then attests, or opens an incident and closes the program to all but its
 * page (app->is_incident). */
enum rc trust_start(struct app *app, struct db *db) MUST_USE;

/* --- incidents ------------------------------------------------------------------------------ */

/* What Art. 33 and 34 GDPR ask for, in their order. */
enum incident_step {
    STEP_NOTED,     /* somebody knows: 72 hours begin */
    STEP_CONTAINED, /* access shut off, evidence kept */
    STEP_ASSESSED,  /* what of whom, and what can come of it */
    STEP_AUTHORITY, /* Art. 33: within 72 hours, or why not */
    STEP_PEOPLE,    /* Art. 34: those concerned, where the risk is high */
    STEP_MEASURES,  /* what is done so that it does not happen again */
    STEP_N_
};
extern const struct choice incident_step_choices[STEP_N_];

struct incident_step_entry {
    struct id id, incident, actor;
    enum incident_step step;
    int64_t done_ms;
    const char *words; /* sealed: who was told, and what */
};
extern const struct record_type incident_step_type;
struct incident {
    struct id id;
    int64_t found_ms, closed_ms; /* closed_ms 0: open */
    const char *findings;
    struct id closed_by;
    const char *reason; /* NULL: of another practice, or open */
};
enum { INCIDENTS_MAX = 50, INCIDENT_STEPS_MAX = 500, INCIDENT_HOURS = 72 };

/* Out: newest first; steps of all of them by time. */
enum rc incident_list(struct cx *cx, struct incident **ret, int *ret_n,
                      struct incident_step_entry **ret_steps, int *ret_n_steps) MUST_USE;
enum rc incident_step_add(struct cx *cx, struct incident_step_entry *e) MUST_USE;
/* Work goes on: closes what is open with a reason, which the log hears of, and attests anew.
 * RC_INVALID without a reason; RC_NOT_FOUND when nothing is open. */
enum rc incident_close(struct cx *cx, const char *reason) MUST_USE;
/* A finding as a sentence in the actor's language. */
const char *finding_sentence(struct cx *cx, const char *line, size_t len);

/* --- checkpoints kept off this computer ------------------------------------------------------- */

/* What was sent, and what became of it: the file "sent" of this folder of the data directory, the
 * only one there that the server writes to. */
#define SENT_DIR "outgoing"
enum sent_kind { SENT_STAMP, SENT_LOG, SENT_MAIL, SENT_N_ };
struct sent {
    bool is_wanted;   /* by the settings */
    int64_t ok_ms, n; /* last one that went, and of how many records; 0: none */
    int64_t try_ms;   /* last attempt */
    int64_t n_failed; /* since the last one that went */
    enum netd_fault fault;
};
void sent_load(const struct settings *s, struct sent ret[static SENT_N_]);
const char *sent_kind_text(struct cx *cx, enum sent_kind k);
const char *sent_fault_text(struct cx *cx, enum netd_fault f);
/* Sends what is due: a line to the system log with each checkpoint, a stamp a day, a mail to the
 * owners a week; again after 1, 2, 4 ... 60 minutes. For struct app. */
void trust_send_off(struct app *app, struct db *db);
/* Has one stamped, now, and keeps it as SENT_DIR/stamps/N.txt and .tsr. *ret: why not. */
enum rc trust_stamp(struct app *app, const struct audit_checkpoint *at, const char *line,
                    enum netd_fault *ret) MUST_USE;

/* --- the log -------------------------------------------------------------------------------- */

struct log_query {
    struct id person, client;       /* unset: any */
    const char *action;             /* NULL or "": any */
    int64_t from_ms, to_ms, before; /* 0: open; before: record that is seen already */
};
struct log_entry {
    int64_t seq, at_ms;
    struct id person, client;
    unsigned roles;
    int outcome, n_rows;
    bool is_change;
    int64_t change; /* number of its row */
    unsigned char commitment[32];
    char action[17], what[25], purpose[17]; /* keys */
};
/* Called for disclosures and changes of the practice, newest first; false: enough. */
typedef bool log_entry_fn(void *arg, const struct log_entry *e);
/* *ret_was_cut: it was not read further back for its length. */
enum rc log_read(struct cx *cx, const struct log_query *q, log_entry_fn *fn, void *arg,
                 bool *ret_was_cut) MUST_USE;
/* What a change says beside: names of fields, or another word; NULL or "": nothing, or the client
 * is erased. Only for who may see the client. */
enum rc log_detail(struct cx *cx, const struct log_entry *e, const char **ret) MUST_USE;
enum { LOG_ACTIONS_N = 12 };
extern const struct choice log_actions[LOG_ACTIONS_N];
/* Of what only its author may know that it is there; refusals are not. */
bool log_is_private(const struct log_entry *e);
/* A page that shows nobody's record, seen by who may. */
bool log_is_page_view(const struct log_entry *e);
const char *log_action_text(struct cx *cx, const char *key);
const char *log_thing_text(struct cx *cx, const char *key);
const char *log_purpose_text(struct cx *cx, const char *key);

/* What of the last days is worth a question, with its reason. */
enum unusual_reason {
    UNUSUAL_FAMILY,    /* the client bears a family name of who opened it */
    UNUSUAL_CONTACT,   /* ... or has the same e-mail or telephone */
    UNUSUAL_COLLEAGUE, /* the client is a member of staff */
    UNUSUAL_NIGHT,     /* between 23 and 6 o'clock */
    UNUSUAL_BULK,      /* many clients within an hour */
    UNUSUAL_MISS,      /* emergency access asked for to somebody who was not found */
    UNUSUAL_N_
};
extern const struct choice unusual_reasons[UNUSUAL_N_];
enum { UNUSUAL_DAYS = 30, UNUSUAL_BULK_CLIENTS = 30, UNUSUAL_MAX = 200 };
struct unusual {
    enum unusual_reason reason;
    struct id person, client; /* client unset: several */
    int64_t first_ms, last_ms;
    int n; /* times; bulk: clients */
};
/* Out: newest first, at most UNUSUAL_MAX. */
enum rc unusual_list(struct cx *cx, struct unusual **ret, int *ret_n) MUST_USE;
