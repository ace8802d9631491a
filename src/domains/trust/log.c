/* SPDX-License-Identifier: AGPL-3.0-or-later
 * log.c - the audit log as people ask for it: read from its end, as far back as is asked. */
#include "domains/trust/trust.h"

#include <string.h>

enum { LOOK_BACK_MAX = 2000000 };

/* --- words ------------------------------------------------------------------------ */

const struct choice log_actions[LOG_ACTIONS_N] = {
    {"show", N_("opened")},
    {"create", N_("made")},
    {"change", N_("changed")},
    {"sign", N_("signed")},
    {"issue", N_("issued")},
    {"waive", N_("waived")},
    {"discard", N_("discarded")},
    {"erase", N_("erased")},
    {"sign_in", N_("signed in")},
    {"password", N_("new password")},
    {"token", N_("access for a program")},
    {"acknowledge", N_("incident closed")},
};
/* ... and those that are not asked for */
static const struct choice other_actions[] = {
    {"password_shown", N_("password given")},
    {"step_up", N_("second factor given again")},
    {"sign_out", N_("signed out")},
    {"sign_out_everywhere", N_("signed out everywhere")},
    {"token_end", N_("access for a program ended")},
    {"factor_add", N_("second factor set up")},
    {"factor_drop", N_("second factor taken away")},
    {"recovery_codes", N_("new recovery codes")},
    {"recovery_code_used", N_("recovery code used")},
    {"invite", N_("link of invitation made")},
    {"password_link", N_("link for a new password made")},
    {"link_used", N_("link of one use used")},
    {"grant", N_("access to clinical records given")},
    {"revoke", N_("access to clinical records taken away")},
    {"recover", N_("back in with the recovery kit")},
    {"leave", N_("left the practice")},
    {"confirm", N_("words typed back")},
    {"drill", N_("words typed once more")},
    {"add", N_("added to the care team")},
    {"remove", N_("removed from the care team")},
    {"hand_over", N_("handed over")},
    {"lift", N_("taken down")},
    {"block", N_("access blocked")},
    {"unblock", N_("access unblocked")},
    {"open", N_("opened")},
    {"miss", N_("nobody found")},
    {"review", N_("review written")},
    {"take", N_("brought in")},
    {"ran", N_("done")},
    {"epoch", N_("new key")},
    {"clinical_key", N_("clinical key changed")},
    {"pair", N_("new clinical key made")},
    {"kit", N_("recovery kit made or shown")},
    {"bulk", N_("everything opened for an export")},
    {"operational_key", N_("another operational key made")},
    {"former_key", N_("former key destroyed")},
    {"reseal", N_("put under the new key")},
    {"export", N_("exported")},
    {"release", N_("released to who leaves")},
};
static const struct choice things[] = {
    {"client", N_("client’s file")},
    {"clients", N_("list of clients")},
    {"client_money", N_("client’s money")},
    {"client_tasks", N_("client’s tasks")},
    {"client_photo", N_("client’s photo")},
    {"note", N_("note")},
    {"notes", N_("notes")},
    {"note_template", N_("note template")},
    {"prepare", N_("preparation of a session")},
    {"close", N_("closing of a session")},
    {"appointment", N_("appointment")},
    {"appointments", N_("appointments")},
    {"today", N_("the day")},
    {"task", N_("task")},
    {"tasks", N_("tasks")},
    {"money", N_("money of the practice")},
    {"invoice", N_("invoice")},
    {"charge", N_("charge")},
    {"payment", N_("payment")},
    {"staff", N_("staff")},
    {"person", N_("account")},
    {"import", N_("import")},
    {"import_file", N_("import")},
    {"practice", N_("settings of the practice")},
    {"room", N_("room")},
    {"service", N_("service")},
    {"self_note", N_("note to oneself")},
    {"incidents", N_("incidents")},
    {"incident", N_("incident")},
    {"incident_step", N_("step of an incident")},
    {"audit", N_("audit log")},
    {"client_audit", N_("who opened this record")},
    {"client_team", N_("care team")},
    {"client_wall", N_("wall around a client")},
    {"process_note", N_("process notes")},
    {"process notes", N_("process notes")}, /* as the page says it discloses */
    {"emergency", N_("emergency access")},
    {"emergencies", N_("emergency accesses")},
    {"caseload", N_("clients of a colleague")},
    {"recovery_kit", N_("recovery kit")},
    {"job", N_("work of the program")},
};
static const struct choice purposes[] = {
    {"treatment", N_("treatment")},       {"billing", N_("billing")},
    {"appointments", N_("appointments")}, {"administration", N_("administration")},
    {"oversight", N_("oversight")},       {"emergency", N_("emergency")},
};

