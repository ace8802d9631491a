/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tokens_web.c - tokens for the programs of a person: at most what the person may, for a time. */
#include "people_pages.h"
#include "people_private.h"

#include <stdlib.h>
#include <string.h>

/* What a token can be for. Accounts, settings and the own account are for people alone. */
static const struct {
    enum perm perm;
    const char *label;
} scopes[] = {
    {PERM_PRACTICE_READ, N_("Read rooms, services and names of staff")},
    {PERM_AGENDA_READ, N_("Read the agenda")},
    {PERM_AGENDA_WRITE, N_("Change the agenda")},
    {PERM_CLIENT_READ, N_("Read clients and their contact")},
    {PERM_CLIENT_WRITE, N_("Change clients and their contact")},
    {PERM_CLINICAL_READ, N_("Read what was said: notes, plans, homework")},
    {PERM_CLINICAL_WRITE, N_("Write notes, plans, homework")},
    {PERM_TASK_READ, N_("Read tasks")},
    {PERM_TASK_WRITE, N_("Change tasks")},
    {PERM_MONEY_READ, N_("Read invoices and payments")},
    {PERM_MONEY_WRITE, N_("Write invoices and payments")},
};

static const char *scope_label(enum perm p)
{
    for (size_t i = 0; i < N_ELEMS(scopes); i++)
        if (scopes[i].perm == p)
            return scopes[i].label;
    return perm_name(p);
}

static const struct member token_members[] = {
    SHAPE_ID(struct token_line, id),        SHAPE_STR(struct token_line, name),
    SHAPE_STR(struct token_line, scopes),   SHAPE_INSTANT(struct token_line, created),
    SHAPE_INSTANT(struct token_line, used), SHAPE_INSTANT(struct token_line, expires)};
static const struct shape token_shape = SHAPE("Token", token_members);
static const struct member tokens_members[] = {
    SHAPE_STR(struct tokens_view, minted), SHAPE_LIST(struct tokens_view, tokens, &token_shape)};
const struct shape tokens_shape = SHAPE("Tokens", tokens_members);

/* "Read the agenda, read tasks"; all that its owner may when it names none. */
static const char *scope_words(struct cx *cx, const char *names)
{
    struct buf b;
    buf_init(&b, cx->arena, 2000);
    if (names == NULL)
        return trc(cx, N_("Everything that you may"));
    for (const char *s = names; *s != '\0';) {
        size_t n = strcspn(s, ",");
        for (int p = 0; p < PERM_N_; p++)
            if (strlen(perm_name((enum perm)p)) == n && memcmp(perm_name((enum perm)p), s, n) == 0)
                buf_printf(&b, "%s%s", b.len > 0 ? "; " : "", trc(cx, scope_label((enum perm)p)));
        s += n + (s[n] == ',');
    }
    return b.s;
}

static enum rc list_tokens(struct req *rq, struct tokens_view *v)
{
    struct cx *cx = rq->cx;
    struct session_row *row;
    int n;
    TRY(session_list(cx, cx->actor.user, rq->token, &row, &n));
    v->tokens = arena_array(cx->arena, struct token_line, n + 1);
    for (int i = 0; i < n; i++)
        if (row[i].is_bearer)
            v->tokens[v->n_tokens++] = (struct token_line){
                .id = row[i].place,
                .name = row[i].device,
                .scopes = scope_words(cx, row[i].scopes),
                .created_ms = row[i].created_ms,
                .used_ms = row[i].used_ms,
                .expires_ms = row[i].expires_ms,
                .expires = cx_date(cx, row[i].expires_ms, DATE_MEDIUM),
                .used = cx_moment(cx, row[i].used_ms, DATE_MEDIUM),
                .end_path = path_of(rq, "/account/sessions/%s/end", row[i].place.s)};
    return RC_OK;
}

static enum rc tokens_again(struct req *rq, enum rc rc, const char *minted)
{
    struct cx *cx = rq->cx;
    const char *name = form_get(&rq->form, "name"), *days = form_get(&rq->form, "days");
    bool is_again = rc != RC_OK;
    struct tokens_view v = {.minted = minted,
                            .name = is_again ? or_empty(name) : "",
                            .days = is_again && days != NULL ? days : "90",
                            .name_problem = cx_err(cx, "name"),
                            .days_problem = cx_err(cx, "days"),
                            .scope_problem = cx_err(cx, "scope")};
    TRY(list_tokens(rq, &v));
    v.scopes = arena_array(cx->arena, struct scope_line, N_ELEMS(scopes));
    for (size_t i = 0; i < N_ELEMS(scopes); i++) {
        const char *key = perm_name(scopes[i].perm);
        if (cx_may(cx, scopes[i].perm))
            v.scopes[v.n_scopes++] = (struct scope_line){
                .key = key,
                .label = trc(cx, scopes[i].label),
                .is_on = is_again && form_get(&rq->form, path_of(rq, "scope.%s", key)) != NULL};
    }
    page_init(rq, &v.page, N_("Tokens for programs"), NAV_NONE);
    return reply_page(rq, rc, &tokens_shape, &v, PAGE(people_tokens_html));
}

enum rc tokens_show(struct req *rq)
{
    return tokens_again(rq, RC_OK, NULL);
}

/* Those ticked that the actor has; what is no scope is refused. */
static enum rc read_scopes(struct req *rq, const char **ret)
{
    struct buf b;
    buf_init(&b, rq->cx->arena, 1000);
    for (int i = 0; i < rq->form.n; i++) {
        const struct form_pair *p = &rq->form.pair[i];
        if (strncmp(p->key, "scope.", 6) != 0)
            continue;
        bool is_on = false, is_known = false;
        TRY(form_flag(rq->cx, &rq->form, p->key, &is_on));
        for (size_t k = 0; k < N_ELEMS(scopes); k++)
            is_known |= strcmp(p->key + 6, perm_name(scopes[k].perm)) == 0 &&
                        cx_may(rq->cx, scopes[k].perm);
        if (is_on && !is_known)
            return refuse(rq->cx, RC_INVALID, "scope", N_("A token may at most what you may."));
        if (is_on)
            buf_printf(&b, "%s%s", b.len > 0 ? "," : "", p->key + 6);
    }
    if (b.len == 0)
        return refuse(rq->cx, RC_INVALID, "scope", N_("Choose at least one thing it may do."));
    *ret = b.s;
    return RC_OK;
}

enum rc tokens_do(struct req *rq)
{
    char token[44];
    const char *wanted = NULL, *name = form_get(&rq->form, "name"),
               *days = form_get(&rq->form, "days");
    long n_days = days != NULL ? strtol(days, NULL, 10) : 0;
    enum rc rc = read_scopes(rq, &wanted);
    if (!is_filled(name))
        rc = refuse(rq->cx, RC_INVALID, "name", N_("Say what it is for."));
    if (rc == RC_OK)
        rc = token_mint(rq->cx, name, wanted, n_days > 0 && n_days < 1000 ? (int)n_days : 0, token);
    if (rc == RC_INVALID)
        return tokens_again(rq, rc, NULL);
    TRY(rc);
    return tokens_again(rq, RC_OK, arena_strdup(rq->cx->arena, token));
}
