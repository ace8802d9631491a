/* SPDX-License-Identifier: AGPL-3.0-or-later
 * problems.c - the list of problems and its sentences. */
#include "interop/problems.h"

void problems_add(struct problems *p, int row, const char *reason)
{
    if (p->n == PROBLEMS_MAX) {
        p->n_more++;
        return;
    }
    arena_grow(p->arena, p->list, p->n, p->cap);
    p->list[p->n++] = (struct problem){row, reason};
}

static const struct {
    const char *reason, *sentence;
} sentences[] = {
    {"bad_text", N_("Some characters could not be read and were replaced.")},
    {"card_not_closed", N_("The card has no end; the file may be cut off.")},
    {"cell_too_long", N_("A cell is too long.")},
    {"end_before_start", N_("The event ends before it starts.")},
    {"event_not_closed", N_("The event has no end; the file may be cut off.")},
    {"extra_cells", N_("The row has more cells than the first row; the last ones were left out.")},
    {"no_name", N_("The card has no name.")},
    {"no_start", N_("The event has no start that can be read.")},
    {"not_a_calendar", N_("The file is not a calendar.")},
    {"not_a_card", N_("The file holds no cards.")},
    {"not_a_person", N_("The card is a group, not a person.")},
    {"not_a_table", N_("The file is not a table.")},
    {"nul_character", N_("The file contains characters of value zero; they were left out.")},
    {"quote_not_closed", N_("A quotation mark is not closed; the file may be cut off.")},
    {"range_not_supported", N_("A change of all later events was taken for this one alone.")},
    {"rule_not_supported", N_("The repetition could not be read; only the first event was taken.")},
    {"text_after_quote", N_("Text follows a closing quotation mark; it was kept.")},
    {"too_large", N_("The file is too large.")},
    {"too_many_cards", N_("The file holds too many cards; the rest was left out.")},
    {"too_many_columns", N_("The row has too many columns.")},
    {"too_many_events", N_("The file holds too many events; the rest was left out.")},
    {"too_many_occurrences", N_("The event repeats too often; later dates were left out.")},
    {"too_many_rows", N_("The table has too many rows; the rest was left out.")},
    {"too_much_work", N_("The repetition takes too long to work out; later dates were left out.")},
    {"too_many_values", N_("The card has too many values of one kind; the rest was left out.")},
    {"unknown_zone", N_("The time zone is not known; the time was taken as local time.")},
    {"value_too_long", N_("A value is too long and was left out.")},
};

const char *problem_sentence(const char *reason)
{
    for (size_t i = 0; i < N_ELEMS(sentences); i++)
        if (strcmp(sentences[i].reason, reason) == 0)
            return sentences[i].sentence;
    abort(); /* a reader invented a reason */
}

bool arena_has_room(const struct arena *a, size_t n_bytes)
{
    const size_t block_bytes = 64 * 1024; /* the arena takes memory in blocks */
    return a->max_bytes - a->used_bytes > block_bytes &&
           n_bytes < a->max_bytes - a->used_bytes - block_bytes;
}
