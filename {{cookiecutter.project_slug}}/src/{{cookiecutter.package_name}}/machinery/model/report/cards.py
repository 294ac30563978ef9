"""The cards, which are Markdown, as parts of a page."""

import re

from markdown_it import MarkdownIt

from ...page import Html

DEEPER = 2  # the page has headings of its own
PARTS = {"model-card.md": "#model-card", "data-card.md": "#data-card"}


def html(markdown: str) -> Html:
    """Return `markdown` as HTML without its first heading, with links that work in reports/."""
    text = re.sub(r"\A\s*# [^\n]+\n", "", markdown)
    text = re.sub(
        r"\]\(([\w-]+\.md)", lambda link: f"]({PARTS.get(link[1], f'../docs/{link[1]}')}", text
    )
    found: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    found = re.sub(r"<(/?)h(\d)>", lambda tag: f"<{tag[1]}h{int(tag[2]) + DEEPER - 1}>", found)
    found = found.replace("<table>", '<div class="wide" tabindex="0" role="group"><table>')
    return Html(found.replace("</table>", "</table></div>"))
