/* SPDX-License-Identifier: AGPL-3.0-or-later
 * qr.c - QR codes as SVG path data (libqrencode). */
#include "auth/qr.h"

#include <qrencode.h>
#include <string.h>

enum { PATH_MAX_BYTES = 256 * 1024 };

static void free_code(QRcode **code)
{
    QRcode_free(*code);
}

/* Dark modules of a row that touch are one rectangle: a third of the size. */
static void draw_row(struct buf *b, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width;) {
        int n = 0;
        while (x + n < width && (row[x + n] & 1) != 0)
            n++;
        if (n > 0)
            buf_printf(b, "M%d %dh%dv1h-%dz", x + QR_MARGIN, y + QR_MARGIN, n, n);
        x += n + 1;
    }
}

enum rc qr_draw(struct arena *a, const char *text, struct qr *ret)
{
    struct buf b;
    size_t n = strlen(text);
    if (n == 0 || n > QR_MAX_BYTES)
        return RC_INVALID;
    CLEANUP(free_code)
    QRcode *code = QRcode_encodeData((int)n, (const unsigned char *)text, 0, QR_ECLEVEL_M);
    if (code == NULL)
        return RC_BROKEN;
    buf_init(&b, a, PATH_MAX_BYTES);
    for (int y = 0; y < code->width; y++)
        draw_row(&b, code->data + (ptrdiff_t)y * code->width, code->width, y);
    if (b.full)
        return RC_BROKEN;
    *ret = (struct qr){.path = b.s, .size = code->width + 2 * QR_MARGIN};
    return RC_OK;
}
