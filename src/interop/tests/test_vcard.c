/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_vcard.c - cards of three versions, by hand and by real programs. */
#include "interop/vcard.h"
#include "interop_test.h"

static struct vcards read_text(const char *s)
{
    struct vcards v;
    assert_int_equal(vcard_read(&arena, (struct bytes){(const unsigned char *)s, strlen(s)}, &v),
                     RC_OK);
    return v;
}

/* The one card with these lines. */
static struct vcard read_card(const char *lines)
{
    struct vcards v = read_text(arena_printf(&arena, "BEGIN:VCARD\r\n%s\r\nEND:VCARD\r\n", lines));
    assert_int_equal(v.n, 1);
    assert_int_equal(v.problems.n, 0);
    return v.list[0];
}

static void all_fields_of_version_4_are_read(void **state UNUSED)
{
    struct vcard c =
        read_card("VERSION:4.0\nFN:Ana Núñez\nN:Núñez;Ana;María,José;Dra.;PhD\nNICKNAME:Anita\n"
                  "BDAY:19850412\nGENDER:F;woman\nTITLE:Owner\nROLE:Manager\nORG:Firm;Unit\n"
                  "TEL;VALUE=uri;PREF=1;TYPE=\"cell,voice\":tel:+34-600\nEMAIL;TYPE=work:mailto:a@"
                  "example.org\n"
                  "ADR;TYPE=home:;;Calle 1\\, 2\\;3;Madrid;M;28013;España\n"
                  "NOTE:one\\ntwo\\\\three\nCATEGORIES:x,y\nUID:urn:uuid:1");
    assert_string_equal(c.name, "Ana Núñez");
    assert_string_equal(c.family, "Núñez");
    assert_string_equal(c.given, "Ana");
    assert_string_equal(c.additional, "María,José");
    assert_string_equal(c.prefix, "Dra.");
    assert_string_equal(c.suffix, "PhD");
    assert_string_equal(c.nickname, "Anita");
    assert_int_equal(c.birth_days, days_from_civil(1985, 4, 12));
    assert_string_equal(c.sex, "F");
    assert_string_equal(c.gender, "woman");
    assert_string_equal(c.title, "Owner");
    assert_string_equal(c.role, "Manager");
    assert_string_equal(c.organisation, "Firm");
    assert_string_equal(c.phones[0].value, "+34-600");
    assert_string_equal(c.phones[0].type, "cell,voice");
    assert_true(c.phones[0].is_preferred);
    assert_string_equal(c.mails[0].value, "a@example.org");
    assert_string_equal(c.mails[0].type, "work");
    assert_string_equal(c.addresses[0].street, "Calle 1, 2;3");
    assert_string_equal(c.addresses[0].country, "España");
    assert_string_equal(c.note, "one\ntwo\\three");
    assert_string_equal(c.categories, "x,y");
    assert_string_equal(c.uid, "urn:uuid:1");
}

static void version_2_1_is_read_with_its_quoted_printable(void **state UNUSED)
{
    struct vcard c = read_card("VERSION:2.1\n"
                               "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:N=C3=BA=C3=B1ez;Ana;;;\n"
                               "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=\ntwo =3D 2=\n;end\n"
                               "TEL;HOME;VOICE;PREF:1\nEMAIL;INTERNET:a@example.org\n"
                               "ADR;WORK;QUOTED-PRINTABLE:;;Stra=DFe 1;K=F6ln;;50667;\n"
                               "LABEL:C:\\path");
    assert_string_equal(c.family, "Núñez");
    assert_string_equal(c.name, "Ana Núñez"); /* made of the parts */
    assert_string_equal(c.note, "one\r\ntwo = 2;end");
    assert_string_equal(c.phones[0].type, "home,voice");
    assert_true(c.phones[0].is_preferred);
    assert_string_equal(c.mails[0].type, "");
    assert_string_equal(c.addresses[0].street, "Straße 1");
    assert_string_equal(c.addresses[0].city, "Köln");
    assert_string_equal(c.addresses[0].type, "work");
}

