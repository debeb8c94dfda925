"""Labels drawn the ways plotting programs draw them, small, worn, and cut out as the reader cuts them.

Three printers: FreeType as matplotlib's Agg uses it (hinted, with its mathematics), FreeType at the pixel grid (PIL, as
old R and gnuplot devices), and print at eight times the size averaged down (no hinting, any place: Cairo, browsers,
shrunk pictures).
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from PIL import Image, ImageDraw, ImageFont

from digitize.ocr.label_network import to_rows
from tests.training.label_texts import RAISED, draw_text

BUNDLED = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FONTS = [BUNDLED / f"{name}.ttf" for name in ("DejaVuSans", "DejaVuSans", "DejaVuSans", "DejaVuSansMono", "DejaVuSerif",
         "STIXGeneral", "STIXGeneral", "DejaVuSans-Bold", "DejaVuSerif-Italic")]  # fmt: skip
SYSTEM = Path("/usr/share/fonts")
FONTS += [SYSTEM / name for name in (
    "truetype/liberation/LiberationSans-Regular.ttf", "truetype/liberation/LiberationSans-Bold.ttf",
    "truetype/liberation/LiberationSerif-Regular.ttf", "truetype/liberation/LiberationMono-Regular.ttf",
    "truetype/liberation/LiberationSansNarrow-Regular.ttf", "truetype/open-sans/OpenSans-Regular.ttf",
    "truetype/roboto/unhinted/RobotoTTF/Roboto-Regular.ttf", "truetype/lato/Lato-Regular.ttf",
    "truetype/noto/NotoSans-Regular.ttf", "truetype/noto/NotoSerif-Regular.ttf", "opentype/inter/Inter-Regular.otf",
    "truetype/freefont/FreeSans.ttf", "truetype/freefont/FreeSerif.ttf", "truetype/croscore/Arimo-Regular.ttf",
    "opentype/urw-base35/NimbusSans-Regular.otf", "opentype/urw-base35/NimbusRoman-Regular.otf",
    "truetype/liberation/LiberationSans-Italic.ttf",
)]  # fmt: skip
TEX = Path("/usr/share/texmf/fonts/opentype/public")
FONTS += [TEX / "lm/lmroman10-regular.otf", TEX / "lm/lmroman10-regular.otf", TEX / "lm/lmsans10-regular.otf",
          TEX / "tex-gyre/texgyretermes-regular.otf"]  # fmt: skip
FONTS = [path for path in FONTS if path.exists()]
"""The model in the repository saw all of them: Debian's fonts-liberation, -open-sans, -roboto, -lato, -noto-core,
-inter, -freefont-ttf, -croscore, -urw-base35, -lmodern, -texgyre."""
MATH_FONTS = ("dejavusans", "dejavusans", "stix", "stixsans", "cm", "cm", "dejavuserif")
TO_LEVEL = str.maketrans(RAISED, "0123456789−")
LARGE = 8
MARGIN_HEIGHTS = 0.3
"""What a crop shows around the ink of its label, about: more or less is drawn by lot."""


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


@cache
def _digit_frac(path: Path) -> float:
    _, top, _, bottom = _font(path, 200).getbbox("8")
    return (bottom - top) / 200


@cache
def _has(path: Path, character: str) -> bool:
    font = _font(path, 40)
    missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
    own = font.getmask(character)
    return character == " " or (own.getbbox() is not None and (own.getbbox(), bytes(own)) != missing)


def _parts(text: str) -> list[tuple[str, bool]]:
    """Runs of level and raised print."""
    parts: list[tuple[str, bool]] = []
    for character in text:
        raised = character in RAISED
        if parts and parts[-1][1] == raised:
            parts[-1] = (parts[-1][0] + character, raised)
        else:
            parts.append((character, raised))
    return parts


def _set(text: str, path: Path, size: int, lot: random.Random) -> np.ndarray:
    """Coverage of a text set with PIL, raised parts smaller and higher."""
    small, lift = lot.uniform(0.6, 0.75), lot.uniform(0.3, 0.5)
    canvas = Image.new("L", (int(size * (len(text) + 2)), int(size * 3)))
    pen, x, base = ImageDraw.Draw(canvas), size * 0.5, int(size * 2)
    for part, raised in _parts(text):
        font = _font(path, max(round(size * small), 3) if raised else size)
        if raised:
            x += lot.uniform(0.0, 0.04) * size
        level = part.translate(TO_LEVEL) if raised else part
        pen.text((x, base - (lift * size if raised else 0)), level, fill=255, font=font, anchor="ls")
        x += font.getlength(level)
    return _tight(np.asarray(canvas, np.float32) / 255)


def _mathematics(text: str, digit_px: float, lot: random.Random) -> np.ndarray:
    """Coverage of a text set by matplotlib, raised parts as exponents."""
    out = ""
    for part, raised in _parts(text):
        safe = part.translate(TO_LEVEL).replace("−", "-").replace("%", r"\%").replace("$", r"\$").replace(" ", r"\ ")
        safe = safe.replace("×", r"\times ").replace("π", r"\pi ").replace("·", r"\cdot ")
        out += f"^{{{safe}}}" if raised else safe
    dpi = 72.0
    size = digit_px / 0.73
    family = lot.choice(("DejaVu Sans", "STIXGeneral", "DejaVu Serif"))
    font = FontProperties(family=family, math_fontfamily=lot.choice(MATH_FONTS), size=size)
    style = r"\mathdefault" if lot.random() < 0.8 else ""
    string = f"${style}{{{out}}}$" if style else f"${out}$"
    image = _parser().parse(string, dpi, font).image
    return _tight(np.asarray(image, np.float32) / 255)


@cache
def _parser() -> MathTextParser:
    return MathTextParser("agg")


def _agg(text: str, path: Path, digit_px: float) -> np.ndarray:
    """Coverage of level text as matplotlib sets it."""
    from matplotlib.ft2font import LoadFlags

    font = _agg_font(path)
    font.set_size(digit_px / _digit_frac(path), 72)
    font.set_text(text, 0.0, flags=LoadFlags.FORCE_AUTOHINT)
    font.draw_glyphs_to_bitmap(antialiased=True)
    return _tight(np.asarray(font.get_image(), np.float32) / 255)


@cache
def _agg_font(path: Path):
    from matplotlib.ft2font import FT2Font

    return FT2Font(str(path))


def _tight(coverage: np.ndarray) -> np.ndarray:
    rows, cols = np.flatnonzero(coverage.max(axis=1) > 0.08), np.flatnonzero(coverage.max(axis=0) > 0.08)
    if not rows.size:
        return coverage[:0, :0]
    return coverage[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]


def _averaged(large: np.ndarray, factor: float, lot: random.Random) -> np.ndarray:
    """Coverage averaged down by a factor, at any place on the grid; turned and turned back now and then."""
    pad = int(3 * factor)
    top, left = (pad + lot.randrange(int(factor) + 1) for _ in range(2))
    large = cv2.copyMakeBorder(large, top, pad, left, pad, cv2.BORDER_CONSTANT)
    turn = lot.choice((0, 0, 0, 0, 0, 30, 45, 45, 90)) + lot.uniform(-2, 2) * (lot.random() < 0.1)
    high, wide = large.shape
    if turn:
        side = int(np.hypot(high, wide)) + 4
        there = cv2.getRotationMatrix2D((wide / 2, high / 2), turn, 1.0)
        there[:, 2] += (side - wide) / 2, (side - high) / 2
        large = cv2.warpAffine(large, there, (side, side))
    size = max(round(large.shape[1] / factor), 1), max(round(large.shape[0] / factor), 1)
    small = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
    if turn:
        tall, broad = int(np.ceil(high / factor)), int(np.ceil(wide / factor))
        times = lot.choice((1, 1, 2))
        back = cv2.getRotationMatrix2D((small.shape[1] / 2, small.shape[0] / 2), -turn, times)
        back[:, 2] += (broad * times - small.shape[1]) / 2, (tall * times - small.shape[0]) / 2
        method = cv2.INTER_LINEAR if times == 1 else cv2.INTER_CUBIC
        small = cv2.warpAffine(small, back, (broad * times, tall * times), flags=method)
    return _tight(np.clip(small, 0, 1))


def _coverage(text: str, digit_px: float, lot: random.Random) -> np.ndarray | None:
    raised = any(character in RAISED for character in text)
    path = lot.choice(FONTS)
    if not all(_has(path, character) for character in text.translate(TO_LEVEL)):
        path = FONTS[0]
        if not all(_has(path, character) for character in text.translate(TO_LEVEL)):
            return None
    roll = lot.random()
    if raised and roll < 0.4:
        return _mathematics(text, digit_px, lot)
    if not raised and roll < 0.4:
        return _agg(text, path, digit_px)
    if roll < 0.65:
        return _set(text, path, max(round(digit_px / _digit_frac(path)), 5), lot)
    large = _set(text, path, round(LARGE * digit_px / _digit_frac(path)), lot)
    return _averaged(large, LARGE, lot)


def _shrunk(coverage: np.ndarray, factor: float) -> np.ndarray:
    padded = cv2.copyMakeBorder(coverage, 6, 6, 6, 6, cv2.BORDER_CONSTANT)
    image = Image.fromarray((padded * 255).astype(np.uint8))
    size = max(round(image.width * factor), 1), max(round(image.height * factor), 1)
    return _tight(np.asarray(image.resize(size, Image.Resampling.LANCZOS), np.float32) / 255)


def draw_label(lot: random.Random) -> tuple[np.ndarray, str] | None:
    """The rows the reader sees of one label (uint8, see `to_rows`), and what it says."""
    text = draw_text(lot)
    roll = lot.random()
    low, high = (4.0, 7.0) if roll < 0.55 else (7.0, 10.0) if roll < 0.85 else (10.0, 18.0)
    digit_px = lot.uniform(low, high)
    shrink = lot.uniform(0.5, 0.85) if lot.random() < 0.15 else 1.0
    try:
        coverage = _coverage(text, digit_px / shrink, lot)
        if coverage is not None and shrink < 1.0:
            coverage = _shrunk(coverage, shrink)
    except (ValueError, RuntimeError, OSError):
        return None
    if coverage is None or min(coverage.shape) < 1 or coverage.shape[1] > 40 * coverage.shape[0] + 40:
        return None
    return to_rows(_cut_out(coverage, digit_px, lot)), text




def _cut_out(coverage: np.ndarray, digit_px: float, lot: random.Random) -> np.ndarray:
    """The label on its ground with what stands around it, compressed, and cut out with the reader's margins."""
    high, wide = coverage.shape
    high = max(high, round(digit_px * 0.8))
    rng = np.random.default_rng(lot.randrange(2**32))
    room = 12 + int(high)
    canvas = np.zeros((coverage.shape[0] + 2 * room, wide + 2 * room), np.float32)
    canvas[room : room + coverage.shape[0], room : room + wide] = coverage
    if lot.random() < 0.35:
        _add_neighbours(canvas, room, coverage.shape, digit_px, lot)
    ground, ink = _colours(lot, rng)
    picture = ground + canvas[..., None] * (ink - ground)
    if lot.random() < 0.08:
        picture += rng.normal(0, lot.uniform(1, 8), picture.shape)
    pixels = np.clip(np.round(picture), 0, 255).astype(np.uint8)
    if lot.random() < 0.35:
        top, left = lot.randrange(8), lot.randrange(8)
        pixels = pixels[top:, left:]
        quality = [int(cv2.IMWRITE_JPEG_QUALITY), lot.randint(50, 95)]
        if lot.random() < 0.3:
            quality += [int(cv2.IMWRITE_JPEG_SAMPLING_FACTOR), int(cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)]
        pixels = cv2.imdecode(cv2.imencode(".jpg", pixels[..., ::-1], quality)[1], cv2.IMREAD_COLOR)[..., ::-1]
    else:
        top = left = 0
    y0, y1 = room - top, room - top + coverage.shape[0]
    x0, x1 = room - left, room - left + wide
    if lot.random() < 0.3:  # the found ink ends a little aside
        y0, y1 = y0 + lot.choice((-1, 0, 1)), y1 + lot.choice((-1, 0, 1))
        x0, x1 = x0 - lot.choice((0, 1)), x1 + lot.choice((0, 1))
    tall = y1 - y0
    across = max(MARGIN_HEIGHTS * tall * lot.uniform(0.6, 1.3), 1.0)
    along = max(MARGIN_HEIGHTS * tall * lot.uniform(0.6, 1.3), 1.0)
    return pixels[max(round(y0 - across), 0) : round(y1 + across), max(round(x0 - along), 0) : round(x1 + along)]


