/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo.c - a fictitious practice. */
#include "main/commands.h"

int command_demo(const struct options *o)
{
    return o->seed == 0;
}