static void folded_lines_are_joined(void **state UNUSED)
{
    struct vcard c = read_card("VERSION:3.0\r\nFN:An\r\n a Nú\r\n\tñez\r\nNO\r\n TE:x\r\n  y");
    assert_string_equal(c.name, "Ana Núñez");
    assert_string_equal(c.note, "x y");
}

static void groups_cases_and_unknown_fields_are_taken_in_stride(void **state UNUSED)
{
    struct vcard c =
        read_card("version:3.0\nfn:A\nitem1.EMAIL;type=INTERNET;type=pref:a@example.org\n"
                  "item1.X-ABLabel:_$!<Other>!$_\nX-A;B=\"c:d;e\":f\nno colon here\n"
                  "tel;Type=\"Cell\":1");
    assert_string_equal(c.name, "A");
    assert_string_equal(c.mails[0].value, "a@example.org");
    assert_true(c.mails[0].is_preferred);
    assert_string_equal(c.phones[0].type, "cell");
}

static void birthdays_are_dates_only_when_complete(void **state UNUSED)
{
    static const struct {
        const char *line, *text;
        int year; /* 0: not a date */
    } cases[] = {
        {"BDAY:1985-04-12", "1985-04-12", 1985},
        {"BDAY:1985-04-12T00:00:00Z", "1985-04-12T00:00:00Z", 1985},
        {"BDAY;VALUE=date:19850412", "19850412", 1985},
        {"BDAY:--0412", "--0412", 0},
        {"BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "--04-12", 0},
        {"BDAY:19850231", "19850231", 0},
        {"BDAY:1985-04-123", "1985-04-123", 0},
        {"BDAY;VALUE=text:circa 1800", "circa 1800", 0},
        {"BDAY:", "", 0},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct vcard c = read_card(arena_printf(&arena, "FN:A\n%s", cases[i].line));
        assert_string_equal(c.birth_text, cases[i].text);
        assert_int_equal(c.birth_days,
                         cases[i].year ? days_from_civil(cases[i].year, 4, 12) : DATE_NONE);
    }
}

static void what_is_not_taken_is_told(void **state UNUSED)
{
    struct vcards v = read_text("BEGIN:VCARD\nFN:A\nEND:VCARD\n"
                                "BEGIN:VCARD\nTEL:1\nEND:VCARD\n"
                                "BEGIN:VCARD\nKIND:group\nFN:Friends\nEND:VCARD\n"
                                "BEGIN:VCARD\nFN:Open\n"
                                "BEGIN:VCARD\nFN:B\nEND:VCARD\n"
                                "BEGIN:VCARD\nFN:Cut");
    assert_int_equal(v.n, 2);
    assert_string_equal(v.list[1].name, "B");
    assert_int_equal(v.list[1].number, 5);
    static const struct problem expected[] = {
        {2, "no_name"}, {3, "not_a_person"}, {4, "card_not_closed"}, {6, "card_not_closed"}};
    assert_int_equal(v.problems.n, N_ELEMS(expected));
    for (size_t i = 0; i < N_ELEMS(expected); i++) {
        assert_int_equal(v.problems.list[i].row, expected[i].row);
        assert_string_equal(v.problems.list[i].reason, expected[i].reason);
    }
}

static void card_within_a_card_is_passed_over(void **state UNUSED)
{
    struct vcard c =
        read_card("VERSION:2.1\nFN:A\nAGENT:\nBEGIN:VCARD\nFN:Agent\nTEL:2\nEND:VCARD\n"
                  "TEL:1");
    assert_string_equal(c.name, "A");
    assert_int_equal(c.n_phones, 1);
    assert_string_equal(c.phones[0].value, "1");
}

static void files_without_cards_are_refused(void **state UNUSED)
{
    static const char *const cases[] = {"", "hello", "BEGIN:VCALENDAR\nEND:VCALENDAR\n"};
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct vcards v;
        struct bytes file = {(const unsigned char *)cases[i], strlen(cases[i])};
        assert_int_equal(vcard_read(&arena, file, &v), RC_INVALID);
        assert_true(problems_has(&v.problems, "not_a_card"));
    }
}

