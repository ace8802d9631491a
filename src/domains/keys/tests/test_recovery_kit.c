/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_recovery_kit.c - kits made, asked for and used; their pages. */
#include "domains/keys/keys_view.h"
#include "domains/people/people_view.h"
#include "domains/practice/practice_view.h"
#include "keys_sql.h"
#include "support.h"

static struct world w;

/* Kits are owners'. */
static void roles_of_a(unsigned roles)
{
    struct person p;
    world_as(&w, OWNER);
    OK(person_load(&w.cx, w.person[CLINICIAN_A], &p));
    p.roles = roles;
    OK(person_save(&w.cx, &p, NULL));
}

static int open_world(void **state)
{
    (void)state;
    int r = world_open(&w, &domain_practice, &domain_people, &domain_keys, NULL);
    roles_of_a(ROLE_OWNER | ROLE_CLINICIAN);
    return r;
}

static struct recovery_kit own(void)
{
    struct recovery_kit kit = {0};
    OK(kit_own(&w.cx, &kit));
    return kit;
}

static const char *words_of(const struct recovery_kit *kit, int sheet)
{
    const char *word[KIT_WORDS];
    struct buf b;
    buf_init(&b, &w.arena, KIT_TEXT_MAX);
    OK(kit_show(&w.cx, kit, sheet, word));
    for (int i = 0; i < KIT_WORDS; i++)
        buf_printf(&b, "%s ", word[i]);
    return b.s;
}

static enum rc answer(const struct recovery_kit *kit, bool wrong)
{
    const char *word[KIT_WORDS], *typed[KIT_ASKED];
    int nth[KIT_ASKED];
    OK(kit_show(&w.cx, kit, 0, word));
    kit_asks(kit, nth);
    typed[0] = word[nth[0] - 1];
    typed[1] = wrong ? word[nth[0] - 1] : word[nth[1] - 1];
    return kit_confirm(&w.cx, kit, typed);
}

/* As CLINICIAN_A, with a kit; the tier is closed but to who signs in. */
static const char *kit_in_the_safe(void)
{
    world_as(&w, CLINICIAN_A);
    OK(person_unlock(&w.cx, "clinician_a@example.org", WORLD_PASSWORD));
    OK(kit_make(&w.cx));
    struct recovery_kit kit = own();
    const char *words = words_of(&kit, 0);
    OK(answer(&kit, false));
    keyring_close(w.app.keys);
    return words;
}

static void a_kit_counts_when_two_words_of_it_were_typed(void **state)
{
    (void)state;
    world_as(&w, CLINICIAN_A);
    OK(kit_make(&w.cx));
    struct recovery_kit kit = own();
    assert_int_equal(kit.confirmed_ms, 0);
    assert_int_equal(answer(&kit, true), RC_INVALID);
    int before[KIT_ASKED], after[KIT_ASKED];
    kit_asks(&kit, before);
    kit = own();
    kit_asks(&kit, after);
    assert_true(before[0] != after[0] || before[1] != after[1]);
    OK(answer(&kit, false));
    assert_int_equal(own().confirmed_ms, w.cx.now_ms);
}

static void the_two_words_asked_are_two(void **state)
{
    (void)state;
    struct recovery_kit kit = {.id = id_new()};
    int nth[KIT_ASKED];
    for (kit.n_asked = 0; kit.n_asked < 5000; kit.n_asked++) {
        kit_asks(&kit, nth);
        assert_true(nth[0] >= 1 && nth[0] < nth[1] && nth[1] <= KIT_WORDS);
    }
}

static void a_new_kit_takes_the_place_of_the_old_one_when_it_is_confirmed(void **state)
{
    (void)state;
    struct recovery_kit *list;
    int n;
    world_as(&w, CLINICIAN_A);
    OK(kit_make(&w.cx));
    struct recovery_kit first = own();
    OK(answer(&first, false));
    world_at(&w, w.cx.now_ms + 1000);
    OK(kit_make(&w.cx));
    OK(kit_list(&w.cx, &list, &n));
    assert_int_equal(n, 2);
    struct recovery_kit second = own();
    OK(answer(&second, false));
    OK(kit_list(&w.cx, &list, &n));
    assert_int_equal(n, 1);
    assert_true(id_eq(list[0].id, second.id));
}

