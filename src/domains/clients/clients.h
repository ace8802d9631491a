/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients.h - what other domains may know of a client (the patient file).
 *
 * Who sees whom: app/authorize.h. What belongs to a client is read by a capability; absent and
 * not-yours look alike. */
#pragma once
#include "app/authorize.h"
#include "domains/people/people.h"

enum client_status {
    CLIENT_WAITING,
    CLIENT_ACTIVE,
    CLIENT_PAUSED,
    CLIENT_CLOSED,
    CLIENT_ARCHIVED,
    CLIENT_STATUS_N_
};
extern const struct choice client_status_choices[CLIENT_STATUS_N_];

struct client {
    struct id id;
    int64_t version;
    enum client_status status;
    struct id clinician;
    int64_t created_ms;
    /* sealed identity: */
    const char *given_name, *family_name, *name_used, *pronouns;
    int32_t birth_date;
    const char *gender, *profession, *marital_status;
    const char *street, *postal_code, *city, *country;
    const char *phone, *email, *id_number;
    const char *languages, *nationality;
    const char *insurer, *policy_number;
    const char *emergency_name, *emergency_phone, *emergency_relation;
    const char *gp, *referral_source;
    const char *guardian_name, *guardian_phone, *guardian_relation;
    unsigned contact_channels; /* safe contact: phone, SMS, mail, letter, voice message */
    const char *contact_hours, *contact_wording;
    const char *tags;   /* comma separated */
    const char *remark; /* free, not clinical */
};
extern const struct record_type client_type;

/* Of the capability's client; of one who is masked, what stands for the name. */
enum rc client_load(struct cx *cx, const struct cap *cap, struct client *ret) MUST_USE;
enum rc client_save(struct cx *cx,
                    struct client *c) MUST_USE; /* new when id is unset: makes its keys */

/* Whom somebody treats: waiting, active and paused, whether or not the actor may see them. */
enum rc client_caseload(struct cx *cx, struct id clinician, struct id **ret, int *ret_n) MUST_USE;
/* Another clinician goes on. RC_NOT_FOUND: not the actor's to say. */
enum rc client_hand_over(struct cx *cx, struct id client, struct id to) MUST_USE;

/* For lists: what the actor may know of each client, read once per snapshot. */
struct client_sight;
enum client_seen {
    CLIENT_UNKNOWN, /* nothing to the actor */
    CLIENT_HIDDEN,  /* ... and must not be found, whose appointment it may be: walled, blocked */
    CLIENT_MASKED,  /* without the name */
    CLIENT_SEEN
};
enum rc client_sight(struct cx *cx, const struct client_sight **ret) MUST_USE;
/* clinician: who treats, as the row says. */
enum client_seen client_seen(const struct client_sight *s, struct id client, struct id clinician);
/* Instead of who it is, by the id and what is loaded: "Client 7F3A (MS)". */
void client_mask(struct cx *cx, struct client *c);

/* Erased: nothing to anybody, and lists say so instead of a name. */
#define CLIENT_ERASED_NAME N_("(erased)")
bool client_is_erased(const struct client_sight *s, struct id client);
/* Deletes the client's keys and what the file itself holds, in a transaction of the caller, and
 * emits EV_CLIENT_ERASED first. After the commit call client_forget(). RC_NOT_FOUND: erased
 * already. */
enum rc client_erase(struct cx *cx, const struct cap *cap) MUST_USE;
/* The key holder forgets the keys; the database overwrites what it has deleted. */
enum rc client_forget(struct cx *cx, struct id client) MUST_USE;

/* Names only, for lists of other domains: one query and one batch of openings for all ids asked.
 * In: ids[n], duplicates and unset allowed. Out: *ret[n] in the same order; name "" for those the
 * actor may not see. */
struct client_name {
    struct id id;
    const char *name;       /* as shown in lists: "Marta Sanz", name used first */
    const char *short_name; /* "Marta S." */
    bool is_visible;
    bool is_erased; /* ... and the name says so */
};
enum rc client_names(struct cx *cx, const struct id *ids, int n, struct client_name **ret) MUST_USE;
/* The same in two steps: first whom the actor may see (is_visible), and the names come along with
 * the next call to the keys; then the names. */
struct client_naming;
enum rc client_names_find(struct cx *cx, const struct id *ids, int n, struct client_naming **ret,
                          const bool **ret_visible) MUST_USE;
enum rc client_names_open(struct cx *cx, struct client_naming *c,
                          struct client_name **ret) MUST_USE;
/* Clients whose names, phone or e-mail begin so (archived ones not), by name, at most max: for
 * pickers. "": all. */
