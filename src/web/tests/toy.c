/* SPDX-License-Identifier: AGPL-3.0-or-later
 * toy.c - a tiny domain on a fresh database, for the tests of web/. */
#include "toy.h"

#include "support_db.h"
#include "web/page.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

_Atomic int toy_n_busy, toy_n_runs;

struct thing {
    const char *name;
};
static const struct field thing_fields[] = {
    TEXT(struct thing, name, N_("Name"), .flags = REQUIRED, .max = 40)};
static const struct record_type thing_type = {
    .table = "thing", .name = "Thing", .fields = thing_fields, .n_fields = N_ELEMS(thing_fields)};

static const struct db_stmt insert = {
    "insert",
    2,
    true,
    {"INSERT INTO thing VALUES (?1, ?2, 1)", "INSERT INTO thing VALUES ($1, $2, 1)"}};
static const struct db_stmt load = {
    "load",
    1,
    false,
    {"SELECT name FROM thing WHERE id = ?1", "SELECT name FROM thing WHERE id = $1"}};
static const struct db_stmt all = {
    "all",
    0,
    false,
    {"SELECT id, name FROM thing ORDER BY id", "SELECT id, name FROM thing ORDER BY id"}};

struct thing_row {
    struct id id;
    const char *name;
};
struct list_view {
    struct page page;
    const char *title;
    struct thing_row *things;
    int n_things;
};
static const struct member row_members[] = {SHAPE_ID(struct thing_row, id),
                                            SHAPE_STR(struct thing_row, name)};
static const struct shape row_shape = SHAPE("ThingRow", row_members);
static const struct member list_members[] = {SHAPE_LIST(struct list_view, things, &row_shape)};
static const struct shape list_shape = SHAPE("ThingList", list_members);

static void list_page(struct html h, const struct list_view *v)
{
    frame_open(h, &v->page);
    html_markup_(h, "<h1>", 4);
    html_text(h, v->title);
    html_markup_(h, "</h1>", 5);
    for (int i = 0; i < v->n_things; i++)
        html_text(h, v->things[i].name);
    frame_close(h, &v->page);
}

static enum rc show(struct req *rq, enum rc rc)
{
    struct cx *cx = rq->cx;
    struct list_view v = {0};
    int cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &all, NULL, 0, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, v.things, v.n_things, cap);
        v.things[v.n_things++] = (struct thing_row){.id = db_id(rows, 0), .name = db_text(rows, 1)};
    }
    TRY(db_end(rows));
    page_init(rq, &v.page, N_("Things"), NAV_CLIENTS);
    rq->n_disclosed = v.n_things;
    return reply_page(rq, rc, &list_shape, &v, PAGE(list_page));
}

static enum rc list(struct req *rq)
{
    toy_n_runs++;
    return show(rq, RC_OK);
}

static enum rc one(struct req *rq)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(rq->cx->db, rq->cx->arena, &load, (struct db_val[]){DB_ID(rq->id[0])}, 1, &rows));
    bool found = db_next(rows);
    TRY(db_end(rows));
    return found ? show(rq, RC_OK) : RC_NOT_FOUND;
}

static enum rc create(struct req *rq)
{
    struct thing t;
    toy_n_runs++;
    record_init(&thing_type, &t);
    enum rc rc = record_parse(rq->cx, &thing_type, &rq->form, NULL, &t);
    if (rc != RC_OK)
        return show(rq, rc);
    struct id id = id_new();
    TRY(db_exec(rq->cx->db, &insert, (struct db_val[]){DB_ID(id), DB_S(t.name)}, 2, NULL));
    reply_offer_undo(rq, path_of(rq, "/things/%s", id.s), "version=1&name=Before");
    return reply_done(rq, path_of(rq, "/things/%s", id.s), id, 1, /* created= */ true,
                      N_("The thing is kept."));
}

static enum rc change(struct req *rq)
{
    return show(rq, refuse(rq->cx, RC_CONFLICT, NULL, N_("Someone changed it.")));
}

static enum rc upload(struct req *rq)
{
    const struct form_file *f = form_file(&rq->form, "file");
    if (f == NULL)
        return refuse(rq->cx, RC_INVALID, "file", N_("Choose a file."));
    return reply_file(rq, "application/octet-stream", "a \"b\"\r\nX: y.bin", false, f->data);
}

static enum rc busy(struct req *rq)
{
    toy_n_runs++;
    if (atomic_load(&toy_n_busy) > 0 && atomic_fetch_sub(&toy_n_busy, 1) > 0)
        return RC_BUSY;
    return show(rq, RC_OK);
}

static enum rc broken(struct req *rq)
{
    rq->cx->detail = "cogwheel";
    return RC_BROKEN;
}

