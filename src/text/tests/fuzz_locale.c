/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_locale.c - any text as an amount, a date, an instant and a search: what is read is written
 * and read again as the same. */
#include "base/utf8.h"
#include "text/locale.h"
#include "text/zone.h"

#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void one(struct arena *a, const struct locale *l, const char *s)
{
    int64_t cents, again;
    int32_t days, days2;
    if (locale_parse_cents(l, s, &cents)) {
        must(locale_parse_cents(l, locale_amount(a, l, cents), &again) && again == cents);
        must(locale_parse_cents(l, locale_money(a, l, cents, "EUR"), &again) && again == cents);
    }
    if (locale_parse_date(l, s, &days)) {
        must(locale_parse_date(l, locale_date(a, l, days, DATE_SHORT), &days2) || days < -354285);
        for (int style = DATE_FULL; style <= DATE_WEEKDAY; style++)
            locale_date(a, l, days, (enum date_style)style);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const names[] = {"en-GB", "en-US", "es-ES", "fr-FR", "de-CH", "hi-IN"};
    struct arena a;
    int64_t ms, again;
    const struct zone *z = zone_get("Europe/Madrid");
    if (!utf8_is_valid((const char *)data, n))
        return 0; /* the edge of the program refuses it */
    arena_init(&a, 64 << 20);
    const char *s = arena_strndup(&a, (const char *)data, n);
    for (size_t i = 0; i < N_ELEMS(names); i++)
        one(&a, locale_get(names[i]), s);
    if (zone_parse_iso(z, s, &ms))
        must(!zone_parse_iso(z, zone_format_iso(&a, z, ms), &again) || ms - again < MS_PER_MIN);
    const char *folded = text_fold(&a, s);
    must(utf8_is_valid(folded, strlen(folded)) && text_matches(folded, folded));
    must(utf8_is_valid(locale_initials(&a, s, s), strlen(locale_initials(&a, s, s))));
    arena_wipe(&a);
    return 0;
}
