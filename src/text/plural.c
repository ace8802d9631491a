/* SPDX-License-Identifier: AGPL-3.0-or-later
 * plural.c - a precedence-climbing evaluator; the length of the text bounds its recursion. */
#include "text/plural.h"

#include <string.h>

struct expr {
    const char *p;
    uint64_t n;
    bool bad;
};

enum op { OR, AND, EQ, NE, LE, GE, LT, GT, ADD, SUB, MUL, DIV, MOD };

static const struct {
    const char *sign;
    int binds; /* more tightly when greater */
} ops[] = {
    [OR] = {"||", 1}, [AND] = {"&&", 2}, [EQ] = {"==", 3}, [NE] = {"!=", 3}, [LE] = {"<=", 4},
    [GE] = {">=", 4}, [LT] = {"<", 4},   [GT] = {">", 4},  [ADD] = {"+", 5}, [SUB] = {"-", 5},
    [MUL] = {"*", 6}, [DIV] = {"/", 6},  [MOD] = {"%", 6},
};

static uint64_t apply(enum op op, uint64_t a, uint64_t b)
{
    /* clang-format off */
    switch (op) {
    case OR: return a || b;
    case AND: return a && b;
    case EQ: return a == b;
    case NE: return a != b;
    case LE: return a <= b;
    case GE: return a >= b;
    case LT: return a < b;
    case GT: return a > b;
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return b != 0 ? a / b : 0;
    case MOD: return b != 0 ? a % b : 0;
    }
    /* clang-format on */
    return 0;
}

static bool take(struct expr *e, const char *sign)
{
    while (*e->p == ' ' || *e->p == '\t')
        e->p++;
    if (strncmp(e->p, sign, strlen(sign)) != 0)
        return false;
    e->p += strlen(sign);
    return true;
}

static uint64_t choice(struct expr *e);

static uint64_t operand(struct expr *e)
{
    if (take(e, "!"))
        return !operand(e);
    if (take(e, "n"))
        return e->n;
    if (take(e, "(")) {
        uint64_t v = choice(e);
        e->bad |= !take(e, ")");
        return v;
    }
    uint64_t v = 0;
    e->bad |= *e->p < '0' || *e->p > '9';
    for (; *e->p >= '0' && *e->p <= '9'; e->p++)
        v = v * 10 + (uint64_t)(*e->p - '0');
    return v;
}

static uint64_t binary(struct expr *e, int binds)
{
    uint64_t left = operand(e);
    for (size_t i = 0; i < N_ELEMS(ops) && !e->bad; i++) {
        if (ops[i].binds < binds || !take(e, ops[i].sign))
            continue;
        left = apply((enum op)i, left, binary(e, ops[i].binds + 1));
        i = (size_t)-1; /* look for the next operator from the first again */
    }
    return left;
}

static uint64_t choice(struct expr *e)
{
    uint64_t cond = binary(e, 1);
    if (e->bad || !take(e, "?"))
        return cond;
    uint64_t yes = choice(e);
    e->bad |= !take(e, ":");
    uint64_t no = e->bad ? 0 : choice(e);
    return cond ? yes : no;
}

bool plural_form(const char *s, uint64_t n, uint64_t *ret)
{
    size_t len = strcspn(s, ";\n");
    if (len > PLURAL_MAX_BYTES)
        return false;
    struct expr e = {.p = s, .n = n};
    uint64_t v = choice(&e);
    take(&e, ""); /* blanks before the end */
    if (e.bad || e.p != s + len)
        return false;
    *ret = v;
    return true;
}
