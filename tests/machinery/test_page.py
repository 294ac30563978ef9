"""A page is one file: escaped, complete, and without a network."""

import re
from html.parser import HTMLParser

from machinery import page
from machinery.page import Html

VOID = {"meta", "br", "hr", "img", "link", "input", "path", "use"}


class Balanced(HTMLParser):
    """Fails on a tag that is closed in another order than it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.opened.pop() == tag


def built() -> str:
    parts = {
        "The verdict": page.paragraph("It is", page.badge("accepted", "good"), "by `gate` & <us>"),
        "Numbers": page.table(["metric", "value"], [["roc_auc", 0.7], ["a|<b>", 1]], numbers=[1]),
        "Pictures": page.figures({"Look at `x`": "<svg></svg>"}, whole=True),
        "Next": Html(
            page.items(["first", "second"], numbered=True)
            + page.code("make <repro>")
            + page.folded("more", page.items(["a"]))
        ),
    }
    return page.page("A & B", parts, lead="Hello", foot="Made by `report`")


def test_every_tag_is_closed_in_its_order() -> None:
    parser = Balanced()
    parser.feed(built())
    assert parser.opened == []


def test_text_is_escaped_and_code_is_set_as_code() -> None:
    found = built()
    assert "<title>A &amp; B</title>" in found
    assert "by <code>gate</code> &amp; &lt;us&gt;" in found
    assert "make &lt;repro&gt;" in found
    assert "a|&lt;b&gt;" in found


def test_the_page_needs_no_other_file_and_no_script() -> None:
    found = built()
    assert not re.search(r"<(script|link|img|iframe)|https?://|url\(|@import", found)


def test_each_link_leads_to_a_part() -> None:
    found = built()
    links = re.findall(r'href="#([^"]+)"', found)
    assert (
        links
        == re.findall(r'<section id="([^"]+)"', found)
        == [
            "the-verdict",
            "numbers",
            "pictures",
            "next",
        ]
    )


def test_a_wide_table_scrolls_alone_and_numbers_are_set_right() -> None:
    found = built()
    assert re.search(r'<div class="wide"[^>]* tabindex="0"><table>', found)
    assert '<td class="number">0.7</td>' in found


def test_only_a_table_that_ends_in_sentences_is_set_below_each_other_on_a_phone() -> None:
    assert 'class="wide"' in page.table(["a"], [["short"]])
    assert 'class="wide long"' in page.table(["a", "why"], [["x", "short"], ["y", "word " * 20]])
