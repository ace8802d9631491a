/* SPDX-License-Identifier: AGPL-3.0-or-later
 * weakness.c - which passwords are refused when they are chosen: short, known, personal.
 *
 * No rules of composition: they make passwords worse. Source: NIST SP 800-63B, 5.1.1.2. */
#include "base/utf8.h"
#include "seal/password.h"

#include <string.h>

enum { SHORTEST_WORD = 4 }; /* shorter names stand by chance inside good pass phrases */

/* Long passwords of the published lists, less the digits and signs before and behind them. */
/* clang-format off */
static const char *const well_known[] = {
    "administrator", "administrador", "basketball", "bienvenido", "changeme", "chocolate",
    "computer", "contrasena", "contraseña", "correcthorsebatterystaple", "dragonball",
    "easypassword", "entracte", "fuckyou", "hallohallo", "helloworld", "ichliebedich",
    "ihaveapassword", "iloveyou", "iloveyouforever", "jetaime", "letmein", "letmeinplease",
    "liverpool", "manchesterunited", "masterpassword", "michaeljackson", "motdepasse",
    "mypassword", "mysecretpassword", "newpassword", "nopassword", "opensesame", "p@ssw0rd",
    "p@ssword", "passw0rd", "password", "passwordpassword", "passwort", "princess",
    "psicoterapia", "psychologist", "psychotherapie", "psychotherapy", "qwertyuiop", "realmadrid",
    "secret", "secreto", "secretpassword", "sigmundfreud", "starwars", "sunshine", "superman",
    "supersecret", "temporarypassword", "tequiero", "testpassword", "therapist", "therapy",
    "thisismypassword", "treatment", "trustno", "welcome", "whatever", "willkommen",
};
/* clang-format on */

/* Rows of keyboards and counting, walked in either direction. */
static const char *const runs[] = {
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "!@#$%^&*()_+",
    "q1w2e3r4t5y6u7i8o9p0",
};

static void lower(const char *s, char *ret)
{
    size_t i = 0;
    for (; s[i] != '\0'; i++)
        ret[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
    ret[i] = '\0';
}

/* "Password2024!" is "password" with an ending. Letters, and bytes beyond ASCII, are the core. */
static bool is_core(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool is_well_known(const char *s)
{
    size_t from = 0, to = strlen(s);
    while (from < to && !is_core(s[from]))
        from++;
    while (to > from && !is_core(s[to - 1]))
        to--;
    for (size_t i = 0; i < N_ELEMS(well_known); i++) {
        size_t n = strlen(well_known[i]);
        if ((n == to - from && memcmp(s + from, well_known[i], n) == 0) ||
            strcmp(s, well_known[i]) == 0)
            return true;
    }
    return false;
}

/* "aaaaaaaaaaaa", "abcabcabcabc": a short piece again and again. */
static bool is_repetition(const char *s)
{
    size_t n = strlen(s);
    for (size_t period = 1; period <= 4 && period < n; period++)
        if (memcmp(s, s + period, n - period) == 0)
            return true;
    return false;
}

static bool is_run(const char *s)
{
    char back[PASSWORD_MAX + 1];
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++)
        back[i] = s[n - 1 - i];
    back[n] = '\0';
    for (size_t i = 0; i < N_ELEMS(runs); i++)
        if (strstr(runs[i], s) != NULL || strstr(runs[i], back) != NULL)
            return true;
    return false;
}

static bool has_word(const char *s, const char *const *words)
{
    char word[PASSWORD_MAX + 1];
    for (; words != NULL && *words != NULL; words++) {
        size_t n = strlen(*words);
        if (n < SHORTEST_WORD || n > PASSWORD_MAX)
            continue;
        lower(*words, word);
        if (strstr(s, word) != NULL)
            return true;
    }
    return false;
}

const char *password_weakness(const char *password, const char *const *words)
{
    if (utf8_length(password) < PASSWORD_MIN)
        return N_("The password is too short: use at least 12 characters, for example four words.");
    if (strlen(password) > PASSWORD_MAX)
        return N_("The password is too long: use at most 200 characters.");
    char s[PASSWORD_MAX + 1];
    const char *why = NULL;
    lower(password, s);
    if (is_repetition(s))
        why = N_("The password repeats itself: choose one that is harder to guess.");
    else if (is_run(s) || is_well_known(s))
        why = N_("The password is well known: choose one that nobody else would think of.");
    else if (has_word(s, words))
        why = N_("The password contains a name that others know: choose one without it.");
    explicit_bzero(s, sizeof(s));
    return why;
}
