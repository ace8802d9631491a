/* SPDX-License-Identifier: AGPL-3.0-or-later
 * editor.c - what the editor of a note shows, and what it sends. */
#include "notes_private.h"

#include <string.h>

/* The note's template as it is now; without sections when it is not the actor's, or gone. */
static struct note_template template_of(struct cx *cx, const struct note *n)
{
    struct note_template t;
    int n_errs = cx->n_errs;
    if (note_template_load(cx, n->template_key, &t) != RC_OK)
        t = (struct note_template){.key = n->template_key, .name = ""};
    cx->n_errs = n_errs;
    return t;
}

/* The templates on offer, and the note's own when it was put away. */
static enum rc choices_load(struct cx *cx, const struct note_template *own, struct note_editor *e)
{
    struct note_template *all;
    bool is_there = false;
    int n;
    TRY(note_template_list(cx, &all, &n));
    e->choices = arena_array(cx->arena, struct note_editor_choice, n + 1);
    for (int i = 0; i < n; i++) {
        bool is_chosen = strcmp(all[i].key, own->key) == 0;
        is_there |= is_chosen;
        e->choices[i] = (struct note_editor_choice){all[i].key, all[i].name, is_chosen};
    }
    if (!is_there)
        e->choices[n++] = (struct note_editor_choice){own->key, own->name, true};
    e->n_choices = n;
    return RC_OK;
}

/* Prompts are not kept with the note. */
static const char *prompt_of(const struct note_template *t, const struct note_section *s)
{
    for (int i = 0; i < t->n_sections; i++)
        if (strcmp(t->section[i].key, s->key) == 0)
            return t->section[i].prompt;
    return s->prompt;
}

static const char *saved_at(struct cx *cx, const struct note *n)
{
    if (n->version == 0 || n->changed_ms == 0)
        return NULL;
    bool is_today = zone_local(cx->zone, n->changed_ms).days == cx_today(cx);
    return trf(cx, N_("Saved %s"),
               is_today ? cx_time(cx, n->changed_ms) : cx_date(cx, n->changed_ms, DATE_TINY));
}

/* -1: all are written; or the form was refused, and what it says comes first. */
static int first_empty(const struct cx *cx, const struct note *n)
{
    for (int i = 0; cx->n_errs == 0 && i < n->n_sections; i++)
        if (!is_filled(n->section[i].text))
            return i;
    return -1;
}

enum rc note_editor_load(struct cx *cx, const struct note *n, struct note_editor *ret)
{
    struct note_editor e = {.note_id = id_is_set(n->id) ? n->id : id_new(),
                            .version = n->version,
                            .template_key = n->template_key,
                            .saved = saved_at(cx, n),
                            .problem = cx_err(cx, "note"),
                            .max_chars = NOTE_MAX_SECTION_CHARS,
                            .n_sections = n->n_sections};
    struct note_template t = template_of(cx, n);
    TRY(choices_load(cx, &t, &e));
    e.sections = arena_array(cx->arena, struct note_editor_section, e.n_sections);
    int first = first_empty(cx, n);
    for (int i = 0; i < e.n_sections; i++) {
        const struct note_section *s = &n->section[i];
        const char *field = arena_printf(cx->arena, "note.%s", s->key);
        e.sections[i] = (struct note_editor_section){.key = s->key,
                                                     .title = s->title,
                                                     .prompt = prompt_of(&t, s),
                                                     .text = s->text,
                                                     .problem = cx_err(cx, field),
                                                     .rows = n->n_sections == 1 ? 14 : 4,
                                                     .is_first = i == first};
    }
    *ret = e;
    return RC_OK;
}

bool note_wants_template(const struct form *f)
{
    return form_has(f, "note.change");
}

struct id note_id_of(const struct form *f)
{
    struct id id = {{0}};
    const char *s = form_get(f, "note_id");
    if (s != NULL && !id_parse(s, &id))
        id = (struct id){{0}};
    return id;
}
