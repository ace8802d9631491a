/* SPDX-License-Identifier: AGPL-3.0-or-later
 * leave.c - somebody leaves the practice: every client goes to a colleague, then the account is
 * closed; all of it or nothing. Appointments that were booked stay where they are, for those who go
 * on to move or to cancel. */
#include "agenda_private.h"

static const struct hand_over *of_client(const struct hand_over *h, int n, struct id client)
{
    for (int i = 0; i < n; i++)
        if (id_eq(h[i].client, client))
            return &h[i];
    return NULL;
}

enum rc staff_leave(struct cx *cx, struct id person, const struct hand_over *h, int n)
{
    struct id *client;
    int n_clients;
    if (id_eq(person, cx->actor.user))
        return refuse(cx, RC_INVALID, NULL, N_("Another owner closes your account."));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(client_caseload(cx, person, &client, &n_clients));
    for (int i = 0; i < n_clients; i++) {
        const struct hand_over *to = of_client(h, n, client[i]);
        if (to == NULL || !id_is_set(to->to) || id_eq(to->to, person))
            return refuse(cx, RC_INVALID, "to", N_("Choose who goes on with each client."));
        TRY(client_hand_over(cx, client[i], to->to));
    }
    TRY(person_close(cx, person));
    return db_commit(&tx);
}
