/* SPDX-License-Identifier: AGPL-3.0-or-later
 * catalogue.h - translations, one catalogue per request, from embedded .mo files.
 *
 * Not libc's gettext(): it needs the locale on the host and a process-wide setting. */
#pragma once
#include "base/base.h"

struct catalogue;

/* language: "en" (the source, identity) or "es"; anything else: en. Catalogues are made once at
 * first use of catalogue_init() and live as long as the process. */
void catalogue_init(void);
const struct catalogue *catalogue_get(const char *language);
const char *catalogue_language(const struct catalogue *c); /* "en", "es" */

const char *tr(const struct catalogue *c, const char *msgid) FORMAT_ARG(2);
const char *trn(const struct catalogue *c, const char *one, const char *many, int64_t n)
    FORMAT_ARG(2) FORMAT_ARG(3);

/* The reader, for tests and fuzzing: checks and indexes a .mo image (not copied; must outlive the
 * result). NULL when damaged. */
struct catalogue *catalogue_open(const char *language, struct bytes mo);
void catalogue_free(struct catalogue *c);

/* Embedded by tools/embed_mo.py: an executable that lists catalogue_src of po/meson.build among its
 * sources speaks Spanish; any other has no catalogue but English. */
struct embedded_mo {
    const char *language;
    struct bytes mo;
};
extern const struct embedded_mo embedded_mos[];
extern const int n_embedded_mos;
