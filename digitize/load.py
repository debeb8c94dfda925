"""File or array -> :class:`~digitize.values.Image`. Whatever cannot be decoded ends in one clear sentence.

Only the six formats below are ever tried, so that a hostile file cannot pick an obscure decoder. The size in a
file's header is checked before a pixel is decoded.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import warnings
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image as Pil

from calibration.geometry import ByteArray
from digitize.errors import ImageTooLarge, ImageTooSmall, InputNotFound, NotAnImage
from digitize.findings import Finding
from digitize.values import Image

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP")
MAX_PIXELS = 12_000 * 12_000
MAX_FILE_BYTES = 1 << 30
MAX_SIDE_PX = 32_000
"""OpenCV counts positions in 16 bits in places."""
MIN_SIDE_PX = 64
"""Below this there is no room for an axes box with readable labels."""
SMALL_SIDE_PX = 300
"""Below this tick labels are a few pixels high: read, but noted."""

_BLOCK_ROWS = 512
"""Rows converted at a time, so that a large picture is never held twice in floating point."""

_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"GIF8": "GIF",
    b"BM": "BMP",
}
_OTHERS = {
    b"%PDF": ("a PDF document", "digitize batch reads the figures in it; or save the page as PNG, 150 dpi or more."),
    b"PK\x03\x04": ("a ZIP archive or an office document", "digitize batch reads its figures; or save one as PNG."),
    b"\x1f\x8b": ("a gzip archive", "digitize batch reads the figures in it."),
    b"%!PS": ("a PostScript document", "Convert it to PNG first."),
    b"<svg": ("an SVG drawing", "Save it as PNG, 1000 px wide or more."),
    b"<?xml": ("an XML or SVG document", "Save the drawing as PNG, 1000 px wide or more."),
    b"<!doc": ("a web page", "Save the picture on it instead."),
    b"<html": ("a web page", "Save the picture on it instead."),
}
_FORMATS_HINT = "Readable are PNG, JPEG, WebP, TIFF, GIF and BMP."


def load_image(path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS) -> Image:
    """Load a picture file.

    Palettes, grey, 16 bits, floating point and CMYK become 8-bit RGB, transparency is laid over white, the EXIF
    orientation is applied, the first frame or page is taken.

    Parameters
    ----------
    path : str or path
        A regular file.
    max_pixels : int
        Largest width times height that is decoded.

    Raises
    ------
    InputNotFound
        No such file, a directory, a pipe or a device, or one that may not be opened.
    NotAnImage
        Empty, of another type, truncated or damaged.
    ImageTooLarge, ImageTooSmall
    """
    path = Path(path)
    name = shown(path)
    with _open_regular(path, name) as file:
        pixels, several = _decode(file, name, max_pixels)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return _to_image(pixels, several, path, sha256)


def _to_image(pixels: ByteArray, several: bool, source: Path, sha256: str) -> Image:
    findings = _size_findings(pixels)
    if several:
        findings += (Finding(code="animated", severity="info", message="Several frames or pages: the first was read."),)
    return Image(pixels=pixels, source=source, sha256=sha256, findings=findings)


def image_from_bytes(content: bytes, name: str, *, max_pixels: int = MAX_PIXELS) -> Image:
    """A picture file already in memory, such as an archive's member; otherwise as :func:`load_image`.

    Raises
    ------
    NotAnImage, ImageTooLarge, ImageTooSmall
    """
    if not content:
        raise NotAnImage(f"{shown(name)} is empty.", hint="Download or save it again.")
    pixels, several = _decode(io.BytesIO(content), shown(name), max_pixels)
    return _to_image(pixels, several, Path(name), hashlib.sha256(content).hexdigest())


def image_from_array(array: ArrayLike, *, max_pixels: int = MAX_PIXELS) -> Image:
    """An :class:`~digitize.values.Image` of pixels already in memory.

    Parameters
    ----------
    array : (H, W), (H, W, 3) or (H, W, 4) array
        Grey, RGB or RGBA, as bool, uint8, uint16 or floating point from 0 to 1. Alpha is laid over white.

    Raises
    ------
    ValueError
        Another shape, type or range.
    ImageTooLarge, ImageTooSmall
    """
    values = np.asarray(array)
    if values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] not in (3, 4)):
        raise ValueError(f"array has shape {values.shape}, expected (H, W), (H, W, 3) or (H, W, 4)")
    _check_size(values.shape[1], values.shape[0], "The array", max_pixels)
    if values.dtype == np.bool_:
        levels = values.astype(np.uint8) * np.uint8(255)
    elif values.dtype == np.uint8:
        levels = values
    elif values.dtype == np.uint16:
        levels = _to_levels(values, 65535.0)
    elif np.issubdtype(values.dtype, np.floating):
        if not (np.nanmin(values) >= 0.0 and np.nanmax(values) <= 1.0):
            raise ValueError(f"array holds {np.nanmin(values)} to {np.nanmax(values)}, floats go from 0 to 1")
        levels = _to_levels(values, 1.0)
    else:
        raise ValueError(f"array has type {values.dtype}, expected bool, uint8, uint16 or floating point")
    if levels.ndim == 2:
        levels = np.repeat(levels[..., None], 3, axis=2)
    elif levels.shape[2] == 4:
        alpha = levels[..., 3:].astype(np.float32) / 255.0
        levels = np.rint(levels[..., :3] * alpha + 255.0 * (1.0 - alpha)).astype(np.uint8)
    pixels = np.array(levels, np.uint8, order="C")
    return Image(pixels=pixels, sha256=hashlib.sha256(pixels.tobytes()).hexdigest(), findings=_size_findings(pixels))


def shown(path: str | os.PathLike[str]) -> str:
    """A path as it can be printed: bytes that are no text, and control characters, are escaped."""
    text = os.fspath(path).encode("utf-8", "backslashreplace").decode()
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def _open_regular(path: Path, name: str) -> BufferedReader:
    """The file opened for reading; pipes and devices are refused before they can block."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputNotFound(f"{name} is a directory.", hint="Name the picture inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise InputNotFound(f"{name} is a pipe or a device, not a file.", hint="Save the picture to a file first.")
        file = path.open("rb")
    except FileNotFoundError:
        raise InputNotFound(f"{name} does not exist.", hint="Check the name and the folder.") from None
    except PermissionError:
        raise InputNotFound(f"{name} may not be opened: permission denied.", hint="Check its permissions.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputNotFound(f"{name} cannot be opened: {reason}.") from None
    if status.st_size == 0 or status.st_size > MAX_FILE_BYTES:
        file.close()
        if status.st_size == 0:
            raise NotAnImage(f"{name} is empty.", hint="Download or save it again.")
        raise ImageTooLarge(f"{name} is larger than {MAX_FILE_BYTES >> 20} MiB.", hint="Reduce the picture first.")
    return file


def _decode(file: BinaryIO, name: str, max_pixels: int) -> tuple[ByteArray, bool]:
    """(pixels, whether the file holds further frames)."""
    start = file.read(64)
    canvas = _webp_canvas(start)
    if canvas is not None:  # libwebp allocates the canvas while opening
        _check_size(*canvas, name, max_pixels)
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pil.open(file, formats=FORMATS) as picture:
                _check_size(*picture.size, name, max_pixels)
                picture.load()
                pixels = _turned(_rgb(picture), _orientation(picture))
                several = _holds_several(picture)
    except (ImageTooLarge, ImageTooSmall):
        raise
    except Pil.DecompressionBombError:
        raise ImageTooLarge(f"{name} unpacks to more than {max_pixels:,} pixels.", hint=_REDUCE_HINT) from None
    except MemoryError:
        raise ImageTooLarge(f"{name} needs more memory than there is.", hint=_REDUCE_HINT) from None
    except Exception:  # noqa: BLE001 - decoders raise nearly every type on damaged bytes
        raise _refusal(start, name) from None
    return pixels, several


_REDUCE_HINT = "Crop it to the figure, or reduce it to at most 12,000 px a side."


def _check_size(width_px: int, height_px: int, name: str, max_pixels: int) -> None:
    size = f"{width_px} x {height_px} px"
    if width_px * height_px > max_pixels:
        raise ImageTooLarge(f"{name} is {size}, more than {max_pixels:,} pixels.", hint=_REDUCE_HINT)
    if max(width_px, height_px) > MAX_SIDE_PX:
        raise ImageTooLarge(f"{name} is {size}, longer than {MAX_SIDE_PX:,} px.", hint=_REDUCE_HINT)
    if min(width_px, height_px) < MIN_SIDE_PX:
        raise ImageTooSmall(
            f"{name} is {size}, too small to hold a chart.", hint=f"Find a larger copy: {SMALL_SIDE_PX} px or more."
        )


def _webp_canvas(start: bytes) -> tuple[int, int] | None:
    """(width, height) in the header of an extended WebP file; None for anything else."""
    if start[:4] != b"RIFF" or start[8:16] != b"WEBPVP8X" or len(start) < 30:
        return None
    return int.from_bytes(start[24:27], "little") + 1, int.from_bytes(start[27:30], "little") + 1


def _refusal(start: bytes, name: str) -> NotAnImage:
    """Says what the file seems to be, from its first bytes."""
    is_webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    kind = "WebP" if is_webp else next((kind for magic, kind in _PICTURES.items() if start.startswith(magic)), "")
    if kind:
        return NotAnImage(
            f"{name} starts like a {kind} picture but is truncated, damaged or of an unknown variant.",
            hint="Download or save it again, or convert it to PNG.",
        )
    opening = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, (what, hint) in _OTHERS.items():
        if opening.lower().startswith(magic.lower()):
            return NotAnImage(f"{name} is {what}, not a picture.", hint=hint)
    try:
        is_text = opening[:48].decode("utf-8", "strict").replace("\n", "").replace("\r", "").replace("\t", "")
    except UnicodeDecodeError:
        is_text = ""
    if is_text and is_text.isprintable():
        return NotAnImage(f"{name} is a text file, not a picture.", hint=_FORMATS_HINT)
    return NotAnImage(f"{name} is not a picture that can be decoded.", hint=_FORMATS_HINT)


def _rgb(picture: Pil.Image) -> ByteArray:
    """The decoded picture as (H, W, 3) uint8 RGB, converted in strips: a large picture is never held three times."""
    if picture.mode == "F" or picture.mode.startswith("I"):
        values = np.asarray(picture)
        return np.repeat(_to_levels(values, _full_scale(values))[..., None], 3, axis=2)
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _BLOCK_ROWS):
        bottom = min(top + _BLOCK_ROWS, height)
        strip = picture.crop((0, top, width, bottom))
        if strip.mode in ("LA", "La", "PA", "RGBA", "RGBa") or strip.has_transparency_data:
            over = strip.convert("RGBA")
            strip = Pil.new("RGB", over.size, (255, 255, 255))
            strip.paste(over, mask=over.getchannel("A"))
        pixels[top:bottom] = np.asarray(strip.convert("RGB"))
    return pixels


