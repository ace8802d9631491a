/* SPDX-License-Identifier: AGPL-3.0-or-later
 * imports_web.c - routes, pages and JSON of imports. */
#include "domains/imports/imports_view.h"
#include "imports_private.h"
#include "imports_sql.h"

#include <stdio.h>
#include <string.h>

enum { SAMPLE_MAX = 8, LINES_MAX = 200 };

/* --- shapes ------------------------------------------------------------------------------ */

static const struct member item_members[] = {
    SHAPE_ID(struct import_item, id),
    SHAPE_KEY(struct import_item, kind, import_kind_choices, IMPORT_KIND_N_),
    SHAPE_BOOL(struct import_item, is_done),
    SHAPE_INSTANT(struct import_item, created),
};
static const struct shape item_shape = SHAPE("ImportItem", item_members);
static const struct member start_members[] = {
    SHAPE_LIST(struct import_start_view, imports, &item_shape),
};
static const struct shape start_shape = SHAPE("ImportList", start_members);

static const struct member column_members[] = {
    SHAPE_STR(struct import_column_view, head),
    SHAPE_STR(struct import_column_view, sample),
    SHAPE_STR(struct import_column_view, key),
    SHAPE_BOOL(struct import_column_view, is_guess),
};
static const struct shape column_shape = SHAPE("ImportColumn", column_members);
static const struct member line_members[] = {
    SHAPE_COUNT(struct import_line, number),
    SHAPE_KEY(struct import_line, outcome, import_outcome_choices, IMPORT_OUTCOME_N_),
    SHAPE_STR(struct import_line, who),
    SHAPE_STR(struct import_line, what),
    SHAPE_STR(struct import_line, reason),
};
static const struct shape line_shape = SHAPE("ImportLine", line_members);
static const struct member sample_members[] = {
    SHAPE_COUNT(struct import_sample, number),    SHAPE_STR(struct import_sample, who),
    SHAPE_STR(struct import_sample, given_name),  SHAPE_STR(struct import_sample, family_name),
    SHAPE_DATE(struct import_sample, birth_date), SHAPE_STR(struct import_sample, phone),
    SHAPE_STR(struct import_sample, email),       SHAPE_STR(struct import_sample, city),
    SHAPE_INSTANT(struct import_sample, start),   SHAPE_STR(struct import_sample, client),
};
static const struct shape sample_shape = SHAPE("ImportSample", sample_members);
static const struct member import_members[] = {
    SHAPE_ID(struct import_view, id),
    SHAPE_KEY(struct import_view, kind, import_kind_choices, IMPORT_KIND_N_),
    SHAPE_BOOL(struct import_view, is_done),
    SHAPE_COUNT(struct import_view, n_read),
    SHAPE_COUNT(struct import_view, n_taken),
    SHAPE_COUNT(struct import_view, n_skipped),
    SHAPE_COUNT(struct import_view, n_refused),
    SHAPE_STR(struct import_view, encoding),
    SHAPE_STR(struct import_view, separator),
    SHAPE_STR(struct import_view, program),
    SHAPE_STR(struct import_view, note),
    SHAPE_LIST(struct import_view, columns, &column_shape),
    SHAPE_LIST(struct import_view, sample, &sample_shape),
    SHAPE_LIST(struct import_view, lines, &line_shape),
    SHAPE_COUNT(struct import_view, n_more),
    SHAPE_RECORD(struct import_view, import, &import_type),
};
static const struct shape import_shape = SHAPE("Import", import_members);

/* --- the start ---------------------------------------------------------------------------- */

