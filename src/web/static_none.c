/* SPDX-License-Identifier: AGPL-3.0-or-later
 * static_none.c - no embedded files. The linker takes this member of the library only for
 * programs that were not given the generated source of ui/, such as the tests of one folder. */
#include "web/static.h"

const struct embedded_static embedded_statics[1] = {{0}};
const int n_embedded_statics = 0;