static void a_kit_needs_the_clinical_tier(void **state)
{
    (void)state;
    kit_in_the_safe();
    memset(w.cx.keys->session, 7, sizeof(w.cx.keys->session));
    struct recovery_kit kit = own();
    const char *word[KIT_WORDS];
    assert_int_equal(kit_show(&w.cx, &kit, 0, word), RC_DENIED);
    assert_int_equal(kit_make(&w.cx), RC_DENIED);
}

static void a_forgotten_password_is_set_anew_and_opens_what_the_old_one_opened(void **state)
{
    (void)state;
    const char *words = kit_in_the_safe();
    static const char new_password[] = "seventeen green kettles";
    OK(kit_recover_person(&w.cx, "Clinician_A@example.org", words, new_password));
    keyring_close(w.app.keys);
    assert_int_equal(person_unlock(&w.cx, "clinician_a@example.org", WORLD_PASSWORD), RC_DENIED);
    OK(person_unlock(&w.cx, "clinician_a@example.org", new_password));
    assert_true(seal_is_open(w.cx.keys, w.cx.practice));
}

static void the_makers_private_notes_open_again_and_nobody_elses(void **state)
{
    (void)state;
    struct id client = id_new();
    struct bytes stored;
    OK(seal_client_make(&w.arena, w.cx.keys, w.cx.practice, client, SEAL_CLINICAL, &stored));
    struct seal_item a = {.where = {w.cx.practice, client, "table", client, SEAL_PRIVATE, 1},
                          .wrapped = stored,
                          .in = {(const unsigned char *)"mine", 4}};
    struct seal_item b = a;
    const char *words = kit_in_the_safe();
    static const char new_password[] = "seventeen green kettles";
    OK(person_unlock(&w.cx, "clinician_a@example.org", WORLD_PASSWORD));
    OK(seal_close_many(&w.arena, w.cx.keys, &a, 1));
    OK(person_unlock(&w.cx, "clinician_b@example.org", WORLD_PASSWORD));
    OK(seal_close_many(&w.arena, w.cx.keys, &b, 1));
    a.in = a.out;
    b.in = b.out;
    OK(kit_recover_person(&w.cx, "clinician_a@example.org", words, new_password));
    OK(kit_recover_person(&w.cx, "clinician_b@example.org", words, new_password));
    OK(person_unlock(&w.cx, "clinician_a@example.org", new_password));
    OK(seal_open_many(&w.arena, w.cx.keys, &a, 1));
    OK(person_unlock(&w.cx, "clinician_b@example.org", new_password));
    assert_true(seal_is_open(w.cx.keys, w.cx.practice));
    assert_int_equal(seal_open_many(&w.arena, w.cx.keys, &b, 1), RC_BROKEN);
}

static void the_page_shows_the_keys_and_changes_the_clinical_one(void **state)
{
    (void)state;
    struct practice_key_row was, is;
    const char *words = kit_in_the_safe();
    OK(practice_key(&w.cx, SEAL_CLINICAL, &was));
    struct web_answer r = GOT("/recovery-kit", OWNER);
    assert_holds(&r, "Clinical key: opens what was said");
    assert_lacks(&r, "Change the clinical key</button>"); /* nobody opened it there */
    r = POSTED("/recovery-kit/clinical-key", OWNER, "");
    assert_int_equal(r.status, 403); /* a test's session cannot be locked */
    r = POSTED("/recovery-kit/clinical-key", CLINICIAN_A, "");
    assert_status(&r, 403);
    OK(practice_key(&w.cx, SEAL_CLINICAL, &is));
    assert_memory_equal(is.wrapped.p, was.wrapped.p, SEAL_WRAPPED_BYTES);
    OK(person_unlock(&w.cx, "clinician_a@example.org", WORLD_PASSWORD));
    OK(keys_rotate_clinical(&w.cx));
    static const char new_password[] = "seventeen green kettles";
    OK(kit_recover_person(&w.cx, "clinician_a@example.org", words, new_password)); /* as on paper */
    OK(person_unlock(&w.cx, "clinician_a@example.org", new_password));
    assert_true(seal_is_open(w.cx.keys, w.cx.practice));
}

