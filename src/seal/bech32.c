/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bech32.c - text with a checksum. */
#include "seal/bech32.h"

#include <ctype.h>
#include <string.h>

enum {
    GROUPS = 52,
    CHECK_GROUPS = 6,
    PREFIX_MAX = 24,
    BITS = 5
}; /* 32 bytes in groups of 5 bits */
static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t step(uint32_t sum, unsigned group)
{
    static const uint32_t polynomial[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << BITS ^ group;
    for (unsigned i = 0; i < N_ELEMS(polynomial); i++)
        if (top >> i & 1)
            sum ^= polynomial[i];
    return sum;
}

/* Over the prefix, a gap and the groups. */
static uint32_t checksum(const char *prefix, const unsigned char *group, int n)
{
    uint32_t sum = 1;
    for (const char *c = prefix; *c != '\0'; c++)
        sum = step(sum, (unsigned char)*c >> BITS);
    sum = step(sum, 0);
    for (const char *c = prefix; *c != '\0'; c++)
        sum = step(sum, (unsigned char)*c & 31U);
    for (int i = 0; i < n; i++)
        sum = step(sum, group[i]);
    return sum;
}

void bech32_format(const char *prefix, const unsigned char data[static BECH32_DATA_BYTES],
                   char *ret)
{
    unsigned char group[GROUPS + CHECK_GROUPS] = {0};
    for (int bit = 0; bit < BECH32_DATA_BYTES * 8; bit++)
        if (data[bit / 8] >> (7 - bit % 8) & 1)
            group[bit / BITS] |= (unsigned char)(16U >> bit % BITS);
    uint32_t sum = checksum(prefix, group, GROUPS + CHECK_GROUPS) ^ 1;
    for (int i = 0; i < CHECK_GROUPS; i++)
        group[GROUPS + i] = (unsigned char)(sum >> BITS * (CHECK_GROUPS - 1 - i) & 31);
    size_t n = strlen(prefix);
    memcpy(ret, prefix, n);
    ret[n++] = '1';
    for (int i = 0; i < GROUPS + CHECK_GROUPS; i++)
        ret[n++] = letters[group[i]];
    ret[n] = '\0';
}

/* One case throughout; the prefix, "1", and letters of the alphabet. */
static bool take_groups(const char *prefix, const char *s, unsigned char *group)
{
    bool has_lower = false, has_upper = false;
    size_t n = strlen(prefix);
    if (strlen(s) != n + 1 + GROUPS + CHECK_GROUPS || s[n] != '1')
        return false;
    for (size_t i = 0; s[i] != '\0'; i++) {
        char c = (char)tolower((unsigned char)s[i]);
        has_lower |= islower((unsigned char)s[i]) != 0;
        has_upper |= isupper((unsigned char)s[i]) != 0;
        if (i < n && c != prefix[i])
            return false;
        const char *at = i > n ? strchr(letters, c) : letters;
        if (at == NULL)
            return false;
        if (i > n)
            group[i - n - 1] = (unsigned char)(at - letters);
    }
    return !(has_lower && has_upper);
}

enum rc bech32_parse(const char *prefix, const char *s, unsigned char ret[static BECH32_DATA_BYTES])
{
    unsigned char group[GROUPS + CHECK_GROUPS];
    if (!take_groups(prefix, s, group) || checksum(prefix, group, GROUPS + CHECK_GROUPS) != 1 ||
        (group[GROUPS - 1] & 15) != 0) /* 260 bits hold 256 */
        return RC_INVALID;
    memset(ret, 0, BECH32_DATA_BYTES);
    for (int bit = 0; bit < BECH32_DATA_BYTES * 8; bit++)
        if (group[bit / BITS] & 16U >> bit % BITS)
            ret[bit / 8] |= (unsigned char)(128U >> bit % 8);
    return RC_OK;
}