static enum rc reply_start(struct req *rq, enum rc rc)
{
    struct cx *cx = rq->cx;
    struct import *list;
    struct import_start_view v = {.problem = cx_err(cx, "file")};
    TRY(import_list(cx, &list, &v.n_imports));
    v.imports = arena_array(cx->arena, struct import_item, v.n_imports + 1);
    for (int i = 0; i < v.n_imports; i++)
        v.imports[i] =
            (struct import_item){.id = list[i].id,
                                 .kind = list[i].kind,
                                 .is_done = list[i].is_done,
                                 .created_ms = list[i].created_ms,
                                 .kind_text = trc(cx, import_kind_choices[list[i].kind].label),
                                 .when = cx_moment(cx, list[i].created_ms, DATE_TINY)};
    page_init(rq, &v.page, N_("Bring in data"), NAV_PRACTICE);
    return reply_page(rq, rc, &start_shape, &v, PAGE(imports_start_html));
}

static enum rc start(struct req *rq)
{
    return reply_start(rq, RC_OK);
}

/* --- one import: rows ------------------------------------------------------------------------ */

static void fill_lines(struct cx *cx, const struct import_row *rows, int n, struct import_view *v)
{
    static const char *const chips[] = {
        [IMPORT_TAKEN] = "ok", [IMPORT_SKIPPED] = "", [IMPORT_REFUSED] = "need"};
    v->lines = arena_array(cx->arena, struct import_line, LINES_MAX);
    for (int i = 0; i < n; i++) {
        const struct import_row *r = &rows[i];
        if (r->reason[0] == '\0')
            continue;
        if (v->n_lines == LINES_MAX) {
            v->n_more++;
            continue;
        }
        const char *text = r->outcome == IMPORT_TAKEN && !v->is_done
                               ? N_("With a remark")
                               : import_outcome_choices[r->outcome].label;
        v->lines[v->n_lines++] = (struct import_line){.number = r->number,
                                                      .outcome = r->outcome,
                                                      .who = r->who,
                                                      .what = r->what,
                                                      .reason = r->reason,
                                                      .outcome_text = trc(cx, text),
                                                      .chip = chips[r->outcome]};
    }
    if (v->n_more > 0)
        v->more = trnf(cx, "%d more row stands in the table of the report.",
                       "%d more rows stand in the table of the report.", v->n_more);
}

/* Whose the appointments of the sample would be. */
static enum rc name_clients(struct cx *cx, const struct id *clients, struct import_view *v)
{
    struct client_name *names;
    TRY(client_names(cx, clients, v->n_sample, &names));
    for (int i = 0; i < v->n_sample; i++)
        v->sample[i].client = names[i].name;
    return RC_OK;
}

static enum rc fill_sample(struct cx *cx, const struct import_plan *p, struct import_view *v)
{
    struct id clients[SAMPLE_MAX] = {0};
    v->sample = arena_array(cx->arena, struct import_sample, SAMPLE_MAX);
    for (int i = 0; i < p->n_rows && v->n_sample < SAMPLE_MAX; i++) {
        const struct import_row *r = &p->rows[i];
        if (r->outcome != IMPORT_TAKEN)
            continue;
        struct import_sample *s = &v->sample[v->n_sample++];
        *s = (struct import_sample){
            .number = r->number, .who = r->who, .what = r->what, .birth_date = DATE_NONE};
        if (r->appointment != NULL) {
            s->start_ms = r->appointment->start_ms;
            clients[v->n_sample - 1] = r->appointment->client[0];
        }
        if (r->client == NULL)
            continue;
        s->given_name = r->client->given_name;
        s->family_name = r->client->family_name;
        s->birth_date = p->open_date == NULL ? r->client->birth_date : DATE_NONE;
        s->birth_text = locale_date(cx->arena, cx->locale, s->birth_date, DATE_MEDIUM);
        s->phone = r->client->phone;
        s->email = r->client->email;
        s->city = r->client->city;
    }
    return name_clients(cx, clients, v);
}

/* --- one import: choices ----------------------------------------------------------------- */

static struct select_view choice_begin(struct cx *cx, const char *key, const char *label, int n_max)
{
    return (struct select_view){.name = key,
                                .label = trc(cx, label),
                                .error = cx_err(cx, key),
                                .options = arena_array(cx->arena, struct select_option, n_max)};
}