static enum rc silent(struct req *rq)
{
    (void)rq;
    return RC_OK;
}

static enum rc write_in_get(struct req *rq)
{
    struct id id = id_new();
    TRY(db_exec(rq->cx->db, &insert, (struct db_val[]){DB_ID(id), DB_S("sneaked in")}, 2, NULL));
    return show(rq, RC_OK);
}

static enum rc sign_in(struct req *rq)
{
    reply_session(rq, "new-token", 3600);
    return reply_done(rq, "/", (struct id){0}, 0, false, NULL);
}

static enum rc sign_out(struct req *rq)
{
    reply_session(rq, NULL, 0);
    return reply_done(rq, "/sign-in", (struct id){0}, 0, false, NULL);
}

static enum rc away(struct req *rq)
{
    return reply_redirect(rq, form_get(&rq->query, "to"));
}

static enum rc greet(struct req *rq)
{
    struct list_view v = {0};
    page_init(rq, &v.page, N_("Welcome"), NAV_NONE);
    v.title = locale_name(rq->cx->locale);
    return reply_page(rq, RC_OK, NULL, &v, PAGE(list_page));
}

static enum rc slow(struct req *rq)
{
    poll(NULL, 0, 300);
    return greet(rq);
}

static const struct route routes[] = {
    {GET, "/", PERM_SIGNED_IN, NO_BODY, list, N_("Start"), .answer = &list_shape},
    {GET, "/things", PERM_CLIENT_READ, NO_BODY, list, N_("All things"), .discloses = "things",
     .answer = &list_shape},
    {GET, "/things/{id}", PERM_CLIENT_READ, NO_BODY, one, N_("One thing"), .discloses = "thing",
     .answer = &list_shape},
    {POST, "/things", PERM_CLIENT_WRITE, 8 * KiB, create, N_("Make a thing"), .takes = &thing_type},
    {POST, "/things/{id}", PERM_CLIENT_WRITE, 8 * KiB, change, N_("Change a thing"),
     .takes = &thing_type},
    {POST, "/upload", PERM_CLIENT_WRITE, 1 * MiB, upload, N_("Send a file"),
     .flags = EMBEDDED_FORM},
    {GET, "/busy", PERM_SIGNED_IN, NO_BODY, busy, N_("Sometimes busy")},
    {POST, "/busy", PERM_SIGNED_IN, NO_BODY, busy, N_("Sometimes busy")},
    {GET, "/broken", PERM_SIGNED_IN, NO_BODY, broken, N_("Breaks")},
    {GET, "/silent", PERM_SIGNED_IN, NO_BODY, silent, N_("Forgets to reply")},
    {GET, "/write", PERM_SIGNED_IN, NO_BODY, write_in_get, N_("Writes where it may not")},
    {GET, "/staff", PERM_STAFF_WRITE, NO_BODY, list, N_("For owners")},
    {GET, "/sign-in", PERM_PUBLIC, NO_BODY, greet, N_("Sign in")},
    {POST, "/sign-in", PERM_PUBLIC, 4 * KiB, sign_in, N_("Sign in"), .flags = NO_CSRF},
    {POST, "/sign-out", PERM_SIGNED_IN, NO_BODY, sign_out, N_("Sign out"), .flags = LOCKED_TOO},
    {GET, "/away", PERM_SIGNED_IN, NO_BODY, away, N_("Goes where it is told")},
    {GET, "/slow", PERM_PUBLIC, NO_BODY, slow, N_("Takes its time"), .flags = SLOW},
};
static const struct domain toy_domain = {.name = "toy", ROUTES(routes)};

static enum rc authenticate(struct cx *cx, const char *token, bool is_bearer,
                            struct web_session *ret)
{
    if (token == NULL)
        return RC_DENIED;
    if (strcmp(token, "gone") == 0)
        return RC_BUSY;
    bool is_locked = strcmp(token, "locked") == 0;
    if (!is_locked && strcmp(token, "owner") != 0 && strcmp(token, "reception") != 0)
        return RC_DENIED;
    cx->practice = 1;
    cx->actor =
        (struct actor){.user = id_derive(1, 1),
                       .name = "Olga <Owen>",
                       .roles = strcmp(token, "reception") == 0 ? ROLE_RECEPTION : ROLE_OWNER};
    *ret = (struct web_session){.csrf = TOY_CSRF,
                                .theme = "dark",
                                .practice_name = "Toy",
                                .is_locked = is_locked,
                                .is_token = is_bearer};
    return RC_OK;
}

void toy_open(struct toy *t)
{
    toy_open_as(t, NULL);
}

