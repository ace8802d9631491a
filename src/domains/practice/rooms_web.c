/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rooms_web.c - the list of rooms, with the form of one beside it. */
#include "practice_pages.h"

static const struct member row_members[] = {
    SHAPE_ID(struct room_row, id),        SHAPE_INT(struct room_row, version),
    SHAPE_STR(struct room_row, name),     SHAPE_INT(struct room_row, capacity),
    SHAPE_INT(struct room_row, position), SHAPE_BOOL(struct room_row, is_active),
};
static const struct shape row_shape = SHAPE("RoomRow", row_members);
static const struct member list_members[] = {SHAPE_LIST(struct rooms_view, rooms, &row_shape)};
const struct shape rooms_shape = SHAPE("RoomList", list_members);
static const struct member room_members[] = {
    SHAPE_ID(struct rooms_view, id),
    SHAPE_INT(struct rooms_view, version),
    SHAPE_RECORD(struct rooms_view, room, &room_type),
};
const struct shape room_shape = SHAPE("RoomPage", room_members);

static enum rc fill_rows(struct cx *cx, struct rooms_view *v)
{
    struct room *room;
    TRY(room_list(cx, false, &room, &v->n_rooms));
    v->rooms = arena_array(cx->arena, struct room_row, v->n_rooms + 1);
    for (int i = 0; i < v->n_rooms; i++)
        v->rooms[i] = (struct room_row){.id = room[i].id,
                                        .version = room[i].version,
                                        .name = room[i].name,
                                        .capacity = room[i].capacity,
                                        .position = room[i].position,
                                        .is_active = room[i].is_active,
                                        .is_edited = id_eq(room[i].id, v->id)};
    return RC_OK;
}

static enum rc reply_rooms(struct req *rq, enum rc rc, const struct shape *shape,
                           const struct room *r, const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct rooms_view v = {.tabs = practice_tabs_of(cx, (struct practice_tabs){.rooms = true}),
                           .id = r->id,
                           .version = r->version,
                           .room = *r,
                           .action = "/practice/rooms",
                           .may_write = cx_may(cx, PERM_PRACTICE_WRITE)};
    if (id_is_set(r->id))
        v.action = path_of(rq, "/practice/rooms/%s", r->id.s);
    v.form = (struct record_form){.cx = cx, .t = &room_type, .rec = &v.room, .typed = typed};
    TRY(fill_rows(cx, &v));
    page_init(rq, &v.page, N_("Rooms"), NAV_PRACTICE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, shape, &v, PAGE(practice_rooms_html));
}

static struct room fresh(void)
{
    struct room r = {0};
    record_init(&room_type, &r);
    r.capacity = 2;
    r.is_active = true;
    return r;
}

enum rc rooms_show(struct req *rq)
{
    struct room r = fresh();
    return reply_rooms(rq, RC_OK, &rooms_shape, &r, NULL);
}

enum rc room_show(struct req *rq)
{
    struct room r;
    TRY(room_load(rq->cx, rq->id[0], &r));
    return reply_rooms(rq, RC_OK, &room_shape, &r, NULL);
}

enum rc room_create(struct req *rq)
{
    struct room r = fresh();
    enum rc rc = record_parse(rq->cx, &room_type, &rq->form, NULL, &r);
    if (rc == RC_OK)
        rc = room_save(rq->cx, &r);
    if (rc == RC_INVALID)
        return reply_rooms(rq, rc, &room_shape, &r, &rq->form);
    TRY(rc);
    return reply_done(rq, "/practice/rooms", r.id, r.version, true, N_("The room is stored."));
}

enum rc room_store(struct req *rq)
{
    struct room r, stored;
    TRY(room_load(rq->cx, rq->id[0], &stored));
    r = stored;
    r.version = form_version(&rq->form);
    enum rc rc = record_parse(rq->cx, &room_type, &rq->form, NULL, &r);
    if (rc == RC_OK)
        rc = room_save(rq->cx, &r);
    if (rc == RC_INVALID)
        return reply_rooms(rq, rc, &room_shape, &r, &rq->form);
    if (rc == RC_CONFLICT) /* what is stored now, with the user's own entries in the inputs */
        return reply_rooms(rq, rc, &room_shape, &stored, &rq->form);
    TRY(rc);
    return reply_done(rq, "/practice/rooms", r.id, r.version, false, N_("The room is stored."));
}