static void offer(struct cx *cx, struct select_view *s, struct id id, const char *label,
                  struct id chosen)
{
    s->options[s->n_options++] =
        (struct select_option){arena_strdup(cx->arena, id.s), label, id_eq(id, chosen)};
}

static void offer_nothing(struct select_view *s, const char *label)
{
    s->options[s->n_options++] = (struct select_option){"", label, false};
}

static enum rc fill_people(struct cx *cx, struct import_view *v)
{
    struct person *list;
    int n;
    const char *label = v->is_calendar ? N_("Whose appointments they are") : N_("Clinician");
    TRY(clinician_list(cx, &list, &n));
    v->clinicians = choice_begin(cx, "clinician", label, n + 1);
    v->clinicians.is_required = v->is_calendar;
    if (!v->is_calendar)
        offer_nothing(&v->clinicians, trc(cx, N_("Nobody yet")));
    else if (!id_is_set(v->clinician))
        offer_nothing(&v->clinicians, trc(cx, N_("Choose one")));
    for (int i = 0; i < n; i++)
        offer(cx, &v->clinicians, list[i].id, person_name(cx, &list[i]), v->clinician);
    return RC_OK;
}

static enum rc fill_services(struct cx *cx, struct import_view *v)
{
    struct service *list;
    int n, n_offered = 0;
    TRY(service_list(cx, true, &list, &n));
    v->services = choice_begin(cx, "service", N_("Service"), n + 1);
    v->services.is_required = true;
    if (!id_is_set(v->service))
        offer_nothing(&v->services, trc(cx, N_("Choose one")));
    for (int i = 0; i < n; i++)
        if (list[i].kind == SERVICE_INDIVIDUAL) {
            offer(cx, &v->services, list[i].id, list[i].name, v->service);
            n_offered++;
        }
    if (n_offered == 0)
        v->services.help =
            trc(cx, N_("No individual service is offered yet. Make one under Practice, Services; "
                       "the file waits."));
    return RC_OK;
}

/* What is worth a second look at a column, or NULL. */
static const char *about_column(struct cx *cx, const struct import_column *c)
{
    if (c->has_twin)
        return trc(cx, N_("Another column has the same heading."));
    if (c->is_guess && c->key[0] == '\0')
        return trc(cx, N_("No field goes by this name."));
    return NULL;
}

static void fill_columns(struct cx *cx, const struct import_plan *p, struct import_view *v)
{
    struct choice targets[IMPORT_MAX_TARGETS];
    int n_targets = import_targets(targets);
    v->columns = arena_array(cx->arena, struct import_column_view, p->n_columns + 1);
    for (; v->n_columns < p->n_columns; v->n_columns++) {
        const struct import_column *from = &p->columns[v->n_columns];
        struct import_column_view *c = &v->columns[v->n_columns];
        *c = (struct import_column_view){.head = from->head,
                                         .key = from->key,
                                         .is_guess = from->is_guess && from->key[0] != '\0',
                                         .about = about_column(cx, from)};
        if (c->head[0] == '\0')
            c->head = trf(cx, N_("Column %d"), v->n_columns + 1);
        c->name = arena_printf(cx->arena, "column.%d", v->n_columns);
        c->input = arena_printf(cx->arena, "f-column-%d", v->n_columns);
        c->problem = cx_err(cx, c->name);
        c->sample = from->sample;
        c->options = arena_array(cx->arena, struct select_option, n_targets + 1);
        c->options[c->n_options++] = (struct select_option){"", trc(cx, N_("(leave out)")), false};
        for (int k = 0; k < n_targets; k++)
            c->options[c->n_options++] = (struct select_option){
                targets[k].key, trc(cx, targets[k].label), strcmp(targets[k].key, from->key) == 0};
    }
}

/* --- one import: words ------------------------------------------------------------------- */

static const char *separator_text(char c)
{
    return c == ','    ? N_("commas")
           : c == ';'  ? N_("semicolons")
           : c == '\t' ? N_("tabs")
                       : N_("bars");
}

