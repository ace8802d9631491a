/* SPDX-License-Identifier: AGPL-3.0-or-later
 * perm.c - the table of roles and permissions. */
#include "app/perm.h"

#include <string.h>

#define O ROLE_OWNER
#define C ROLE_CLINICIAN
#define R ROLE_RECEPTION
#define B ROLE_BILLING
#define S ROLE_SUPERVISOR
#define P ROLE_PRIVACY
#define A ROLE_ADMIN

/* Owning a practice does not open its clinical records; an owner who treats is a clinician too. */
static const struct {
    const char *name;
    unsigned roles; /* any of them suffices */
} perms[PERM_N_] = {
    [PERM_UNSET] = {"unset", 0},
    [PERM_PUBLIC] = {"public", 0}, /* needs no role */
    [PERM_SIGNED_IN] = {"signed_in", O | C | R | B | S | P | A},
    [PERM_PRACTICE_READ] = {"practice_read", O | C | R | B | S | P | A},
    [PERM_PRACTICE_SETTINGS] = {"practice_settings", O | B | A},
    [PERM_PRACTICE_WRITE] = {"practice_write", O | A},
    [PERM_STAFF_WRITE] = {"staff_write", O | A},
    [PERM_CLIENT_READ] = {"client_read", O | C | R | B | S | P},
    [PERM_CLIENT_WRITE] = {"client_write", O | C | R},
    [PERM_AGENDA_READ] = {"agenda_read", O | C | R},
    [PERM_AGENDA_WRITE] = {"agenda_write", O | C | R},
    [PERM_CLINICAL_READ] = {"clinical_read", C | S},
    [PERM_CLINICAL_WRITE] = {"clinical_write", C},
    [PERM_TASK_READ] = {"task_read", O | C | R | B | S | P | A},
    [PERM_TASK_WRITE] = {"task_write", O | C | R | B | S | P | A},
    [PERM_MONEY_READ] = {"money_read", O | C | B},
    [PERM_MONEY_WRITE] = {"money_write", O | C | B},
    [PERM_IMPORT] = {"import", O},
    [PERM_TEAM] = {"team", O | C | P},
    [PERM_WALL] = {"wall", O | P},
    [PERM_EMERGENCY] = {"emergency", C},
    [PERM_BLOCK] = {"block", P},
    [PERM_AUDIT] = {"audit", O | P},
    [PERM_EXPORT] = {"export", O | C},
    [PERM_KEYS] = {"keys", O},
};

static const struct {
    const char *name;
    unsigned role;
} roles_by_name[] = {{"owner", O},   {"clinician", C},        {"reception", R},
                     {"billing", B}, {"supervisor", S},       {"privacy", P},
                     {"admin", A},   {"client", ROLE_CLIENT}, {"proxy", ROLE_PROXY}};

bool perm_has(unsigned roles, enum perm p)
{
    if (p == PERM_PUBLIC)
        return true;
    return p > PERM_UNSET && p < PERM_N_ && (roles & perms[p].roles) != 0;
}

const char *perm_name(enum perm p)
{
    return perms[p < PERM_N_ ? p : PERM_UNSET].name;
}

static unsigned role_of(const char *s, size_t n)
{
    for (size_t i = 0; i < N_ELEMS(roles_by_name); i++)
        if (strlen(roles_by_name[i].name) == n && memcmp(roles_by_name[i].name, s, n) == 0)
            return roles_by_name[i].role;
    return 0;
}

bool role_parse(const char *s, unsigned *ret)
{
    unsigned roles = 0;
    while (true) {
        size_t n = strcspn(s, ",");
        unsigned role = role_of(s, n);
        if (role == 0)
            return false;
        roles |= role;
        if (s[n] == '\0')
            break;
        s += n + 1;
    }
    *ret = roles;
    return true;
}

const char *role_names(struct arena *a, unsigned roles)
{
    struct buf b;
    buf_init(&b, a, 128);
    for (size_t i = 0; i < N_ELEMS(roles_by_name); i++) {
        if ((roles & roles_by_name[i].role) == 0)
            continue;
        if (b.len > 0)
            buf_putc(&b, ',');
        buf_puts(&b, roles_by_name[i].name);
    }
    return b.s;
}
