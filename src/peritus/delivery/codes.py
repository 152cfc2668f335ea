"""QR codes for pages and documents."""

from __future__ import annotations

import segno


def drawn(text: str, title: str, *, error: str) -> str:
    """Return a QR code as SVG; dark on white in either theme, or telephones miss it."""
    svg: str = segno.make_qr(text, error=error).svg_inline(
        border=4, light="#fff", dark="#000", svgclass="qr", lineclass=None, omitsize=True,
        title=title,
    )  # fmt: skip
    return svg