/* "A table of 120 rows · UTF-8 · parted by commas · looks like SimplePractice". */
static const char *about(struct cx *cx, const struct import_view *v)
{
    struct buf b;
    buf_init(&b, cx->arena, 1000);
    buf_puts(&b, v->kind == IMPORT_CALENDAR ? trnf(cx, "%d event", "%d events", v->n_read)
                 : v->kind == IMPORT_CARDS  ? trnf(cx, "%d card", "%d cards", v->n_read)
                                            : trnf(cx, "%d row", "%d rows", v->n_read));
    if (v->encoding != NULL)
        buf_printf(&b, " · %s", v->encoding);
    if (v->separator != NULL)
        buf_printf(&b, " · %s", trf(cx, N_("parted by %s"), v->separator));
    if (v->program != NULL)
        buf_printf(&b, " · %s", trf(cx, N_("looks like an export of %s"), v->program));
    return b.s;
}

static const char *act(struct cx *cx, const struct import_view *v, bool is_open)
{
    if (v->n_taken == 0 || is_open)
        return NULL;
    return v->is_calendar ? trnf(cx, "Take %d appointment", "Take %d appointments", v->n_taken)
                          : trnf(cx, "Take %d client", "Take %d clients", v->n_taken);
}

static const char *done_heading(struct cx *cx, const struct import_view *v)
{
    if (v->n_taken == 0)
        return trc(cx, N_("Nothing new was in this file"));
    return v->is_calendar
               ? trnf(cx, "%d appointment was taken", "%d appointments were taken", v->n_taken)
               : trnf(cx, "%d client was taken", "%d clients were taken", v->n_taken);
}

/* --- one import: the page ---------------------------------------------------------------- */

static enum rc fill_report(struct cx *cx, struct import_view *v)
{
    struct import_row *rows;
    int n, count[IMPORT_OUTCOME_N_] = {0};
    TRY(import_report(cx, v->id, &rows, &n));
    for (int i = 0; i < n; i++)
        count[rows[i].outcome]++;
    v->n_read = n;
    v->n_taken = count[IMPORT_TAKEN];
    v->n_skipped = count[IMPORT_SKIPPED];
    v->n_refused = count[IMPORT_REFUSED];
    v->has_left_out = v->kind == IMPORT_TABLE && v->n_refused > 0;
    fill_lines(cx, rows, n, v);
    v->heading = done_heading(cx, v);
    return RC_OK;
}

static enum rc fill_plan(struct cx *cx, struct import_view *v)
{
    struct import_plan p;
    TRY(import_plan(cx, &v->import, &p));
    v->n_read = p.n_read;
    v->n_taken = p.n[IMPORT_TAKEN];
    v->n_skipped = p.n[IMPORT_SKIPPED];
    v->n_refused = p.n[IMPORT_REFUSED];
    v->encoding = p.encoding;
    v->separator = p.separator != '\0' ? trc(cx, separator_text(p.separator)) : NULL;
    v->program = p.program;
    v->note = p.note;
    v->has_dates = p.has_dates;
    v->import.dates = v->kind == IMPORT_TABLE ? p.dates : v->import.dates;
    fill_columns(cx, &p, v);
    TRY(fill_sample(cx, &p, v));
    fill_lines(cx, p.rows, p.n_rows, v);
    TRY(fill_people(cx, v));
    TRY(fill_services(cx, v));
    v->heading = trc(cx, import_kind_choices[v->kind].label);
    v->about = about(cx, v);
    v->act = act(cx, v, p.open_date != NULL);
    return RC_OK;
}

