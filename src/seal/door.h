/* SPDX-License-Identifier: AGPL-3.0-or-later
 * door.h - each function of this folder as a question to the other process. */
#pragma once
#include "seal/call.h"
#include "seal/kit.h"
#include "seal/password.h"
#include "seal/seal_private.h"

enum rc door_root_make(struct keyring *k, unsigned char *ret) MUST_USE;
enum rc door_root_load(struct keyring *k, struct bytes wrapped) MUST_USE;
enum rc door_practice_make(struct keys *k, int64_t practice, enum seal_class c,
                           unsigned char *ret) MUST_USE;
enum rc door_practice_load(struct keys *k, int64_t practice, enum seal_class c,
                           struct bytes wrapped, struct bytes other) MUST_USE;
enum rc door_practice_id(struct keys *k, int64_t practice, enum seal_class c,
                         unsigned char *ret) MUST_USE;
enum rc door_practice_next(struct keys *k, int64_t practice, unsigned char *ret) MUST_USE;
enum rc door_pair_make(struct keys *k, int64_t practice, struct seal_pair *ret) MUST_USE;
enum rc door_pair_grant(struct keys *k, int64_t practice, const struct seal_pair *pair,
                        const unsigned char *public_key, const unsigned char *grant,
                        unsigned char *ret) MUST_USE;
enum rc door_pair_kit(struct keys *k, int64_t practice, const struct seal_pair *pair, struct id id,
                      struct seal_kit *kit) MUST_USE;
enum rc door_pair_take(struct keys *k, int64_t practice, const struct seal_pair *pair) MUST_USE;
enum rc door_epoch_make(struct keys *k, int64_t practice, int64_t epoch,
                        unsigned char *ret) MUST_USE;
enum rc door_epoch_load(struct keys *k, int64_t practice, int64_t epoch,
                        struct bytes wrapped) MUST_USE;
enum rc door_epoch_forget(struct keys *k, int64_t practice, int64_t epoch) MUST_USE;
enum rc door_client_forget(struct keys *k, int64_t practice, struct id client) MUST_USE;
enum rc door_client_make(struct arena *a, struct keys *k, int64_t practice, struct id client,
                         enum seal_class c, struct bytes *ret) MUST_USE;
enum rc door_client_renew(struct arena *a, struct keys *k, int64_t practice, struct id client,
                          enum seal_class c, struct bytes stored, struct bytes *ret) MUST_USE;
enum rc door_grant(struct keys *k, int64_t practice, const unsigned char *public_key,
                   unsigned char *ret) MUST_USE;
bool door_is_open(struct keys *k, int64_t practice);
enum rc door_unlock_wrap(struct keys *k, int64_t practice, const char *token,
                         unsigned char *ret) MUST_USE;
enum rc door_unlock_token(struct keys *k, int64_t practice) MUST_USE;
enum rc door_lock(struct keys *k) MUST_USE;
enum rc door_bulk(struct keys *k, int64_t practice) MUST_USE;
enum rc door_meter(struct keyring *k, int64_t clients_an_hour) MUST_USE;
enum rc door_open_many(struct arena *a, struct keys *k, struct seal_item *items, int n) MUST_USE;
void door_expect(struct keys *k, const struct seal_item *items, int n);
enum rc door_close_many(struct arena *a, struct keys *k, struct seal_item *items, int n) MUST_USE;
enum rc door_move_many(struct arena *a, struct keys *k, struct seal_item *items, int n) MUST_USE;
enum rc door_index(const struct keys *k, const char *purpose, struct bytes value,
                   unsigned char *ret) MUST_USE;
enum rc door_password_make(struct keys *k, const struct password_for *who, const char *password,
                           char *ret_hash, struct seal_person *ret_person) MUST_USE;
enum rc door_password_check(struct keys *k, const char *password,
                            const struct password_stored *w) MUST_USE;
enum rc door_kit_make(struct keys *k, int64_t practice, struct id kit, struct bytes root,
                      struct seal_kit *ret) MUST_USE;
enum rc door_kit_seed(struct keys *k, int64_t practice, struct id kit, const unsigned char *sealed,
                      struct kit_seed *ret) MUST_USE;
enum rc door_kit_open(struct keys *k, int64_t practice, const struct kit_seed *seed,
                      const struct seal_kit *kit, bool with_own) MUST_USE;
