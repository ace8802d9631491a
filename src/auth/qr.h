/* SPDX-License-Identifier: AGPL-3.0-or-later
 * qr.h - a text as a QR code, drawn by whoever shows it: SVG path data, one unit a module. */
#pragma once
#include "base/base.h"

enum { QR_MAX_BYTES = 1200, QR_MARGIN = 4 };

struct qr {
    const char *path; /* of the dark modules: <path d="..."> */
    int size;         /* of the square with its quiet zone: viewBox="0 0 size size" */
};

/* Bytes as they are, at medium error correction (15 %).
 * Errors: RC_INVALID  empty, or longer than QR_MAX_BYTES
 * Source: ISO/IEC 18004; the quiet zone of 4 modules is 6.3.8. */
enum rc qr_draw(struct arena *a, const char *text, struct qr *ret) MUST_USE;
