/* SPDX-License-Identifier: AGPL-3.0-or-later
 * catalogue_none.c - no translations. The linker takes this member of the library only for
 * programs that were not given `catalogue_src` of po/, such as the tests of one folder. */
#include "text/catalogue.h"

const struct embedded_mo embedded_mos[1] = {{0}};
const int n_embedded_mos = 0;