enum rc client_find(struct cx *cx, const char *text, int max, struct client_name **ret,
                    int *ret_n) MUST_USE;

/* The actor's own who are in treatment (waiting, active, paused), by name, at most max. */
enum rc client_choices(struct cx *cx, int max, struct client_name **ret, int *ret_n) MUST_USE;

/* What tells clients apart, of all the actor may see, archived ones too. */
struct client_identity {
    struct id id;
    const char *given_name, *family_name, *name_used, *email; /* NULL when empty */
    int32_t birth_date;
};
enum rc client_identities(struct cx *cx, struct client_identity **ret, int *ret_n) MUST_USE;

/* The client's wrapped keys, for domains that seal rows under the client's key: of the classes that
 * the capability covers. */
struct client_keys {
    struct bytes wrapped[SEAL_KEYS_N_];
};
/* Wraps at most `max` keys of older epochs by the newest. *ret_n: how many. */
enum rc client_keys_renew(struct cx *cx, int64_t newest, int max, int *ret_n) MUST_USE;
/* Puts at most `max` keys that are under another key of the practice under the present one; the
 * clinical ones by a session that has it open. *ret_n: how many. a: for what is read. */
enum rc client_keys_move(struct cx *cx, struct arena *a, enum seal_class c, int max,
                         int *ret_n) MUST_USE;
enum rc client_keys_are_moved(struct cx *cx, enum seal_class c, bool *ret) MUST_USE; /* all */
enum rc client_keys_load(struct cx *cx, const struct cap *cap, struct client_keys *ret) MUST_USE;

/* Stands for the name in lists when a file is damaged. */
#define CLIENT_UNREADABLE N_("(file cannot be opened)")
/* A photo's, by the first bytes: "image/jpeg", "image/png", "image/webp", or NULL. */
const char *client_photo_type(struct bytes image);

const char *client_display_name(struct cx *cx, const struct client *c); /* name used + family */

/* The header shown on every page of a client: name as used, pronouns, age, alerts, safe contact.
 * Template partial: {{>client_header &v.header}}. */
struct client_header {
    struct id id;
    const char *name, *pronouns, *initials;
    const char *status_label, *status_kind; /* kind: class of its chip */
    const char *contact;                    /* safe contact in a line */
    const char *age_text, *guardian;        /* "" unless known */
    const char *next;                       /* when they come next; "" nothing is booked */
    int age;                                /* -1 unknown */
    bool is_minor, has_photo;
    bool tab_overview, tab_notes, tab_agenda, tab_tasks, tab_money,
        tab_team; /* which one is current */
    bool sees_clinical, sees_money, sees_agenda, sees_tasks, sees_team;
    bool writes_notes;           /* else what begins one, or corrects, is not offered */
    const char *emergency_until; /* read in an emergency alone: the hour it ends, and why */
    const char *emergency_reason;
    const char *path; /* "/clients/ID" */
    const char *path_notes, *path_agenda, *path_tasks, *path_money, *path_team, *path_edit;
};
enum client_tab { TAB_OVERVIEW, TAB_NOTES, TAB_AGENDA, TAB_TASKS, TAB_MONEY, TAB_TEAM };
enum rc client_header_load(struct cx *cx, struct id client, enum client_tab tab,
                           struct client_header *ret) MUST_USE;
void client_header(struct html h, const struct client_header *v);

/* --- the care team ------------------------------------------------------------------------ */

/* Beside the treating clinician. */
enum team_role { TEAM_CO_THERAPIST, TEAM_SUBSTITUTE, TEAM_SUPERVISOR, TEAM_ROLE_N_ };

/* Why somebody else's record is opened (domains/access). */
enum emergency_reason { REASON_RISK, REASON_ABSENCE, REASON_LEGAL, REASON_OTHER, REASON_N_ };
extern const struct choice emergency_reason_choices[REASON_N_];

/* What somebody says of a client to be found in an emergency: the names as they are in the file,
 * and one thing more that it holds: the day of birth, else a telephone number or an e-mail address.
 */
struct client_told {
    const char *given_name, *family_name, *contact;
    int32_t birth_date;
};
/* Who that is, whoever asks; RC_NOT_FOUND unless it is one client. */
enum rc client_identify(struct cx *cx, const struct client_told *told, struct id *ret) MUST_USE;
/* Is the client kept from this person by a wall? */
enum rc client_is_walled_from(struct cx *cx, struct id client, struct id person,
                              bool *ret) MUST_USE;
/* For struct app. */
enum rc client_access_facts(struct cx *cx, struct id client, struct access_facts *ret) MUST_USE;
enum rc client_identity_key(struct cx *cx, struct id client, struct bytes *ret) MUST_USE;
