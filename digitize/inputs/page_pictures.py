"""A figure on a page -> an encoded picture: the embedded one as it is, or the region drawn fine enough to be read."""

from __future__ import annotations

import hashlib
import io
from typing import cast

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from digitize.inputs.page_figures import Region
from digitize.inputs.page_objects import page_frame

TEXT_PX = 18.0
"""Labels are drawn so high, within the bounds on the resolution."""
DEFAULT_DPI = 200.0
COARSEST_DPI = 150.0
FINEST_DPI = 300.0
LONGEST_SIDE_PX = 2600
SMALLEST_PICTURE_PX = 150
MOST_PIXELS = 40_000_000
"""A larger embedded picture is drawn, not unpacked."""
SKEW_FRAC = 0.02
COMPRESSION = 3
"""Of PNG: 9 takes five times as long for a tenth."""


def encoded_region(page: pdfium.PdfPage, region: Region, quarter_turns: int) -> bytes:
    """A PNG, or the embedded JPEG.

    Parameters
    ----------
    page
        With its rotation taken off.
    quarter_turns : int
        The page's rotation, clockwise.
    """
    if region.picture is not None:
        embedded = pdfium.PdfObject(region.picture.raw, page=page, pdf=page.pdf)
        if isinstance(embedded, pdfium.PdfImage) and region.picture.raw is not None:
            width_px, height_px = embedded.get_px_size()
            upright = _is_upright(embedded) and quarter_turns == 0
            if upright and embedded.get_filters() == ["DCTDecode"] and _is_plain(embedded):
                return bytes(embedded.get_data())
            if upright and width_px * height_px <= MOST_PIXELS:
                return _png(embedded.get_bitmap(render=True, scale_to_original=True).to_pil(), 0)
    turns = region.turned if quarter_turns == 0 else quarter_turns
    return _png(_drawn(page, region), turns)


def embedded_digest(page: pdfium.PdfPage, region: Region) -> str:
    """Tells embedded pictures apart without unpacking them; empty for a region that is drawn."""
    if region.picture is None or region.picture.raw is None:
        return ""
    embedded = pdfium.PdfObject(region.picture.raw, page=page, pdf=page.pdf)
    digest = hashlib.sha256(repr((embedded.get_px_size(), embedded.get_filters())).encode())
    digest.update(embedded.get_data())
    return digest.hexdigest()


def is_large_enough(page: pdfium.PdfPage, region: Region) -> bool:
    """Whether an embedded picture has the pixels that a figure needs."""
    if region.picture is None or region.picture.raw is None:
        return True
    size_px = pdfium.PdfObject(region.picture.raw, page=page, pdf=page.pdf).get_px_size()
    return bool(min(size_px) >= SMALLEST_PICTURE_PX)


def _drawn(page: pdfium.PdfPage, region: Region) -> Image.Image:
    _, _, width_pt, height_pt = page_frame(page)
    left, top, right, bottom = region.box_pt
    longest_pt = max(right - left, bottom - top)
    scale = min(_dpi(page, region) / 72.0, LONGEST_SIDE_PX / longest_pt)
    crop = (left, height_pt - bottom, width_pt - right, top)
    return cast(Image.Image, page.render(scale=scale, crop=crop, may_draw_forms=False).to_pil())


def _dpi(page: pdfium.PdfPage, region: Region) -> float:
    picture = region.picture or region.scan
    if picture is not None and picture.raw is not None:
        width_px, height_px = pdfium.PdfObject(picture.raw, page=page, pdf=page.pdf).get_px_size()
        own = max(width_px, height_px) / max(picture.width_pt, picture.height_pt) * 72.0
        return max(float(own), COARSEST_DPI)
    if region.text_pt is None:
        return DEFAULT_DPI
    return min(max(TEXT_PX / region.text_pt * 72.0, COARSEST_DPI), FINEST_DPI)


def _is_upright(picture: pdfium.PdfImage) -> bool:
    matrix = picture.get_matrix()
    skew = max(abs(matrix.b), abs(matrix.c))
    return bool(matrix.a > 0 and matrix.d > 0 and skew < SKEW_FRAC * max(matrix.a, matrix.d))


def _is_plain(picture: pdfium.PdfImage) -> bool:
    """Whether a JPEG shows as stored: grey or RGB, not a mask."""
    metadata = picture.get_metadata()
    return metadata.bits_per_pixel in (8, 24) and metadata.colorspace in (
        pdfium_c.FPDF_COLORSPACE_DEVICEGRAY,
        pdfium_c.FPDF_COLORSPACE_DEVICERGB,
        pdfium_c.FPDF_COLORSPACE_CALGRAY,
        pdfium_c.FPDF_COLORSPACE_CALRGB,
        pdfium_c.FPDF_COLORSPACE_ICCBASED,
    )


def _png(picture: Image.Image, quarter_turns: int) -> bytes:
    if picture.mode in ("RGBA", "RGBX", "LA"):
        over = picture.convert("RGBA")
        picture = Image.new("RGB", over.size, (255, 255, 255))
        picture.paste(over, mask=over.getchannel("A"))
    elif picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    turns = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}
    if quarter_turns in turns:
        picture = picture.transpose(turns[quarter_turns])
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=COMPRESSION)
    return file.getvalue()