def _full_scale(values: NDArray[np.generic]) -> float:
    """What stands for white: 1, 255 or 65535, the smallest that holds every value of the picture.

    Whole numbers are 16-bit samples: Pillow unpacks 8-bit ones to another mode.
    """
    if np.issubdtype(values.dtype, np.integer):
        return 65535.0
    largest = float(np.nanmax(values))
    return next((scale for scale in (1.0, 255.0, 65535.0) if largest <= scale), largest)


def _to_levels(values: NDArray[np.generic], full_scale: float) -> ByteArray:
    """0 to ``full_scale`` becomes 0 to 255, unknown (NaN) becomes white."""
    levels = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), _BLOCK_ROWS):
        rows = slice(top, top + _BLOCK_ROWS)
        block = np.nan_to_num(values[rows].astype(np.float32) * np.float32(255.0 / full_scale), nan=255.0)
        levels[rows] = np.rint(np.clip(block, 0.0, 255.0)).astype(np.uint8)
    return levels


def _orientation(picture: Pil.Image) -> int:
    """The EXIF orientation, 1 to 8. A broken EXIF block costs the orientation, not the picture."""
    try:
        value = int(picture.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001 - hostile EXIF raises nearly every type
        return 1
    return value if 1 <= value <= 8 else 1


def _turned(pixels: ByteArray, orientation: int) -> ByteArray:
    """The picture as it is meant to be seen, of one stored with an EXIF orientation."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _holds_several(picture: Pil.Image) -> bool:
    """Whether a further frame or page follows. Damage behind the first frame does not cost the first."""
    try:
        return bool(getattr(picture, "is_animated", False))
    except Exception:  # noqa: BLE001 - decoders raise nearly every type on damaged bytes
        return False


def _size_findings(pixels: ByteArray) -> tuple[Finding, ...]:
    side_px = min(pixels.shape[:2])
    if side_px >= SMALL_SIDE_PX:
        return ()
    message = f"The picture is small ({pixels.shape[1]} x {pixels.shape[0]} px): text may be misread."
    return (Finding(code="small", severity="info", message=message, value=float(side_px), limit=float(SMALL_SIDE_PX)),)