/* i: its choices as they are to be shown; typed: what was sent and refused, or NULL. */
static enum rc reply_import(struct req *rq, enum rc rc, const struct import *i,
                            const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct import_view v = {.id = i->id,
                            .kind = i->kind,
                            .is_done = i->is_done,
                            .is_calendar = i->kind == IMPORT_CALENDAR,
                            .clinician = i->clinician,
                            .service = i->service,
                            .import = *i};
    _cleanup_work_ struct work w = {0};
    work_open(&w, cx);
    TRY(v.is_done ? fill_report(cx, &v) : fill_plan(cx, &v));
    work_rest(&w); /* what was made lives on until the page is written */
    v.form = (struct record_form){.cx = cx, .t = &import_type, .rec = &v.import, .typed = typed};
    page_init(rq, &v.page, v.is_done ? N_("Report of an import") : N_("Preview of an import"),
              NAV_PRACTICE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    rq->n_disclosed = v.n_sample + v.n_lines;
    rq->disclosed = v.id;
    if (v.is_done)
        return reply_page(rq, rc, &import_shape, &v, PAGE(imports_report_html));
    return reply_page(rq, rc, &import_shape, &v,
                      v.is_calendar ? PAGE(imports_calendar_html) : PAGE(imports_clients_html));
}

static enum rc show(struct req *rq)
{
    struct import i;
    TRY(import_load(rq->cx, rq->id[0], &i));
    return reply_import(rq, RC_OK, &i, NULL);
}

static enum rc reply_table(struct req *rq, enum rc (*make)(struct cx *, struct id, struct bytes *),
                           const char *name)
{
    struct bytes csv, copy;
    _cleanup_work_ struct work w = {0};
    work_open(&w, rq->cx);
    TRY(make(rq->cx, rq->id[0], &csv));
    work_rest(&w);
    copy = (struct bytes){
        (const unsigned char *)arena_strndup(rq->cx->arena, (const char *)csv.p, csv.len), csv.len};
    rq->n_disclosed = 1;
    return reply_file(rq, "text/csv; charset=utf-8", name, false, copy);
}

static enum rc report(struct req *rq)
{
    return reply_table(rq, import_report_csv, "import.csv");
}

static enum rc left_out(struct req *rq)
{
    return reply_table(rq, import_left_out_csv, "left-out.csv");
}

/* --- what is chosen ---------------------------------------------------------------------- */

/* "column.0" ... as a stored mapping; NULL: none sent. RC_INVALID names the one at fault. */
static enum rc read_mapping(struct cx *cx, const struct form *f, const char **ret)
{
    struct buf b;
    int n_columns = 0;
    buf_init(&b, cx->arena, 16 * KiB);
    *ret = NULL;
    for (int i = 0; i < IMPORT_MAX_COLUMNS; i++) {
        const char *name = arena_printf(cx->arena, "column.%d", i), *key = form_get(f, name);
        if (key == NULL)
            continue;
        if (key[0] != '\0' && !import_is_target(key))
            return refuse(cx, RC_INVALID, name, N_("Choose one of the list."));
        for (; n_columns < i; n_columns++)
            buf_putc(&b, ',');
        buf_puts(&b, key);
    }
    if (b.len > 0)
        *ret = b.s;
    return RC_OK;
}

static const struct form_key also[] = {{"column.", FORM_STRING}, {0}};

/* Reads and stores the choices sent. On RC_INVALID *ret is what stands, with the columns as sent.
 */
static enum rc choose(struct req *rq, struct import *ret)
{
    struct cx *cx = rq->cx;
    struct id id;
    const char *sent = form_get(&rq->form, "import"), *mapping;
    if (sent == NULL || !id_parse(sent, &id))
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such import. It may have run out."));
    TRY(import_load(cx, id, ret));
    if (ret->is_done)
        return RC_OK;
    TRY(read_mapping(cx, &rq->form, &mapping));
    if (mapping != NULL)
        ret->mapping = mapping;
    struct import chosen = *ret;
    TRY(record_parse(cx, &import_type, &rq->form, also, &chosen));
    TRY(import_choose(cx, &chosen));
    *ret = chosen;
    return RC_OK;
}

/* --- writing ----------------------------------------------------------------------------- */

/* "content": the file itself, as a program may send it. The rest is looked at by record_parse(). */
static const struct form_key preview_keys[] = {
    {"file", FORM_STRING},     {"content", FORM_STRING},  {"import", FORM_WORDS},
    {"clinician", FORM_WORDS}, {"service", FORM_WORDS},   {"status", FORM_WORDS},
    {"dates", FORM_WORDS},     {"from_days", FORM_WORDS}, {"until_days", FORM_WORDS},
    {"past_held", FORM_WORDS}, {"column.", FORM_STRING},  {0}};

static enum rc upload(struct req *rq)
{
    struct import i;
    const struct form_file *f = form_file(&rq->form, "file");
    const char *content = form_get(&rq->form, "content");
    struct bytes file = {(const unsigned char *)content, content != NULL ? strlen(content) : 0};
    if (f != NULL)
        file = f->data;
    enum rc rc = f == NULL && content == NULL
                     ? refuse(rq->cx, RC_INVALID, "file", N_("Choose a file first."))
                     : import_put(rq->cx, file, &i);
    if (rc == RC_INVALID)
        return reply_start(rq, rc);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/imports/%s", i.id.s), i.id, 1, true, NULL);
}

static enum rc preview(struct req *rq)
{
    struct import i;
    if (!form_has(&rq->form, "import"))
        return upload(rq);
    enum rc rc = choose(rq, &i);
    if (rc == RC_INVALID)
        return reply_import(rq, rc, &i, &rq->form);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/imports/%s", i.id.s), i.id, 1, false, NULL);
}

static enum rc run(struct req *rq)
{
    struct import i;
    enum rc rc = choose(rq, &i);
    if (rc == RC_OK)
        rc = import_run(rq->cx, i.id);
    if (rc == RC_INVALID)
        return reply_import(rq, rc, &i, &rq->form);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/imports/%s", i.id.s), i.id, 2, false, NULL);
}

static enum rc erase(struct req *rq)
{
    TRY(import_erase(rq->cx, rq->id[0]));
    return reply_done(rq, "/imports", rq->id[0], 0, false, N_("The file is erased."));
}

static const struct route routes[] = {
    {GET, "/imports", PERM_IMPORT, NO_BODY, start, N_("What can be brought in, and what waits"),
     .answer = &start_shape},
    {POST, "/imports/preview", PERM_IMPORT, IMPORT_MAX_BYTES + 64 * KiB, preview,
     N_("Upload a file to bring in (a multipart part \"file\", or a text \"content\"), or change "
        "what is chosen for it"),
     .discloses = "import", .reads = preview_keys, .flags = EMBEDDED_FORM},
    {POST, "/imports/run", PERM_IMPORT, 256 * KiB, run,
     N_("Take in a file; columns of a table as \"column\": [key of a field or \"\", ...]"),
     .discloses = "import", .takes = &import_type},
    {GET, "/imports/{id}", PERM_IMPORT, NO_BODY, show,
     N_("Preview of an import, or its report once it is done"), .discloses = "import",
     .answer = &import_shape},
    {GET, "/imports/{id}/report", PERM_IMPORT, NO_BODY, report,
     N_("Report of an import as a table"), .discloses = "import", .flags = STEP_UP},
    {GET, "/imports/{id}/left-out", PERM_IMPORT, NO_BODY, left_out,
     N_("Rows that were left out, as they stood in the file, and why; to be corrected and brought "
        "again"),
     .discloses = "import", .flags = STEP_UP},
    {POST, "/imports/{id}/erase", PERM_IMPORT, 4 * KiB, erase, N_("Erase a file or its report")},
};

static const struct job_kind *const jobs[] = {&import_erase_job, NULL};

static const struct sealed_table sealed_import = {.name = "import_file",
                                                  .class = SEAL_IDENTITY,
                                                  .others = &SQL_IMPORT_OTHER_KEY,
                                                  .put = &SQL_IMPORT_RESEAL,
                                                  .at_once = 1 /* whole files */};
static const struct sealed_table *const sealed[] = {&sealed_import, NULL};

const struct domain domain_imports = {
    .name = "imports",
    ROUTES(routes),
    .statements = IMPORTS_STATEMENTS,
    .n_statements = (int)N_ELEMS(IMPORTS_STATEMENTS),
    .sealed = sealed,
    .jobs = jobs,
};