/* Words that are well formed and of no kit here. */
static const char *words_of_nothing(void)
{
    struct kit_seed seed = {{1}};
    const char *other[KIT_WORDS];
    struct buf b;
    buf_init(&b, &w.arena, KIT_TEXT_MAX);
    kit_words(&seed, 0, KIT_ENGLISH, other);
    for (int i = 0; i < KIT_WORDS; i++)
        buf_printf(&b, "%s ", other[i]);
    return b.s;
}

static int64_t work_for(const char *email)
{
    db_fail_nth(w.db, 0);
    REFUSED(kit_recover_person(&w.cx, email, words_of_nothing(), "seventeen kettles"), RC_INVALID,
            "words", "The e-mail address and these words do not belong together.");
    return db_fail_nth(w.db, 0);
}

static void who_has_no_account_is_refused_with_the_same_work(void **state)
{
    (void)state;
    kit_in_the_safe();
    int64_t known = work_for("clinician_a@example.org");
    assert_true(known > 4); /* the account, its failures, the practice's keys, its kits */
    assert_int_equal(work_for("nobody@example.org"), known);
    assert_false(seal_is_open(w.cx.keys, w.cx.practice));
}

static void wrong_words_are_named_and_make_the_address_wait(void **state)
{
    (void)state;
    const char *words = kit_in_the_safe();
    static const char email[] = "clinician_a@example.org", new_password[] = "seventeen kettles";
    REFUSED(kit_recover_person(&w.cx, email, "abandon abxndon", new_password), RC_INVALID, "words",
            "\"abxndon\" is not a word of a recovery kit. Look at the sheet again.");
    REFUSED(kit_recover_person(&w.cx, email, words_of_nothing(), new_password), RC_INVALID, "words",
            "The e-mail address and these words do not belong together.");
    REFUSED(kit_recover_person(&w.cx, email, words, new_password), RC_INVALID, "email",
            "Too many attempts. Wait 1 seconds and try again.");
    world_at(&w, w.cx.now_ms + 2000);
    REFUSED(kit_recover_person(&w.cx, "nobody@example.org", words, new_password), RC_INVALID,
            "words", "The e-mail address and these words do not belong together.");
    OK(kit_recover_person(&w.cx, email, words, new_password));
}

static void two_sheets_are_enough(void **state)
{
    (void)state;
    kit_in_the_safe();
    OK(person_unlock(&w.cx, "clinician_a@example.org", WORLD_PASSWORD));
    struct recovery_kit kit = own();
    const char *two = TEXT_OF("%s %s", words_of(&kit, 3), words_of(&kit, 1));
    const char *one = words_of(&kit, 2);
    keyring_close(w.app.keys);
    REFUSED(kit_recover_person(&w.cx, "clinician_a@example.org", one, "seventeen kettles"),
            RC_INVALID, "words",
            "These words do not belong together. A kit has 24 words, two sheets have 48; write "
            "them in their order.");
    OK(kit_recover_person(&w.cx, "clinician_a@example.org", two, "seventeen kettles"));
}

static void who_is_no_owner_any_more_has_no_kit(void **state)
{
    (void)state;
    struct recovery_kit *list;
    int n;
    kit_in_the_safe();
    roles_of_a(ROLE_CLINICIAN);
    OK(kit_list(&w.cx, &list, &n));
    assert_int_equal(n, 0);
}

static void a_leaver_has_no_kit(void **state)
{
    (void)state;
    struct person p;
    struct recovery_kit *list;
    int n;
    const char *words = kit_in_the_safe();
    OK(person_load(&w.cx, w.person[CLINICIAN_A], &p));
    p.is_active = false;
    world_as(&w, OWNER);
    OK(person_save(&w.cx, &p, NULL));
    OK(kit_list(&w.cx, &list, &n));
    assert_int_equal(n, 0);
    REFUSED(kit_recover_person(&w.cx, "clinician_b@example.org", words, "seventeen kettles"),
            RC_INVALID, "words", "The e-mail address and these words do not belong together.");
}

/* --- what the owner is told -------------------------------------------------------------- */