void toy_open_as(struct toy *t, const char *public_url)
{
    static const struct domain *const domains[] = {&toy_domain, NULL};
    const char *why = "";
    *t = (struct toy){.folder = "/tmp/entracte-web-XXXXXX"};
    arena_init(&t->arena, 64 * MiB);
    assert_non_null(mkdtemp(t->folder));
    t->app = (struct app){.keys = keyring_for_tests(),
                          .clock_ms = app_clock_ms,
                          .settings = {.db = support_db_url(), .public_url = public_url}};
    const struct audit_config audit = {
        .dir = t->folder, .keys = t->app.keys, .clock_ms = app_clock_ms};
    assert_int_equal(audit_open(&audit, &t->app.audit, &why), RC_OK);
    assert_int_equal(db_open(t->app.settings.db, false, &t->db), RC_OK);
    assert_int_equal(
        db_script(t->db, "CREATE TABLE thing (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
                         "version BIGINT NOT NULL)"),
        RC_OK);
    t->thing = id_derive(7, 7);
    assert_int_equal(
        db_exec(t->db, &insert, (struct db_val[]){DB_ID(t->thing), DB_S("First")}, 2, NULL), RC_OK);
    struct web_config c = {.app = &t->app,
                           .domains = domains,
                           .authenticate = authenticate,
                           .n_workers = 2,
                           .n_loops = 1};
    assert_int_equal(web_new(&c, &t->web, &why), RC_OK);
}

void toy_close(struct toy *t)
{
    char path[128];
    web_stop(t->web);
    web_free(t->web);
    db_close(t->db);
    audit_close(t->app.audit);
    keyring_free(t->app.keys);
    arena_wipe(&t->arena);
    snprintf(path, sizeof(path), "%s/audit.log", t->folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/audit.key", t->folder);
    unlink(path);
    rmdir(t->folder);
}

int toy_n_things(struct toy *t)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    int n = 0;
    assert_int_equal(db_query(t->db, &t->arena, &all, NULL, 0, &rows), RC_OK);
    while (db_next(rows))
        n++;
    return n;
}

static const char *cookie_of(struct toy *t, const char *token)
{
    return token != NULL ? arena_printf(&t->arena, "theme=x; entracte_s=%s", token) : NULL;
}

struct web_answer toy_get(struct toy *t, const char *token, const char *target)
{
    struct web_answer a;
    web_call(
        t->web, t->db, &t->arena,
        &(struct web_call){
            .method = GET, .target = target, .cookie = cookie_of(t, token), .accept = "text/html"},
        &a);
    return a;
}

struct web_answer toy_post(struct toy *t, const char *token, const char *target, const char *body)
{
    struct web_answer a;
    web_call(t->web, t->db, &t->arena,
             &(struct web_call){.method = POST,
                                .target = target,
                                .cookie = cookie_of(t, token),
                                .accept = "text/html",
                                .content_type = "application/x-www-form-urlencoded",
                                .origin = "http://localhost",
                                .sec_fetch_site = "same-origin",
                                .body = {(const unsigned char *)body, strlen(body)}},
             &a);
    return a;
}

const char *toy_text(struct toy *t, const struct web_answer *a)
{
    return arena_strndup(&t->arena, (const char *)a->body.p, a->body.len);
}

bool toy_has(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

/* --- with a socket ------------------------------------------------------ */

void toy_listen(struct toy *t)
{
    const char *why = "";
    if (web_listen(t->web, "127.0.0.1:0", &why) != RC_OK)
        fail_msg("%s", why);
}

int toy_connect(struct toy *t)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)web_port(t->web)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

const char *toy_talk(struct toy *t, int fd, const void *bytes, size_t n, int quiet_ms)
{
    struct buf b;
    buf_init(&b, &t->arena, 16 * MiB);
    for (size_t at = 0; at < n;) {
        ssize_t sent = send(fd, (const char *)bytes + at, n - at, MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        at += (size_t)sent;
    }
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, quiet_ms) > 0) {
        char in[4096];
        ssize_t got = recv(fd, in, sizeof(in), 0);
        if (got <= 0)
            break;
        buf_add(&b, in, (size_t)got);
    }
    return b.s;
}

const char *toy_raw(struct toy *t, const char *bytes, size_t n)
{
    int fd = toy_connect(t);
    const char *got = toy_talk(t, fd, bytes, n, 400);
    close(fd);
    return got;
}

int toy_n_answers(const char *received)
{
    int n = 0;
    for (const char *s = received; (s = strstr(s, "HTTP/1.1 ")) != NULL; s += 9)
        n += strncmp(s, "HTTP/1.1 100", 12) != 0;
    return n;
}
