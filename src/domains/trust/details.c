/* SPDX-License-Identifier: AGPL-3.0-or-later
 * details.c - what the row of a change says beside its record in the log, in the reader's words. */
#include "domains/clients/clients.h"
#include "domains/people/people.h"
#include "domains/practice/practice.h"
#include "domains/trust/trust.h"

#include <string.h>

enum { DETAIL_MAX_BYTES = 8 << 10 };

static const struct record_type *const types[] = {&client_type, &person_type, &practice_type};

/* Fields and words of what is not known here by its table. */
static const struct choice words[] = {
    {"clinician", N_("Clinician")},
    {"room", N_("Room")},
    {"service", N_("Service")},
    {"modality", N_("Modality")},
    {"state", N_("State")},
    {"start", N_("Start")},
    {"end", N_("End")},
    {"remark", N_("Remark")},
    {"cancel_reason", N_("Reason")},
    {"title", N_("What")},
    {"kind", N_("Kind")},
    {"due", N_("Due")},
    {"why", N_("A word why")},
    {"co_therapist", N_("Co-therapist")},
    {"substitute", N_("Substitute")},
    {"supervisor", N_("Supervisor")},
    {"risk", N_("Danger to the client or to others")},
    {"absence", N_("The clinician cannot be reached")},
    {"legal", N_("The law or a court asks for it")},
    {"other", N_("Another reason")},
    {"justified", N_("Justified")},
    {"not_justified", N_("Not justified")},
    {"photo", N_("Photo")},
    {"openings", N_("Opening hours")},
    {"passkey", N_("Passkey")},
    {"totp", N_("Code from an app")},
    {"all", N_("All")},
};

static const char *of_type(struct cx *cx, const char *what, const char *key)
{
    for (size_t i = 0; i < N_ELEMS(types); i++)
        for (int k = 0; strcmp(types[i]->table, what) == 0 && k < types[i]->n_fields; k++)
            if (strcmp(types[i]->fields[k].key, key) == 0)
                return trc(cx, types[i]->fields[k].label);
    return NULL;
}

static const char *label_of(struct cx *cx, const char *what, const char *key)
{
    const char *label = of_type(cx, what, key);
    for (size_t i = 0; i < N_ELEMS(words) && label == NULL; i++)
        if (strcmp(words[i].key, key) == 0)
            label = trc(cx, words[i].label);
    for (int i = 0; i < STEP_N_ && label == NULL; i++)
        if (strcmp(incident_step_choices[i].key, key) == 0)
            label = trc(cx, incident_step_choices[i].label);
    return label != NULL ? label : key;
}

static const char *labels_of(struct cx *cx, const char *what, const char *keys)
{
    struct buf b;
    buf_init(&b, cx->arena, DETAIL_MAX_BYTES);
    for (const char *s = keys; *s != '\0'; s += *s == ',') {
        size_t n = strcspn(s, ",");
        buf_printf(&b, "%s%s", b.len > 0 ? ", " : "",
                   label_of(cx, what, arena_strndup(cx->arena, s, n)));
        s += n;
    }
    return b.s;
}

enum rc log_detail(struct cx *cx, const struct log_entry *e, const char **ret)
{
    struct logged_change c;
    unsigned char commitment[32];
    enum rc rc = change_load(cx->db, cx->arena, e->change, &c);
    if (rc == RC_OK)
        rc = change_open(cx, &c);
    if (rc == RC_OK && c.salt.p == NULL) { /* erased */
        *ret = NULL;
        return RC_OK;
    }
    if (rc == RC_OK) {
        change_commitment(cx->arena, &c, commitment);
        if (memcmp(commitment, e->commitment, sizeof(commitment)) != 0)
            rc = RC_BROKEN;
    }
    if (rc != RC_OK && rc != RC_NOT_FOUND && rc != RC_BROKEN)
        return rc;
    *ret = rc != RC_OK ? trc(cx, N_("what it says was altered"))
                       : labels_of(cx, e->what, or_empty(c.fields));
    return RC_OK;
}
