/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record_draw.c - a field as label, input, help and error. Layout belongs to templates. */
#include "record/record_private.h"

#include <stdlib.h>
#include <string.h>

/* One field being drawn; `name` is prefix and key, `err` its sentence or NULL. */
struct drawing {
    struct html h;
    const struct record_form *form;
    const struct field *f;
    const char *name, *err;
};

#define MARKUP(h_, literal_) html_markup_((h_), literal_, sizeof(literal_) - 1)

static void put_attr(struct html h, const char *name, const char *value)
{
    MARKUP(h, " ");
    html_attr(h, name);
    MARKUP(h, "=\"");
    html_attr(h, value);
    MARKUP(h, "\"");
}

static void put_id(struct html h, const char *attr, const char *before, const char *name)
{
    MARKUP(h, " ");
    html_attr(h, attr);
    MARKUP(h, "=\"");
    html_attr(h, before);
    html_attr(h, name);
    MARKUP(h, "\"");
}

/* --- values ----------------------------------------------------------------------- */

/* What the user sent for this field, the last of several; NULL: nothing. */
static const char *typed(const struct drawing *d)
{
    const struct form *sent = d->form->typed;
    for (int i = sent != NULL ? sent->n - 1 : -1; i >= 0; i--)
        if (strcmp(sent->pair[i].key, d->name) == 0)
            return sent->pair[i].value;
    return NULL;
}

static bool typed_holds(const struct drawing *d, const char *value)
{
    const struct form *sent = d->form->typed;
    for (int i = 0; i < sent->n; i++)
        if (strcmp(sent->pair[i].key, d->name) == 0 && strcmp(sent->pair[i].value, value) == 0)
            return true;
    return false;
}

/* The value as the input wants it: type=date and its kin take ISO in every locale. */
static const char *input_value(const struct drawing *d)
{
    struct cx *cx = d->form->cx;
    const char *sent = typed(d);
    if (sent != NULL)
        return sent;
    if (!field_is_set(d->f, d->form->rec))
        return "";
    if (d->f->kind == FIELD_CENTS)
        return locale_amount(cx->arena, cx->locale, field_int(d->f, d->form->rec));
    if (d->f->kind == FIELD_INSTANT)
        return local_format(cx->arena, zone_local(cx->zone, field_int(d->f, d->form->rec)));
    return field_plain(cx->arena, d->f, d->form->rec);
}

static bool is_chosen(const struct drawing *d, int i)
{
    const char *key = d->f->choices[i].key;
    if (typed(d) != NULL)
        return typed_holds(d, key);
    int64_t v = field_int(d->f, d->form->rec);
    return d->f->kind == FIELD_SET ? (v >> i & 1) != 0 : v == i;
}

/* --- parts of a field ---------------------------------------------------------------- */

static void draw_described_by(const struct drawing *d)
{
    if (d->err != NULL)
        put_attr(d->h, "aria-invalid", "true");
    if (d->err == NULL && d->f->help == NULL)
        return;
    MARKUP(d->h, " aria-describedby=\"");
    if (d->f->help != NULL) {
        MARKUP(d->h, "h-");
        html_attr(d->h, d->name);
    }
    if (d->err != NULL) {
        if (d->f->help != NULL)
            MARKUP(d->h, " ");
        MARKUP(d->h, "e-");
        html_attr(d->h, d->name);
    }
    MARKUP(d->h, "\"");
}

static void draw_identity(const struct drawing *d)
{
    put_id(d->h, "id", "f-", d->name);
    put_attr(d->h, "name", d->name);
}

static void draw_required(const struct drawing *d)
{
    if (d->f->flags & REQUIRED)
        MARKUP(d->h, " required");
}

static void draw_label(const struct drawing *d)
{
    MARKUP(d->h, "<label");
    put_id(d->h, "for", "f-", d->name);
    MARKUP(d->h, ">");
    html_text(d->h, trc(d->form->cx, d->f->label));
    MARKUP(d->h, "</label>");
}

static void draw_help_and_error(const struct drawing *d)
{
    if (d->f->help != NULL) {
        MARKUP(d->h, "<p class=\"help\"");
        put_id(d->h, "id", "h-", d->name);
        MARKUP(d->h, ">");
        html_text(d->h, trc(d->form->cx, d->f->help));
        MARKUP(d->h, "</p>");
    }
    if (d->err != NULL) {
        MARKUP(d->h, "<p class=\"error\"");
        put_id(d->h, "id", "e-", d->name);
        MARKUP(d->h, ">");
        html_text(d->h, d->err);
        MARKUP(d->h, "</p>");
    }
}

/* Sent even when nothing is ticked, so that "none" differs from "not on this page". */
static void draw_marker(const struct drawing *d, const char *value)
{
    MARKUP(d->h, "<input type=\"hidden\"");
    put_attr(d->h, "name", d->name);
    put_attr(d->h, "value", value);
    MARKUP(d->h, ">");
}

/* --- inputs ----------------------------------------------------------------------------- */

