/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gate.c - lets few in at a time, keeps some waiting, and turns the rest away. */
#include "seal/seal_private.h"

void gate_init(struct gate *g)
{
    *g = (struct gate){0};
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->left, NULL);
}

void gate_done(struct gate *g)
{
    pthread_mutex_destroy(&g->lock);
    pthread_cond_destroy(&g->left);
}

enum rc gate_enter(struct gate *g)
{
    enum rc rc = RC_OK;
    pthread_mutex_lock(&g->lock);
    if (g->n_running >= GATE_RUNNING && g->n_waiting >= GATE_WAITING) {
        rc = RC_BUSY;
    } else {
        g->n_waiting++;
        while (g->n_running >= GATE_RUNNING)
            pthread_cond_wait(&g->left, &g->lock);
        g->n_waiting--;
        g->n_running++;
    }
    pthread_mutex_unlock(&g->lock);
    return rc;
}

void gate_leave(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->n_running--;
    pthread_cond_signal(&g->left);
    pthread_mutex_unlock(&g->lock);
}