def _add_neighbours(canvas: np.ndarray, room: int, shape: tuple[int, int], digit_px: float, lot: random.Random) -> None:
    """Tick marks, a spine, the next label, pale gridlines beside a label."""
    high, wide = shape
    thick = max(round(0.08 * digit_px), 1)
    strength = lot.uniform(0.5, 1.0)
    length = round(0.5 * digit_px)
    gap = max(round(lot.uniform(0.25, 0.9) * digit_px), 2)
    kind = lot.randrange(4)
    middle = room + high // 2
    if kind == 0:
        canvas[middle : middle + thick, room + wide + gap : room + wide + gap + length] = strength
        canvas[:, room + wide + gap + length : room + wide + gap + length + thick] = strength
    elif kind == 1:
        column = room + lot.randrange(max(wide, 1))
        canvas[max(room - gap - length, 0) : max(room - gap, 0), column : column + thick] = strength
    elif kind == 2:
        canvas[middle : middle + thick, max(room - gap - length, 0) : max(room - gap, 0)] = strength
    else:
        canvas[:, max(room - gap - thick, 0) : max(room - gap, 0)] = strength


def _colours(lot: random.Random, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    if lot.random() < 0.55:
        return np.full(3, 255.0), np.full(3, float(lot.choice((0, 0, 0, 38, 77, 90, 110))))
    if lot.random() < 0.4:
        ground, ink = rng.uniform(0, 60), rng.uniform(150, 255)
    else:
        ground, ink = rng.uniform(200, 255), rng.uniform(0, 130)
    ground, ink = np.full(3, ground), np.full(3, ink)
    if lot.random() < 0.4:
        ink = np.clip(ink + rng.uniform(-70, 70, 3), 0, 255)
    return ground, ink