static void draw_type(const struct drawing *d)
{
    static const char *const type[] = {[FIELD_DATE] = "date",
                                       [FIELD_MINUTES] = "time",
                                       [FIELD_INSTANT] = "datetime-local",
                                       [FIELD_ID] = NULL};
    if (d->f->flags & EMAIL)
        put_attr(d->h, "type", "email");
    else if (d->f->flags & PHONE)
        put_attr(d->h, "type", "tel");
    else if (type[d->f->kind] != NULL)
        put_attr(d->h, "type", type[d->f->kind]);
    else if (d->f->kind == FIELD_INT)
        put_attr(d->h, "inputmode", field_min(d->f) < 0 ? "text" : "numeric");
    else if (d->f->kind == FIELD_CENTS)
        put_attr(d->h, "inputmode", field_min(d->f) < 0 ? "text" : "decimal");
}

static void draw_limits(const struct drawing *d)
{
    struct arena *a = d->form->cx->arena;
    if (field_is_text(d->f)) {
        MARKUP(d->h, " maxlength=\"");
        html_int(d->h, field_max(d->f));
        MARKUP(d->h, "\"");
    } else if (d->f->kind == FIELD_DATE || d->f->kind == FIELD_MINUTES) {
        if (d->f->min != 0)
            put_attr(d->h, "min", field_plain_int(a, d->f, d->f->min));
        if (d->f->max != 0)
            put_attr(d->h, "max", field_plain_int(a, d->f, d->f->max));
    }
}

static void draw_line(const struct drawing *d)
{
    draw_label(d);
    MARKUP(d->h, "<input");
    draw_identity(d);
    draw_type(d);
    put_attr(d->h, "value", input_value(d));
    draw_limits(d);
    draw_required(d);
    draw_described_by(d);
    put_attr(d->h, "autocomplete", "off");
    MARKUP(d->h, ">");
}

static void draw_note(const struct drawing *d)
{
    draw_label(d);
    MARKUP(d->h, "<textarea");
    draw_identity(d);
    put_attr(d->h, "rows", d->f->flags & LARGE ? "14" : "4");
    draw_limits(d);
    draw_required(d);
    draw_described_by(d);
    put_attr(d->h, "autocomplete", "off");
    MARKUP(d->h, ">\n"); /* HTML drops the first line break: let it be this one */
    html_text(d->h, input_value(d));
    MARKUP(d->h, "</textarea>");
}

static void draw_option(const struct drawing *d, const char *value, bool chosen, const char *label)
{
    MARKUP(d->h, "<option");
    put_attr(d->h, "value", value);
    if (chosen)
        MARKUP(d->h, " selected");
    MARKUP(d->h, ">");
    html_text(d->h, trc(d->form->cx, label));
    MARKUP(d->h, "</option>");
}

static void draw_select(const struct drawing *d)
{
    draw_label(d);
    MARKUP(d->h, "<select");
    draw_identity(d);
    draw_required(d);
    draw_described_by(d);
    MARKUP(d->h, ">");
    if (!field_is_set(d->f, d->form->rec))
        draw_option(d, "", false, N_("Choose one"));
    for (int i = 0; i < d->f->n_choices; i++)
        draw_option(d, d->f->choices[i].key, is_chosen(d, i), d->f->choices[i].label);
    MARKUP(d->h, "</select>");
}

/* What a choice means stands beneath it, and is read with it. */
static void draw_choice_help(const struct drawing *d, const struct choice *c)
{
    if (c->help == NULL)
        return;
    MARKUP(d->h, "<p class=\"help choice\"");
    put_attr(d->h, "id", arena_printf(d->form->cx->arena, "h-%s-%s", d->name, c->key));
    MARKUP(d->h, ">");
    html_text(d->h, trc(d->form->cx, c->help));
    MARKUP(d->h, "</p>");
}

static void draw_set(const struct drawing *d)
{
    MARKUP(d->h, "<legend>");
    html_text(d->h, trc(d->form->cx, d->f->label));
    MARKUP(d->h, "</legend>");
    draw_marker(d, "");
    for (int i = 0; i < d->f->n_choices; i++) {
        MARKUP(d->h, "<label class=\"check\"><input type=\"checkbox\"");
        put_attr(d->h, "name", d->name);
        const struct choice *c = &d->f->choices[i];
        put_attr(d->h, "value", c->key);
        if (is_chosen(d, i))
            MARKUP(d->h, " checked");
        if (c->help != NULL)
            put_attr(d->h, "aria-describedby",
                     arena_printf(d->form->cx->arena, "h-%s-%s", d->name, c->key));
        MARKUP(d->h, "> ");
        html_text(d->h, trc(d->form->cx, c->label));
        MARKUP(d->h, "</label>");
        draw_choice_help(d, c);
    }
}