static void long_values_and_many_values_are_left_out(void **state UNUSED)
{
    size_t n = 10 * 1024 * 1024;
    struct buf b;
    buf_init(&b, &arena, 2 * n);
    buf_puts(&b, "BEGIN:VCARD\nFN:A\nNOTE:");
    for (size_t i = 0; i < n; i += 16)
        buf_puts(&b, "0123456789abcdef");
    buf_puts(&b, "\nPHOTO;ENCODING=b:");
    for (size_t i = 0; i < VCARD_MAX_VALUE_BYTES * 2; i += 16)
        buf_puts(&b, "0123456789abcdef");
    for (int i = 0; i < 30; i++)
        buf_printf(&b, "\nTEL:%d", i);
    buf_puts(&b, "\nEND:VCARD\n");
    struct vcards v = read_text(b.s);
    assert_int_equal(v.n, 1);
    assert_string_equal(v.list[0].note, "");
    assert_int_equal(v.list[0].n_phones, VCARD_MAX_VALUES);
    assert_int_equal(v.problems.n, 2); /* the picture is nobody's loss */
    assert_true(problems_has(&v.problems, "value_too_long"));
    assert_true(problems_has(&v.problems, "too_many_values"));
}

static void nul_and_bad_bytes_do_not_cut_texts(void **state UNUSED)
{
    static const char file[] =
        "BEGIN:VCARD\nFN:A\0na\nNOTE;ENCODING=QUOTED-PRINTABLE:a=00b=ZZc=\nd\n"
        "END:VCARD\n";
    struct vcards v;
    struct bytes bytes = {(const unsigned char *)file, sizeof(file) - 1};
    assert_int_equal(vcard_read(&arena, bytes, &v), RC_OK);
    assert_string_equal(v.list[0].name, "Ana");
    assert_string_equal(v.list[0].note, "a=00b=ZZcd");
}

static void too_many_cards_end_the_reading(void **state UNUSED)
{
    struct buf b;
    buf_init(&b, &arena, 4 * 1024 * 1024);
    for (int i = 0; i < VCARD_MAX_CARDS + 5; i++)
        buf_puts(&b, "BEGIN:VCARD\nFN:A\nEND:VCARD\n");
    struct vcards v = read_text(b.s);
    assert_int_equal(v.n, VCARD_MAX_CARDS);
    assert_int_equal(v.problems.n, 1);
    assert_string_equal(v.problems.list[0].reason, "too_many_cards");
}

static void cards_of_real_programs_are_read(void **state UNUSED)
{
    static const char *const files[] = {"radicale.vcf", "vdirsyncer.vcf"};
    for (size_t i = 0; i < N_ELEMS(files); i++) {
        struct vcards v = read_text((const char *)fixture(files[i]).p);
        assert_int_equal(v.n, 2);
        assert_int_equal(v.problems.n, 0);
        const struct vcard *c = &v.list[strcmp(v.list[0].given, "Ana") == 0 ? 0 : 1];
        assert_string_equal(c->family, "Núñez García");
        assert_string_equal(c->addresses[0].street, "Calle Mayor 1, 2º");
        assert_int_equal(c->n_phones, 2);
        assert_int_equal(c->birth_days, days_from_civil(1985, 4, 12));
        assert_string_equal(c->note,
                            "First line\nsecond line, with a comma and a long tail that makes "
                            "the writer fold this very line");
        assert_string_equal(v.list[c == v.list].organisation, "Rivers & Daughters");
    }
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_fields_of_version_4_are_read),
        TEST(version_2_1_is_read_with_its_quoted_printable),
        TEST(folded_lines_are_joined),
        TEST(groups_cases_and_unknown_fields_are_taken_in_stride),
        TEST(birthdays_are_dates_only_when_complete),
        TEST(what_is_not_taken_is_told),
        TEST(card_within_a_card_is_passed_over),
        TEST(files_without_cards_are_refused),
        TEST(long_values_and_many_values_are_left_out),
        TEST(nul_and_bad_bytes_do_not_cut_texts),
        TEST(too_many_cards_end_the_reading),
        TEST(cards_of_real_programs_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
