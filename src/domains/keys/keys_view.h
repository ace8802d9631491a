/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keys_view.h - what the pages of this domain show. */
#pragma once
#include "auth/qr.h"
#include "domains/keys/keys.h"
#include "web/web.h"

struct kit_view {
    struct page page;
    struct practice_tabs tabs;
    bool is_open; /* the clinical tier, in this session */
    bool has_kit, is_confirmed, is_due, has_others;
    const char *made, *checked; /* dates */
    const char *ask1, *ask2;    /* "Word 7" */
    const char *problem;
    /* Since when each key seals. */
    const char *clinical, *operational, *epoch, *boot;
    bool is_key_due, is_key_left, is_moving;
    const char *key_problem;
};
void keys_kit_html(struct html h, const struct kit_view *v);

struct word_view {
    const char *word;
};
struct sheet_view {
    struct word_view words[KIT_WORDS];
    int n_words;
    const char *title; /* "Sheet 1 of 3" */
    struct qr qr;
};
struct print_view {
    struct page page;
    const char *practice, *made;
    bool is_split, has_root;
    struct sheet_view *sheets;
    int n_sheets;
};
void keys_print_html(struct html h, const struct print_view *v);

struct recover_view {
    struct page page;
    const char *email;
    const char *email_problem, *words_problem, *password_problem;
};
void keys_recover_html(struct html h, const struct recover_view *v);

extern const struct domain domain_keys;