static void draw_bool(const struct drawing *d)
{
    const char *sent = typed(d);
    bool on = sent != NULL ? strcmp(sent, "1") == 0 : field_int(d->f, d->form->rec) != 0;
    draw_marker(d, "0");
    MARKUP(d->h, "<label class=\"check\"><input type=\"checkbox\"");
    draw_identity(d);
    MARKUP(d->h, " value=\"1\"");
    if (on)
        MARKUP(d->h, " checked");
    draw_required(d);
    draw_described_by(d);
    MARKUP(d->h, "> ");
    html_text(d->h, trc(d->form->cx, d->f->label));
    MARKUP(d->h, "</label>");
}

static void draw_readonly(const struct drawing *d)
{
    MARKUP(d->h, "<span class=\"label\">");
    html_text(d->h, trc(d->form->cx, d->f->label));
    MARKUP(d->h, "</span><p class=\"value\"");
    put_id(d->h, "id", "f-", d->name);
    MARKUP(d->h, ">");
    html_text(d->h, record_show(d->form->cx, d->form->t, d->form->rec, d->f->key));
    MARKUP(d->h, "</p>");
}

static void draw_inside(const struct drawing *d)
{
    if (d->f->flags & READONLY)
        draw_readonly(d);
    else if (d->f->kind == FIELD_NOTE)
        draw_note(d);
    else if (d->f->kind == FIELD_CHOICE)
        draw_select(d);
    else if (d->f->kind == FIELD_SET)
        draw_set(d);
    else if (d->f->kind == FIELD_BOOL)
        draw_bool(d);
    else if (d->f->kind == FIELD_ID) /* which rows may be named is the page's business */
        draw_marker(d, input_value(d));
    else
        draw_line(d);
}

static void draw_field(struct html h, const struct record_form *form, const struct field *f)
{
    static const char *const kind[] = {
        [FIELD_TEXT] = "text",     [FIELD_NOTE] = "note",       [FIELD_DATE] = "date",
        [FIELD_MINUTES] = "time",  [FIELD_INT] = "int",         [FIELD_CENTS] = "cents",
        [FIELD_CHOICE] = "choice", [FIELD_SET] = "set",         [FIELD_BOOL] = "bool",
        [FIELD_ID] = "id",         [FIELD_INSTANT] = "instant",
    };
    const char *prefix = or_empty(form->prefix);
    const char *name = arena_printf(form->cx->arena, "%s%s", prefix, f->key);
    struct drawing d = {h, form, f, name, cx_err(form->cx, name)};
    bool is_group = f->kind == FIELD_SET && !(f->flags & READONLY);

    if (is_group) {
        MARKUP(h, "<fieldset class=\"field\"");
        put_id(h, "id", "f-", name);
        draw_described_by(&d);
    } else {
        MARKUP(h, "<div class=\"field\"");
    }
    put_attr(h, "data-kind", kind[f->kind]);
    MARKUP(h, ">");
    draw_inside(&d);
    draw_help_and_error(&d);
    if (is_group)
        MARKUP(h, "</fieldset>\n");
    else
        MARKUP(h, "</div>\n");
}

void record_input(struct html h, const struct record_form *form, const char *key)
{
    const struct field *f = field_find(form->t, key);
    if (f == NULL)
        abort();
    draw_field(h, form, f);
}

void record_inputs(struct html h, const struct record_form *form)
{
    for (int i = 0; i < form->t->n_fields; i++)
        if (!(form->t->fields[i].flags & READONLY) && form->t->fields[i].kind != FIELD_ID)
            draw_field(h, form, &form->t->fields[i]);
}

/* The label of the field that an error names, behind its prefix; NULL when it is none of ours. */
static const char *label_of(const struct record_form *form, const char *name)
{
    size_t n = form->prefix != NULL ? strlen(form->prefix) : 0;
    for (int i = 0; name != NULL && i < form->n_drawn; i++)
        if (strcmp(form->drawn[i].key, name) == 0)
            return trc(form->cx, form->drawn[i].label);
    if (name == NULL || (n > 0 && strncmp(form->prefix, name, n) != 0))
        return NULL;
    const struct field *f = field_find(form->t, name + n);
    return f != NULL ? trc(form->cx, f->label) : NULL;
}

void record_errors(struct html h, const struct record_form *form)
{
    const struct cx *cx = form->cx;
    if (cx->n_errs == 0)
        return;
    MARKUP(h, "<div class=\"errors\" id=\"errors\" role=\"alert\" tabindex=\"-1\"><h2>");
    html_text(h, trc(cx, N_("This was not stored. Please look at:")));
    MARKUP(h, "</h2><ul>");
    for (int i = 0; i < cx->n_errs; i++) {
        const char *field = cx->errs[i].field, *label = label_of(form, field);
        bool is_row = field != NULL && strchr(field, '.') != NULL; /* of a record inside this one */
        MARKUP(h, "<li>");
        if (label != NULL || is_row) {
            MARKUP(h, "<a href=\"#f-");
            html_attr(h, field);
            MARKUP(h, "\">");
        }
        if (label != NULL) {
            html_text(h, label);
            MARKUP(h, ": ");
        }
        html_text(h, cx->errs[i].user);
        if (label != NULL || is_row)
            MARKUP(h, "</a>");
        MARKUP(h, "</li>");
    }
    MARKUP(h, "</ul></div>\n");
}
