"""The gallery as a person uses it: opened from disk, without a network, with mouse and keyboard."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from digitize.gallery import GalleryEntry, GalleryFinding, write_gallery

Opened = Callable[..., Page]
Scheme = Literal["light", "dark"]
COUNT = 10_000
THIN = GalleryFinding(code="axis-thin", severity="warning", message="Only two labels.")
REFUSED = GalleryFinding(code="axis-refused", severity="error", message="No scale fits.")


def thumbnail() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (320, 240), (30, 90, 200)).save(file, "WEBP")
    return file.getvalue()


def entries(count: int) -> Iterator[GalleryEntry]:
    """Every tenth is refused, every fourth has a thin axis."""
    picture = thumbnail()
    for number in range(count):
        yield GalleryEntry(
            name=f"papers.zip!study-{number:05d}/fig.png",
            status="refused" if number % 10 == 0 else "read",
            findings=((REFUSED,) if number % 10 == 0 else ()) + ((THIN,) if number % 4 == 0 else ()),
            series=number % 3,
            thumbnail=b"" if number % 10 == 0 else picture,
            links=(("reading", f"../json/{number}.json"),),
            origin="papers.zip",
            note="" if number else "The first.",
        )


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gallery(entries(COUNT), tmp_path_factory.mktemp("run") / "gallery", title="Ten thousand")


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Opens a page; errors in it, windows that pop up and requests to a network fail the test."""
    wrong: list[str] = []
    pages: list[Page] = []

    def look(path: Path, suffix: str = "", colour_scheme: Scheme = "light") -> Page:
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=colour_scheme)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
        page.goto(path.as_uri() + suffix)
        pages.append(page)
        return page

    yield look
    for page in pages:
        page.close()
    assert wrong == []


def test_ten_thousand_figures_open_at_once(gallery: Path, opened: Opened) -> None:
    page = opened(gallery)
    expect(page.locator("#count")).to_have_text("10,000 figures")
    assert page.locator(".card").count() < 60
    assert page.evaluate("document.querySelector('.card img').naturalWidth || 320") == 320
    page.locator("#scroller").evaluate("one => one.scrollTop = one.scrollHeight")
    expect(page.locator(".card").last).to_contain_text("study-09999")


def test_filters_by_outcome_and_finding_and_name_narrow_together(gallery: Path, opened: Opened) -> None:
    page = opened(gallery)
    count = page.locator("#count")
    page.get_by_label(re.compile("^refused")).check()
    expect(count).to_have_text("1,000 of 10,000 figures")
    page.get_by_label("axis-thin").check()
    expect(count).to_have_text("500 of 10,000 figures")
    page.get_by_label("Search by name").fill("STUDY-0002 fig")
    expect(count).to_have_text("1 of 10,000 figures")
    expect(page.locator(".card .place")).to_have_text("papers.zip!study-00020/")
    expect(page.get_by_text("axis-refused").locator("xpath=../output")).to_have_text("1")
    page.get_by_role("button", name="Clear filters").click()
    expect(count).to_have_text("10,000 figures")
    page.get_by_label("Search by name").fill("nowhere")
    expect(page.locator("#empty")).to_be_visible()


def test_the_address_keeps_the_filters(gallery: Path, opened: Opened) -> None:
    page = opened(gallery)
    page.get_by_label("axis-thin").check()
    page.get_by_label("Order").select_option("series")
    expect(page.locator("#count")).to_have_text("2,500 of 10,000 figures")
    again = opened(gallery, page.url.partition("index.html")[2])
    expect(again.locator("#count")).to_have_text("2,500 of 10,000 figures")
    expect(again.locator(".card").first).to_contain_text("2 series")


def test_the_keyboard_is_enough(gallery: Path, opened: Opened) -> None:
    page = opened(gallery)
    expect(page.locator("#count")).to_have_text("10,000 figures")
    page.keyboard.press("/")
    page.keyboard.type("study-001")
    expect(page.locator("#count")).to_have_text("100 of 10,000 figures")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    columns = page.evaluate("layout.columns")
    page.keyboard.press("Enter")
    name = page.locator("#detail-name")
    expect(name).to_have_text(f"papers.zip!study-{101 + columns:05d}/fig.png")
    page.keyboard.press("ArrowLeft")
    expect(name).to_have_text(f"papers.zip!study-{100 + columns:05d}/fig.png")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    page.keyboard.press("End")
    expect(page.locator(".card:focus")).to_contain_text("study-00199")


def test_one_figure_shows_what_was_found_and_where_its_files_are(gallery: Path, opened: Opened) -> None:
    page = opened(gallery)
    page.locator(".card").first.click()
    findings = page.locator("#detail-findings li")
    expect(findings).to_have_text(["axis-refusedNo scale fits.", "axis-thinOnly two labels."])
    expect(page.locator("#detail-note")).to_have_text("The first.")
    expect(page.locator("#detail-blank")).to_be_visible()
    link = page.get_by_role("link", name="reading")
    assert link.evaluate("one => one.href") == (gallery.parent.parent / "json" / "0.json").as_uri()


def test_hostile_names_do_nothing(tmp_path: Path, opened: Opened) -> None:
    hostile = [
        "<img src=x onerror=alert(1)>.png",
        "</script><script>alert(2)</script>.png",
        "\"'><svg onload=alert(3)>.png",
        "${alert(4)}{{title}}.png",
        "\u202egnp.exe\u2028\x00\udc80.png",
    ]
    finding = GalleryFinding(code="<b onclick=alert(5)>", severity="info", message="<script>alert(6)</script>")
    many = [
        GalleryEntry(
            name=name,
            status="read",
            findings=(finding,),
            thumbnail=thumbnail(),
            links=((name, "javascript:alert(7)"), (name, "data:text/html,<script>alert(8)</script>")),
            origin=name,
            note=name,
        )
        for name in hostile
    ]
    page = opened(write_gallery(many, tmp_path / "out", title=hostile[1]))
    expect(page.locator("#count")).to_have_text("5 figures")
    expect(page.locator("h1")).to_have_text(hostile[1])
    expect(page.locator("h1 *, .card b, .card script, .card svg, #codes b")).to_have_count(0)
    page.locator(".card").first.click()
    for _ in hostile:
        page.keyboard.press("ArrowRight")
    assert all(page.locator("#detail-links a").evaluate_all("all => all.map(one => one.protocol === 'file:')"))
    expect(page.locator(".about script, .about img, .about svg, .about b")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(gallery: Path, opened: Opened, scheme: Scheme) -> None:
    page = opened(gallery, colour_scheme=scheme)
    expect(page.locator(".card").first).to_be_visible()
    assert _contrast(page, ".card .name", ".card") > 7
    assert _contrast(page, ".card .place", ".card") > 4.5
    assert _contrast(page, ".card .pill", ".card") > 4.5
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert _contrast(page, ".card .name", ".card") > 7


def test_a_narrow_window_still_shows_figures(gallery: Path, opened: Opened) -> None:
    page = opened(gallery)
    page.set_viewport_size({"width": 400, "height": 780})
    expect(page.locator(".card").first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _contrast(page: Page, text: str, ground: str) -> float:
    """Contrast of the text's colour with its ground, as WCAG defines it."""
    colours = [
        page.locator(text).first.evaluate("one => getComputedStyle(one).color"),
        page.locator(ground).first.evaluate("one => getComputedStyle(one).backgroundColor"),
    ]
    light, dark = sorted((_luminance(colour) for colour in colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    levels = [int(level) / 255 for level in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [level / 12.92 if level <= 0.03928 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
