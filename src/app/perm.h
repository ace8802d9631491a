/* SPDX-License-Identifier: AGPL-3.0-or-later
 * perm.h - roles, permissions, and which role has which: one table.
 *
 * A person may have several roles (an owner who also treats is OWNER|CLINICIAN);
 * what they may is the union. Which pages is said here; which clients, by authorize.h. */
#pragma once
#include "base/base.h"

enum role {
    ROLE_OWNER = 1 << 0,
    ROLE_CLINICIAN = 1 << 1,
    ROLE_RECEPTION = 1 << 2,
    ROLE_BILLING = 1 << 3,
    ROLE_SUPERVISOR = 1 << 4, /* reads what a care team lets them, without names, for a time */
    ROLE_PRIVACY = 1 << 5,    /* walls, blocked records, reviews of emergency access */
    ROLE_ADMIN = 1 << 6,      /* accounts, settings, jobs: no client at all */
    ROLE_CLIENT = 1 << 7,     /* people in care and who acts for them: no staff page is theirs */
    ROLE_PROXY = 1 << 8,
};
enum { ROLE_ALL = 127 }; /* of staff */

enum perm {
    PERM_UNSET = 0,         /* a route without a permission: the program does not start */
    PERM_PUBLIC,            /* nobody need be signed in */
    PERM_SIGNED_IN,         /* any member of staff; own account, help */
    PERM_PRACTICE_READ,     /* rooms, services, hours, staff names: everybody */
    PERM_PRACTICE_SETTINGS, /* bank account, tax number: owner; what stands on invoices: billing */
    PERM_PRACTICE_WRITE,    /* settings of the practice: owner */
    PERM_STAFF_WRITE,       /* accounts and roles: owner */
    PERM_CLIENT_READ,       /* identity and contact: owner, clinician (own), reception, billing */
    PERM_CLIENT_WRITE,      /* owner, clinician (own), reception */
    PERM_AGENDA_READ,       /* owner, clinician, reception */
    PERM_AGENDA_WRITE,
    PERM_CLINICAL_READ, /* prepare, notes, homework: clinician only (own clients) */
    PERM_CLINICAL_WRITE,
    PERM_TASK_READ, /* general tasks: everybody signed in; client homework needs CLINICAL */
    PERM_TASK_WRITE,
    PERM_MONEY_READ, /* owner, billing, clinician (own clients) */
    PERM_MONEY_WRITE,
    PERM_IMPORT,    /* bring in data: owner */
    PERM_TEAM,      /* care teams of clients: the treating clinician, owner, privacy officer */
    PERM_WALL,      /* walls, and what was opened in an emergency: owner, privacy officer */
    PERM_EMERGENCY, /* open a record in an emergency: clinician */
    PERM_BLOCK,     /* block a record and lift it: privacy officer */
    PERM_AUDIT,     /* who opened and changed what: owner, privacy officer */
    PERM_EXPORT,    /* take data along: owner, clinician (what was released, own clients) */
    PERM_KEYS,      /* recovery kit, changing keys: owner */
    PERM_N_
};

bool perm_has(unsigned roles, enum perm p);
const char *perm_name(enum perm p);                      /* "client_read" */
bool role_parse(const char *s, unsigned *ret);           /* "owner,clinician" */
const char *role_names(struct arena *a, unsigned roles); /* the reverse, comma separated keys */
