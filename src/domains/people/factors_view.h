/* SPDX-License-Identifier: AGPL-3.0-or-later
 * factors_view.h - what the pages of second factors show. */
#pragma once
#include "auth/qr.h"
#include "factors.h"
#include "web/web.h"

/* What ui/src/passkey.js needs to ask a browser for a key, and where it puts the answer. */
struct passkey_ask {
    const char *use, *site, *challenge, *user, *user_name, *known; /* use: "create" or "get" */
    const char *label;
};
void people_passkey_html(struct html h, const struct passkey_ask *v);

/* Hidden fields of a form: where it goes on, and what was typed before a factor was asked for. */
struct kept_view {
    const char *csrf, *next, *back;
    struct form_pair *fields;
    int n_fields;
};
void people_kept_html(struct html h, const struct kept_view *v);

/* Asks for a factor: at sign-in, or again before something that matters. */
struct factor_view {
    struct page page;
    const char *action, *problem;
    struct kept_view kept;
    struct passkey_ask passkey;
    bool is_step_up, has_passkeys, lacks_factor;
};
void people_factor_html(struct html h, const struct factor_view *v);

/* What was typed before goes on its way with one more button, or by itself with script. */
struct go_on_view {
    struct page page;
    struct kept_view kept;
};
void people_go_on_html(struct html h, const struct go_on_view *v);

struct enrol_view {
    struct page page;
    const char *problem, *passkey_problem, *secret, *next;
    struct qr qr;
    struct passkey_ask passkey;
    bool is_first, has_totp, has_site;
};
void people_enrol_html(struct html h, const struct enrol_view *v);

struct code_view {
    const char *code;
};
struct codes_view {
    struct page page;
    const char *next;
    struct code_view *codes;
    int n_codes;
    bool is_first;
};
void people_codes_html(struct html h, const struct codes_view *v);
extern const struct shape codes_shape;

struct forgotten_view {
    struct page page;
};
void people_forgotten_html(struct html h, const struct forgotten_view *v);
