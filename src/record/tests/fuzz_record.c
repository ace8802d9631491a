/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_record.c - random pairs into a record of every kind; what is accepted must survive packing,
 * and whatever was sent must be drawable. */
#include "base/utf8.h"
#include "record/tests/sample.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* First byte: JSON or form; then "key=value" lines. */
static struct form form_of(struct arena *a, const char *text)
{
    struct form f = {.is_json = text[0] == 'j'};
    const char *line = text[0] != '\0' ? text + 1 : text;
    while (*line != '\0' && f.n < FORM_MAX_PAIRS) {
        size_t n = strcspn(line, "\x1e"), at = strcspn(line, "=");
        if (at < n)
            form_add(a, &f, arena_strndup(a, line, at),
                     arena_strndup(a, line + at + 1, n - at - 1));
        line += n + (line[n] != '\0');
    }
    return f;
}

static void must_survive_packing(struct cx *cx, const struct sample *s)
{
    static const enum seal_class classes[] = {SEAL_NONE, SEAL_IDENTITY, SEAL_CLINICAL};
    struct sample back;
    record_init(&sample_type, &back);
    for (size_t i = 0; i < N_ELEMS(classes); i++) {
        struct bytes plain;
        if (record_pack(cx, &sample_type, classes[i], s, &plain) != RC_OK ||
            record_unpack(cx, &sample_type, classes[i], plain, &back) != RC_OK)
            abort();
    }
    if (*record_changed(cx->arena, &sample_type, s, &back) != '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a;
    arena_init(&a, 64 << 20);
    const char *text = arena_strndup(&a, (const char *)data, n);
    if (utf8_is_valid(text, n)) {
        struct cx cx = {.arena = &a,
                        .zone = zone_get("Europe/Madrid"),
                        .currency = "EUR",
                        .locale = locale_get("en-GB"),
                        .cat = catalogue_get("en")};
        struct form f = form_of(&a, text);
        struct sample s;
        record_init(&sample_type, &s);
        if (record_parse(&cx, &sample_type, &f, NULL, &s) == RC_OK)
            must_survive_packing(&cx, &s);
        struct buf out;
        buf_init(&out, &a, 4 << 20);
        struct record_form form = {&cx, &sample_type, &s, &f, NULL};
        record_errors((struct html){&out, cx.cat}, &form);
        record_inputs((struct html){&out, cx.cat}, &form);
    }
    arena_wipe(&a);
    return 0;
}