static const char *word(struct cx *cx, const struct choice *c, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(c[i].key, key) == 0)
            return trc(cx, c[i].label);
    return key;
}

const char *log_action_text(struct cx *cx, const char *key)
{
    const char *found = word(cx, log_actions, N_ELEMS(log_actions), key);
    return found != key ? found : word(cx, other_actions, N_ELEMS(other_actions), key);
}

const char *log_thing_text(struct cx *cx, const char *key)
{
    if (key[0] == '/') /* a page that shows nobody's record goes by its address */
        return trf(cx, N_("page %s"), key);
    return word(cx, things, N_ELEMS(things), key);
}

const char *log_purpose_text(struct cx *cx, const char *key)
{
    return word(cx, purposes, N_ELEMS(purposes), key);
}

bool log_is_private(const struct log_entry *e)
{
    static const char *const own[] = {"process_note", "process notes", "self_note"};
    bool is_refused = e->outcome == 403 || e->outcome == 404;
    for (size_t i = 0; i < N_ELEMS(own) && !is_refused; i++)
        if (strcmp(own[i], e->what) == 0)
            return true;
    return false;
}

bool log_is_page_view(const struct log_entry *e)
{
    return !e->is_change && e->what[0] == '/' && e->outcome < 400 && !id_is_set(e->client);
}

/* --- reading ------------------------------------------------------------------------ */

struct reading {
    struct cx *cx;
    const struct log_query *q;
    log_entry_fn *fn;
    void *arg;
    int64_t n_seen;
    bool was_cut; /* further back than is looked */
};

static bool is_of(const char field[static 24], struct id id)
{
    return !id_is_set(id) || strncmp(field, id.s, 24) == 0;
}

static bool is_asked(const struct reading *x, const struct audit_record *r, int64_t at_ms)
{
    const struct log_query *q = x->q;
    bool is_told = r->kind == AUDIT_DISCLOSURE || r->kind == AUDIT_CHANGE;
    return is_told && audit_i64(&r->practice) == x->cx->practice && is_of(r->actor, q->person) &&
           is_of(r->client, q->client) &&
           (!is_filled(q->action) || strncmp(r->action, q->action, sizeof(r->action)) == 0) &&
           (q->to_ms == 0 || at_ms < q->to_ms);
}

static struct id id_of(const char field[static 24])
{
    struct id id = {{0}};
    memcpy(id.s, field, ID_LEN);
    return id;
}

static bool see(void *arg, const struct audit_record *r)
{
    struct reading *x = arg;
    int64_t at_ms = audit_i64(&r->at_ms);
    if (at_ms < x->q->from_ms)
        return false;
    if (++x->n_seen > LOOK_BACK_MAX) {
        x->was_cut = true;
        return false;
    }
    if (!is_asked(x, r, at_ms))
        return true;
    struct log_entry e = {.seq = audit_i64(&r->seq),
                          .at_ms = at_ms,
                          .person = id_of(r->actor),
                          .client = id_of(r->client),
                          .roles = (unsigned)audit_i32((const int32_t *)&r->roles),
                          .outcome = audit_i32(&r->outcome),
                          .n_rows = audit_i32(&r->n_rows),
                          .is_change = r->kind == AUDIT_CHANGE,
                          .change = audit_i32(&r->n_rows)};
    memcpy(e.commitment, r->commitment, sizeof(e.commitment));
    memcpy(e.action, r->action, sizeof(r->action));
    memcpy(e.what, r->what, sizeof(r->what));
    memcpy(e.purpose, r->purpose, sizeof(r->purpose));
    return x->fn(x->arg, &e);
}

enum rc log_read(struct cx *cx, const struct log_query *q, log_entry_fn *fn, void *arg,
                 bool *ret_was_cut)
{
    struct audit_log l;
    struct reading x = {.cx = cx, .q = q, .fn = fn, .arg = arg};
    enum rc rc = audit_log_open(cx->app->settings.data_dir, &l);
    if (rc == RC_NOT_FOUND)
        return RC_OK;
    TRY(rc);
    if (q->before != 1)
        rc = audit_log_back(&l, q->before > 1 ? q->before - 1 : 0, see, &x);
    audit_log_close(&l);
    *ret_was_cut = x.was_cut;
    return rc;
}