static void owners_are_told_until_there_is_a_kit_and_once_a_year(void **state)
{
    (void)state;
    struct notice n = {0};
    w.app.notice = kit_notice;
    OK(kit_notice(&w.cx, &n));
    assert_null(n.text); /* a demo */
    w.app.settings.is_demo = false;
    world_as(&w, RECEPTION);
    OK(kit_notice(&w.cx, &n));
    assert_null(n.text);
    world_as(&w, OWNER);
    struct web_answer page = GOT("/practice/staff", OWNER);
    assert_holds(&page, "There is no recovery kit yet.");
    page = GOT("/recovery-kit", OWNER);
    assert_lacks(&page, "There is no recovery kit yet.");
    w.app.settings.is_demo = true; /* fast passwords */
    kit_in_the_safe();
    w.app.settings.is_demo = false;
    page = GOT("/practice/staff", OWNER);
    assert_lacks(&page, "recovery kit yet");
    world_at(&w, w.cx.now_ms + 366 * MS_PER_DAY);
    page = GOT("/practice/staff", OWNER);
    assert_holds(&page, "A year has passed");
}

static void the_pages_lead_from_nothing_to_a_kit_on_paper(void **state)
{
    (void)state;
    struct person p;
    OK(person_load(&w.cx, w.person[OWNER], &p));
    p.roles |= ROLE_CLINICIAN;
    OK(person_save(&w.cx, &p, NULL));
    struct web_answer a = GOT("/recovery-kit", OWNER);
    assert_status(&a, 200);
    assert_holds(&a, "Make the recovery kit");
    a = POSTED("/recovery-kit", OWNER, "");
    assert_status(&a, 303);
    a = GOT("/recovery-kit", OWNER);
    assert_holds(&a, "First: print it");
    struct recovery_kit kit = own();
    a = GOT("/recovery-kit/print", OWNER);
    assert_holds(&a, "(entracte restore)");
    assert_status(&a, 200);
    const char *word[KIT_WORDS];
    OK(kit_show(&w.cx, &kit, 0, word));
    for (int i = 0; i < KIT_WORDS; i++)
        assert_holds(&a, TEXT_OF("<li>%s</li>", word[i]));
    a = GOT("/recovery-kit/print?as=sheets", OWNER);
    assert_holds(&a, "sheet 3 of 3");
    a = POSTED("/recovery-kit/check", OWNER, "word1=no&word2=never");
    assert_status(&a, 422);
    assert_holds(&a, "These are not the words.");
    kit = own();
    int nth[KIT_ASKED];
    kit_asks(&kit, nth);
    a = POSTED("/recovery-kit/check", OWNER,
               TEXT_OF("word1=%s&word2=%s", word[nth[0] - 1], word[nth[1] - 1]));
    assert_status(&a, 303);
    assert_string_equal(a.location, "/practice"); /* what comes next in setting up */
    a = GOT("/recovery-kit", OWNER);
    assert_holds(&a, "Words last typed");
    a = GOT("/recovery-kit", RECEPTION);
    assert_status(&a, 403);
}

static void the_way_back_in_is_a_page(void **state)
{
    (void)state;
    const char *words = kit_in_the_safe();
    struct web_answer a = GOT("/recover", NOBODY);
    assert_status(&a, 200);
    assert_holds(&a, "Use the recovery kit");
    (void)words;
}

static void its_statements_prepare(void **state)
{
    (void)state;
    world_prepares(&w, &domain_keys);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(a_kit_counts_when_two_words_of_it_were_typed),
        ALONE(the_two_words_asked_are_two),
        ALONE(a_new_kit_takes_the_place_of_the_old_one_when_it_is_confirmed),
        ALONE(a_kit_needs_the_clinical_tier),
        ALONE(a_forgotten_password_is_set_anew_and_opens_what_the_old_one_opened),
        ALONE(the_makers_private_notes_open_again_and_nobody_elses),
        ALONE(who_has_no_account_is_refused_with_the_same_work),
        ALONE(the_page_shows_the_keys_and_changes_the_clinical_one),
        ALONE(wrong_words_are_named_and_make_the_address_wait),
        ALONE(two_sheets_are_enough),
        ALONE(who_is_no_owner_any_more_has_no_kit),
        ALONE(a_leaver_has_no_kit),
        ALONE(owners_are_told_until_there_is_a_kit_and_once_a_year),
        ALONE(the_pages_lead_from_nothing_to_a_kit_on_paper),
        ALONE(the_way_back_in_is_a_page),
        ALONE(its_statements_prepare),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
