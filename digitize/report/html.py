"""The report as one HTML page that needs nothing else: the Markdown this package writes, and no more of Markdown."""

from __future__ import annotations

import base64
import html
import re

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}"
    "img{max-width:100%}"
    "td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left}"
)


def to_html(markdown: str, picture: bytes = b"") -> str:
    """A page from the Markdown of :func:`~digitize.report.page.to_report`, with a PNG (the overlay) at its end."""
    body: list[str] = []
    title = ""
    for block in re.split(r"\n\s*\n", markdown.strip()):
        lines = block.split("\n")
        heading = re.match(r"(#+) (.*)", lines[0])
        if heading:
            level = len(heading[1])
            title = title or _plain(heading[2])
            body.append(f"<h{level}>{_inline(heading[2])}</h{level}>")
        elif lines[0].startswith("|"):
            body.append(_table(lines))
        elif re.match(r"\d+\. ", lines[0]):
            items = "".join(f"<li>{_inline(re.sub(r'^[0-9]+[.] ', '', line))}</li>" for line in lines)
            body.append(f"<ol>{items}</ol>")
        elif lines[0].startswith("- "):
            body.append(_bullets(lines))
        else:
            body.append(f"<p>{_inline(' '.join(lines))}</p>")
    if picture:
        data = base64.b64encode(picture).decode("ascii")
        body.append(f'<h2>What was read</h2>\n<img alt="overlay" src="data:image/png;base64,{data}">')
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def _bullets(lines: list[str]) -> str:
    text = "<ul>"
    for number, line in enumerate(lines):
        inner = line.startswith("  - ")
        text += "<ul>" if inner and not lines[number - 1].startswith("  - ") else ""
        text += f"<li>{_inline(line.strip()[2:])}</li>"
        ends = inner and (number + 1 == len(lines) or not lines[number + 1].startswith("  - "))
        text += "</ul>" if ends else ""
    return text + "</ul>"


def _table(lines: list[str]) -> str:
    rows = [re.split(r"(?<!\\)\|", line.strip())[1:-1] for line in (lines[0], *lines[2:])]
    cells = [
        "".join(f"<{tag}>{_inline(cell.strip())}</{tag}>" for cell in row)
        for tag, row in zip(["th", *["td"] * (len(rows) - 1)], rows, strict=True)
    ]
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


def _inline(text: str) -> str:
    text = re.sub(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*", "\x01\\1\x02", text)
    text = re.sub(r"(?<!\\)`([^`]*)`", "\x03\\1\x04", text)
    escaped = html.escape(re.sub(r"\\(.)", r"\1", text))
    for mark, tag in zip("\x01\x02\x03\x04", ("<strong>", "</strong>", "<code>", "</code>"), strict=True):
        escaped = escaped.replace(mark, tag)
    return escaped


def _plain(text: str) -> str:
    return html.escape(re.sub(r"\\(.)", r"\1", text))
