/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invitations_web.c - the page that shows a link once, and the one it leads to. */
#include "invitations.h"
#include "people_pages.h"
#include "web/template.h"

/* --- for the owner ---------------------------------------------------------------------------- */

static const struct member link_members[] = {SHAPE_ID(struct link_view, id),
                                             SHAPE_STR(struct link_view, link),
                                             SHAPE_INSTANT(struct link_view, expires)};
const struct shape link_shape = SHAPE("PersonLink", link_members);

enum rc link_reply(struct req *rq, const struct person *p, const char *token)
{
    struct cx *cx = rq->cx;
    struct link_view v = {.id = p->id,
                          .name = person_name(cx, p),
                          .is_invitation = !p->is_active,
                          .expires_ms = cx->now_ms + LINK_DAYS * MS_PER_DAY,
                          .tabs = practice_tabs_of(cx, (struct practice_tabs){.staff = true})};
    v.link = req_url(rq, path_of(rq, "/invitation?token=%s", token));
    v.is_only_here = req_is_here(rq);
    v.expires = cx_moment(cx, v.expires_ms, DATE_MEDIUM);
    v.back = path_of(rq, "/practice/staff/%s", p->id.s);
    rq->disclosed = p->id;
    page_init(rq, &v.page, N_("A link of one use"), NAV_PRACTICE);
    return reply_page(rq, RC_OK, &link_shape, &v, PAGE(people_link_html));
}

enum rc staff_link(struct req *rq)
{
    char token[44];
    struct person p;
    bool drops_factors;
    TRY(form_flag(rq->cx, &rq->form, "drops_factors", &drops_factors));
    TRY(link_make(rq->cx, rq->id[0], drops_factors, token));
    TRY(person_load(rq->cx, rq->id[0], &p));
    return link_reply(rq, &p, token);
}

/* --- for whoever has it ------------------------------------------------------------------------
 */

static enum rc invitation_again(struct req *rq, enum rc rc, const char *token, const struct link *l)
{
    struct invitation_view v = {.token = token,
                                .email = l->who.email,
                                .name = person_name(rq->cx, &l->who),
                                .is_invitation = l->kind == LINK_INVITATION,
                                .drops_factors = l->kind == LINK_PASSWORD_AND_FACTOR,
                                .problem = cx_err(rq->cx, "password")};
    page_init(rq, &v.page, N_("Choose your password"), NAV_NONE);
    return reply_page(rq, rc, NULL, &v, PAGE(people_invitation_html));
}

enum rc invitation_show(struct req *rq)
{
    struct link l;
    const char *token = form_get(&rq->query, "token");
    TRY(link_open(rq->cx, or_empty(token), &l));
    return invitation_again(rq, RC_OK, token, &l);
}

/* The password is theirs; the second factor comes next, by itself. */
enum rc invitation_do(struct req *rq)
{
    struct link l;
    char session[44];
    const char *token = form_get(&rq->form, "token"), *password = form_get(&rq->form, "password");
    enum rc rc = link_use(rq->cx, or_empty(token), or_empty(password), &l);
    if (rc == RC_INVALID) {
        TRY(link_open(rq->cx, or_empty(token), &l));
        return invitation_again(rq, rc, token, &l);
    }
    TRY(rc);
    TRY(sign_in(rq->cx, l.who.email, password, rq->user_agent, session));
    reply_session(rq, session, 12 * 3600);
    return reply_done(rq, "/", l.who.id, 0, false, NULL);
}
