/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes_world.h - two clinicians with a client each, for the tests of notes. */
#pragma once
#include "domains/notes/notes_view.h"
#include "notes_sql.h"
#include "support.h"

static struct world w;
static struct id marta, jon; /* clients of CLINICIAN_A and CLINICIAN_B */
static UNUSED const int64_t HOUR_MS = 3600000;

static int n_begun, n_signed, n_discarded; /* events heard */

static enum rc listen(struct cx *cx, enum event e, struct id subject)
{
    (void)cx;
    n_begun += e == EV_NOTE_BEGUN && id_is_set(subject);
    n_signed += e == EV_NOTE_SIGNED && id_is_set(subject);
    n_discarded += e == EV_NOTE_DISCARDED && id_is_set(subject);
    return RC_OK;
}
static const struct domain listener = {.name = "listener", .on_event = listen};

static int open_world(void **state)
{
    (void)state;
    world_open(&w, &domain_notes, &listener, NULL);
    marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    jon = world_client(&w, CLINICIAN_B, "Jon", "Sanz");
    n_begun = n_signed = n_discarded = 0;
    return 0;
}

/* A draft of CLINICIAN_A about Marta, with these words in its first section. */
static UNUSED struct note drafted(const char *template_key, const char *words)
{
    struct note n;
    world_as(&w, CLINICIAN_A);
    OK(note_begin_for(&w.cx, marta, template_key, &n));
    n.section[0].text = words;
    OK(note_save_draft(&w.cx, &n));
    return n;
}

static UNUSED struct note signed_note(const char *template_key, const char *words)
{
    struct note n = drafted(template_key, words);
    OK(note_sign(&w.cx, n.id, n.version));
    OK(note_load(&w.cx, n.id, &n));
    return n;
}

static UNUSED struct form typed(const char *key, const char *value)
{
    struct form f = {0};
    form_add(&w.arena, &f, key, value);
    return f;
}
