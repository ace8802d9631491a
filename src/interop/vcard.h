/* SPDX-License-Identifier: AGPL-3.0-or-later
 * vcard.h - address books: vCard 4.0, 3.0 and 2.1, several cards in a file.
 *
 * Source: RFC 6350, RFC 2426, and the vCard 2.1 specification of versit (1996) with its
 * quoted-printable values. Fields not named here, pictures above all, are passed over in silence.
 * Problems count cards from 1. */
#pragma once
#include "base/days.h"
#include "interop/problems.h"

enum {
    VCARD_MAX_BYTES = 32 * 1024 * 1024,
    VCARD_MAX_CARDS = 10000,
    VCARD_MAX_VALUES = 20, /* of telephones, mail addresses, addresses each */
    VCARD_MAX_VALUE_BYTES = 64 * 1024,
};

struct vcard_value {
    const char *value;
    const char *type; /* lower case, joined by commas: "home", "work,voice"; "" when not said */
    bool is_preferred;
};

struct vcard_address {
    const char *box, *extended, *street, *city, *region, *postcode, *country;
    const char *type;
    bool is_preferred;
};

/* Texts are never NULL. */
struct vcard {
    int number;       /* in the file, from 1 */
    const char *name; /* FN, else made of the parts below or the organisation */
    const char *family, *given, *additional, *prefix, *suffix;
    const char *nickname, *organisation, *title, *role, *note, *uid;
    const char *categories; /* joined by commas */
    const char *sex;        /* GENDER: "M", "F", "O", "N", "U" or "" */
    const char *gender;     /* its free text */
    int32_t birth_days;     /* DATE_NONE when not given in full */
    const char *birth_text; /* as written, also "--0412" */
    struct vcard_value *phones, *mails;
    struct vcard_address *addresses;
    int n_phones, n_mails, n_addresses;
};

struct vcards {
    struct vcard *list; /* in the order of the file */
    int n;
    struct problems problems;
};

/* In:     a  room for about eight times the file
 * Out:    ret  written also on failure: its problems say what is wrong
 * Errors: RC_INVALID  above VCARD_MAX_BYTES, or no card in it */
enum rc vcard_read(struct arena *a, struct bytes file, struct vcards *ret) MUST_USE;
