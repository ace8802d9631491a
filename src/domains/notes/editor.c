/* SPDX-License-Identifier: AGPL-3.0-or-later
 * editor.c - what the editor of a note shows, and what it sends. */
#include "notes_private.h"

#include <string.h>

static enum rc choices_load(struct cx *cx, struct note_editor *e)
{
    struct note_template *all;
    TRY(note_template_list(cx, &all, &e->n_choices));
    e->choices = arena_array(cx->arena, struct note_editor_choice, e->n_choices);
    for (int i = 0; i < e->n_choices; i++)
        e->choices[i] =
            (struct note_editor_choice){.key = all[i].key,
                                        .name = all[i].name,
                                        .is_chosen = strcmp(all[i].key, e->template_key) == 0};
    return RC_OK;
}

static const char *saved_at(struct cx *cx, const struct note *n)
{
    if (n->version == 0 || n->changed_ms == 0)
        return NULL;
    struct local at = zone_local(cx->zone, n->changed_ms);
    if (at.days == cx_today(cx))
        return trf(cx, N_("Saved %s"), locale_time(cx->arena, cx->locale, at.minute));
    return trf(cx, N_("Saved %s"), locale_date(cx->arena, cx->locale, at.days, DATE_TINY));
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
    TRY(choices_load(cx, &e));
    e.sections = arena_array(cx->arena, struct note_editor_section, e.n_sections);
    for (int i = 0; i < e.n_sections; i++) {
        const struct note_section *s = &n->section[i];
        const char *field = arena_printf(cx->arena, "note.%s", s->key);
        e.sections[i] = (struct note_editor_section){.key = s->key,
                                                     .title = s->title,
                                                     .prompt = s->prompt,
                                                     .text = s->text,
                                                     .problem = cx_err(cx, field),
                                                     .rows = n->n_sections == 1 ? 14 : 4};
    }
    *ret = e;
    return RC_OK;
}

bool note_wants_template(const struct form *f)
{
    return form_has(f, "note.change");
}

bool note_has_field(const char *key)
{
    return strncmp(key, "note.", 5) == 0 || strcmp(key, "note_id") == 0 ||
           strcmp(key, "version") == 0;
}

struct id note_id_of(const struct form *f)
{
    struct id id = {{0}};
    const char *s = form_get(f, "note_id");
    if (s != NULL && !id_parse(s, &id))
        id = (struct id){{0}};
    return id;
}
