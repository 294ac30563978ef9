"""Builds one HTML page that needs nothing else: no network, no script, no other file.

It reads well on a phone and on a desk. Give it text: whatever is not `Html` is escaped, and
`code` between backticks is set as code.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


SENTENCE = 60  # letters; a longer cell is read, not compared with those above it
STYLE = """
:root { color-scheme: light; --ink: #24292f; --quiet: #57606a; --line: #d8dee4; --soft: #f6f8fa; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 1180px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 24px; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.25; }
h2 { margin: 40px 0 8px; padding-top: 12px; border-top: 1px solid var(--line); font-size: 1.25rem; }
h3 { margin: 24px 0 4px; font-size: 1.05rem; }
p, li { max-width: 72ch; overflow-wrap: break-word; }
nav { margin: 12px 0; }
nav a { display: inline-block; margin-right: 16px; padding: 2px 0; }
a { color: #0550ae; }
code { padding: 1px 4px; background: var(--soft); border-radius: 4px; font-size: 0.9em;
  overflow-wrap: anywhere; }
pre { padding: 10px 12px; background: var(--soft); overflow-x: auto; }
pre code { padding: 0; }
.figures { display: grid; gap: 8px 32px; margin: 12px 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; max-width: 560px; height: auto; }
figure.whole { grid-column: 1 / -1; }
figure.whole svg { max-width: 900px; }
figcaption { color: var(--quiet); font-size: 0.9rem; }
.wide { overflow-x: auto; }
table { margin: 8px 0; border-collapse: collapse; font-size: 0.92rem; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good, .bad, .warn, .plain { padding: 1px 8px; border: 1px solid; border-radius: 10px;
  font-weight: 600; white-space: nowrap; }
.good { color: #0b5f3c; background: #e6f5ee; }
.bad { color: #9a1b00; background: #fdeee8; }
.warn { color: #6b4e00; background: #fff6dc; }
.plain { color: var(--quiet); background: var(--soft); }
@media (max-width: 560px) {
  .long { position: relative; }
  .long thead { position: absolute; width: 1px; overflow: hidden; clip-path: inset(50%); }
  .long tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); }
  .long td { display: inline-block; padding: 1px 8px 1px 0; border: 0; }
  .long td:last-child { display: block; }
}
summary { cursor: pointer; font-weight: 600; }
footer { padding: 32px 16px; color: var(--quiet); font-size: 0.9rem; }
"""


def page(title: str, parts: Mapping[str, Html], *, lead: str = "", foot: str = "") -> str:
    """Return a page with a heading, links to its `parts` by their headings, and the parts."""
    links = "".join(f'<a href="#{_anchor(name)}">{html.escape(name)}</a>' for name in parts)
    body = "".join(
        f'<section id="{_anchor(name)}"><h2>{html.escape(name)}</h2>\n{part}</section>\n'
        for name, part in parts.items()
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{html.escape(title)}</h1>\n{paragraph(lead) if lead else ''}"
        f'<nav aria-label="Parts of this page">{links}</nav></header>\n'
        f"<main>\n{body}</main>\n<footer>{text(foot)}</footer>\n</body>\n</html>\n"
    )


def text(words: object) -> Html:
    """Return `words` escaped, with `code` between backticks; `Html` stays what it is."""
    if isinstance(words, Html):
        return words
    return Html(re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(str(words))))


def paragraph(*words: object) -> Html:
    """Return a paragraph of `words`, with a space between them."""
    return Html(f"<p>{' '.join(map(text, words))}</p>\n")


def items(entries: Iterable[object], *, numbered: bool = False) -> Html:
    """Return a list of `entries`."""
    tag = "ol" if numbered else "ul"
    return Html(f"<{tag}>{''.join(f'<li>{text(each)}</li>' for each in entries)}</{tag}>\n")


def code(lines: str) -> Html:
    """Return `lines` to be typed."""
    return Html(f'<pre tabindex="0"><code>{html.escape(lines)}</code></pre>\n')


def badge(words: str, kind: str = "plain") -> Html:
    """Return `words` that stand out; `kind` is good, bad, warn or plain."""
    return Html(f'<span class="{kind}">{html.escape(words)}</span>')


def table(
    head: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Iterable[int] = ()
) -> Html:
    """Return a table, scrolled sideways where it is too wide; `numbers` are columns set right.

    On a phone, a table that ends in sentences has the cells of a row below each other.
    """
    rows = list(rows)
    kind = "wide long" if any(len(str(row[-1])) > SENTENCE for row in rows) else "wide"
    kinds = [' class="number"' if at in set(numbers) else "" for at in range(len(head))]
    top = "".join(f'<th scope="col"{k}>{text(h)}</th>' for k, h in zip(kinds, head, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td{k}>{text(c)}</td>' for k, c in zip(kinds, row, strict=True))}</tr>\n"
        for row in rows
    )
    return Html(
        f'<div class="{kind}" role="group" aria-label="table: {html.escape(head[0])}" tabindex="0">'
        f"<table><thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
    )


def figures(drawn: Mapping[str, str], *, whole: bool = False) -> Html:
    """Return pictures next to each other, each SVG by its caption, which says what to look for."""
    kind = ' class="whole"' if whole else ""
    each = (
        f"<figure{kind}>{svg}<figcaption>{text(caption)}</figcaption></figure>\n"
        for caption, svg in drawn.items()
    )
    return Html(f'<div class="figures">{"".join(each)}</div>\n')


def folded(summary: str, *parts: Html) -> Html:
    """Return `parts` that open with a click on their `summary`."""
    return Html(f"<details><summary>{html.escape(summary)}</summary>\n{''.join(parts)}</details>\n")


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
