"""Loading: every format and colour mode to one array, every bad file to one sentence."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil
from PIL import ImageOps

from digitize.errors import DigitizeError, ImageTooLarge, ImageTooSmall, InputNotFound, NotAnImage
from digitize.load import image_from_array, load_image, shown

WIDTH, HEIGHT = 360, 320


@pytest.fixture
def chart() -> np.ndarray:
    """A picture without symmetry: white, a black frame, a red and a blue block."""
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    pixels[40:42, 50:300] = pixels[250:252, 50:300] = 0
    pixels[40:252, 50:52] = 0
    pixels[60:90, 60:160] = (214, 39, 40)
    pixels[120:130, 200:320] = (31, 119, 180)
    return pixels


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff", "bmp", "gif"])
def test_lossless_formats_keep_every_pixel(chart: np.ndarray, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"chart.{suffix}"
    Pil.fromarray(chart).save(path, **({"lossless": True} if suffix == "webp" else {}))
    image = load_image(path)
    assert np.array_equal(image.pixels, chart)
    assert image.source == path and len(image.sha256) == 64 and image.findings == ()


def test_jpeg_is_close(chart: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "chart.jpg"
    Pil.fromarray(chart).save(path, quality=92)
    assert np.abs(load_image(path).pixels.astype(int) - chart).mean() < 2.0


def test_suffix_does_not_decide_the_format(chart: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "chart.jpg"
    Pil.fromarray(chart).save(path, format="PNG")
    assert np.array_equal(load_image(path).pixels, chart)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_lies_over_white(tmp_path: Path, mode: str) -> None:
    picture = Pil.new(mode, (WIDTH, HEIGHT), (0,) * (len(mode) - 1) + (0,))
    picture.paste((0,) * (len(mode) - 1) + (128,), (10, 10, 30, 30))
    picture.paste((0,) * (len(mode) - 1) + (255,), (40, 40, 60, 60))
    picture.save(tmp_path / "clear.png")
    pixels = load_image(tmp_path / "clear.png").pixels
    assert (pixels[0, 0] == 255).all() and (pixels[50, 50] == 0).all()
    assert (np.abs(pixels[20, 20].astype(int) - 127) <= 1).all()


def test_transparent_palette_entry_lies_over_white(tmp_path: Path) -> None:
    picture = Pil.new("P", (WIDTH, HEIGHT), 0)
    picture.putpalette([0, 0, 0, 200, 30, 30] + [0] * 762)
    picture.paste(1, (10, 10, 90, 90))
    for name in ("clear.png", "clear.gif"):
        picture.save(tmp_path / name, transparency=0)
        pixels = load_image(tmp_path / name).pixels
        assert tuple(pixels[200, 200]) == (255, 255, 255) and tuple(pixels[50, 50]) == (200, 30, 30)


def test_transparent_colour_of_an_rgb_png_lies_over_white(chart: np.ndarray, tmp_path: Path) -> None:
    Pil.fromarray(chart).save(tmp_path / "chart.png", transparency=(0, 0, 0))
    pixels = load_image(tmp_path / "chart.png").pixels
    assert (pixels[40, 60] == 255).all() and tuple(pixels[70, 70]) == (214, 39, 40)


@pytest.mark.parametrize("name", ["grey.png", "grey.tiff"])
def test_16_bit_grey_keeps_its_brightness(tmp_path: Path, name: str) -> None:
    values = np.linspace(0, 65535, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.uint16)
    Pil.fromarray(values).save(tmp_path / name)
    expected = np.rint(values / 257.0)
    assert np.abs(load_image(tmp_path / name).pixels[..., 1] - expected).max() <= 1


def test_16_bit_rgb_png_keeps_its_colours(chart: np.ndarray, tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "deep.png"), chart[..., ::-1].astype(np.uint16) * 257)
    assert np.array_equal(load_image(tmp_path / "deep.png").pixels, chart)


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_floating_point_tiff_is_scaled_to_its_white(tmp_path: Path, white: float) -> None:
    values = np.full((HEIGHT, WIDTH), white, np.float32)
    values[10:20] = 0.0
    values[30:40] = np.nan
    Pil.fromarray(values).save(tmp_path / "float.tiff")
    pixels = load_image(tmp_path / "float.tiff").pixels
    assert (pixels[15] == 0).all() and (pixels[200] == 255).all() and (pixels[35] == 255).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_other_modes_become_rgb(chart: np.ndarray, tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("chart.tiff" if mode in ("CMYK", "YCbCr") else "chart.png")
    Pil.fromarray(chart).convert(mode).save(path)
    pixels = load_image(path).pixels
    assert pixels.shape == chart.shape and (pixels[5, 5] >= 250).all() and (pixels[41, 100] <= 5).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(chart: np.ndarray, tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "turned.png"
    exif = Pil.Exif()
    exif[0x0112] = orientation
    Pil.fromarray(chart).save(path, exif=exif)
    with Pil.open(path) as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored))
    assert np.array_equal(load_image(path).pixels, expected)


@pytest.mark.parametrize("suffix", ["gif", "tiff", "webp"])
def test_first_frame_is_read_and_noted(chart: np.ndarray, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"frames.{suffix}"
    others = [Pil.fromarray(255 - chart), Pil.fromarray(chart // 2)]
    options = {"lossless": True} if suffix == "webp" else {}
    Pil.fromarray(chart).save(path, save_all=True, append_images=others, **options)
    image = load_image(path)
    assert np.array_equal(image.pixels, chart)
    assert [finding.code for finding in image.findings] == ["animated"]


def test_damage_behind_the_first_frame_does_not_cost_it(chart: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "frames.gif"
    noise = np.random.default_rng(0).integers(0, 255, chart.shape, np.uint8)
    Pil.fromarray(chart).save(path, save_all=True, append_images=[Pil.fromarray(noise)])
    path.write_bytes(path.read_bytes()[:-20_000])
    assert np.array_equal(load_image(path).pixels, chart)


def test_broken_exif_does_not_cost_the_picture(chart: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "chart.jpg"
    Pil.fromarray(chart).save(path, exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff garbage")
    assert load_image(path).pixels.shape == chart.shape


def test_small_picture_is_read_and_noted(tmp_path: Path) -> None:
    Pil.new("RGB", (200, 150), "white").save(tmp_path / "small.png")
    assert [finding.code for finding in load_image(tmp_path / "small.png").findings] == ["small"]


def test_tiny_picture_is_refused(tmp_path: Path) -> None:
    Pil.new("RGB", (400, 40), "white").save(tmp_path / "tiny.png")
    with pytest.raises(ImageTooSmall, match="400 x 40 px"):
        load_image(tmp_path / "tiny.png")


def test_pixel_limit_is_checked_before_decoding(chart: np.ndarray, tmp_path: Path) -> None:
    Pil.fromarray(chart).save(tmp_path / "chart.png")
    with pytest.raises(ImageTooLarge, match="more than 1,000 pixels"):
        load_image(tmp_path / "chart.png", max_pixels=1000)


def test_extended_webp_header_is_checked_before_opening(tmp_path: Path) -> None:
    side = (16383).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + b"\x02\x00\x00\x00" + side + side
    (tmp_path / "huge.webp").write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk)
    with pytest.raises(ImageTooLarge, match="16384 x 16384"):
        load_image(tmp_path / "huge.webp")


def _missing(folder: Path) -> Path:
    return folder / "none.png"


def _directory(folder: Path) -> Path:
    (folder / "folder.png").mkdir()
    return folder / "folder.png"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.png")
    return folder / "pipe.png"


def _loop(folder: Path) -> Path:
    (folder / "loop.png").symlink_to(folder / "loop.png")
    return folder / "loop.png"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_missing, "does not exist"),
        (_directory, "is a directory"),
        (_pipe, "is a pipe or a device"),
        (_loop, "cannot be opened"),
        (lambda _: Path("/dev/zero"), "is a pipe or a device"),
        (lambda folder: folder / ("n" * 300 + ".png"), "cannot be opened"),
        (lambda folder: folder / "a\0b.png", "cannot be opened"),
    ],
)
def test_what_is_no_readable_file_is_refused(tmp_path: Path, make: Callable[[Path], Path], sentence: str) -> None:
    with pytest.raises(InputNotFound, match=sentence):
        load_image(make(tmp_path))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may open everything")
def test_file_without_permission_is_refused(chart: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "chart.png"
    Pil.fromarray(chart).save(path)
    path.chmod(stat.S_IWUSR)
    with pytest.raises(InputNotFound, match="permission denied"):
        load_image(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"step,loss\n1,0.5\n2,0.4\n", "is a text file"),
        ("größe,χ\n".encode(), "is a text file"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF document"),
        (b"  \n<svg xmlns='http://www.w3.org/2000/svg'/>", "is an SVG drawing"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"PK\x03\x04\x14\x00", "is a ZIP archive"),
        (b"\x89PNG\r\n\x1a\n", "starts like a PNG picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "starts like a JPEG picture"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "starts like a WebP picture"),
        (bytes(4096), "is not a picture"),
        (bytes(range(128, 256)) * 9, "is not a picture"),
    ],
)
def test_wrong_content_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "chart.png"
    path.write_bytes(content)
    with pytest.raises(NotAnImage, match=sentence):
        load_image(path)


def test_formats_outside_the_list_are_not_tried(chart: np.ndarray, tmp_path: Path) -> None:
    Pil.fromarray(chart).save(tmp_path / "chart.ppm")
    with pytest.raises(NotAnImage):
        load_image(tmp_path / "chart.ppm")


def test_odd_names_are_escaped_in_messages(tmp_path: Path) -> None:
    with pytest.raises(DigitizeError) as caught:
        load_image(tmp_path / "red\x1b[31m.png")
    assert str(caught.value).isprintable()
    assert shown(b"caf\xe9.png".decode("utf-8", "surrogateescape")).isprintable()


def test_arrays_of_every_depth_become_the_same_picture(chart: np.ndarray) -> None:
    grey = chart[..., 0]
    for array in (grey, grey.astype(np.uint16) * 257, grey / 255.0):
        assert np.array_equal(image_from_array(array).pixels, np.repeat(grey[..., None], 3, axis=2))
    clear = np.dstack([chart, np.zeros(chart.shape[:2], np.uint8)])
    assert (image_from_array(clear).pixels == 255).all()
    assert image_from_array(chart).source is None


@pytest.mark.parametrize(
    "bad", [np.zeros(300), np.zeros((300, 300, 2)), np.full((300, 300), 7.0), np.zeros((300, 300), int)]
)
def test_array_of_another_shape_range_or_type_is_the_callers_mistake(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="array"):
        image_from_array(bad)
