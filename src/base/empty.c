/* SPDX-License-Identifier: AGPL-3.0-or-later
 * empty.c - stands in for a layer that has no source yet. */
extern int entracte_empty;
