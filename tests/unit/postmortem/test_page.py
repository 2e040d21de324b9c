"""The page: valid, self-contained, made of our elements alone, whatever people and the provider wrote."""

import html
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tinyhtml5.parser import HTMLParser as Checker  # type: ignore[import-untyped]

from bot.postmortem.context import build
from bot.postmortem.page import page, picture
from bot.postmortem.render import markdown_of
from bot.postmortem.shape import PostmortemContext, plain
from bot.postmortem.tables import MOST_ROWS
from tests.golden.stories import STORIES
from tests.postmortems import HOSTILE, a_context, long_context, over_time, with_every_text

FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"


class _Seen(HTMLParser):
    """Counts the elements of a page and gathers their attributes and the text outside of styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the element."""
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Remember the text."""
        self.text += data


def _page(context: PostmortemContext) -> str:
    variables = plain(context)
    return page(variables, markdown_of(variables))


def _of(markdown: str) -> str:
    """Return what a page's main part makes of this Markdown, without the chart."""
    whole = page(plain(a_context()), markdown)
    return re.sub(r"<figure>.*?</figure>", "", whole[whole.index("<main>") :], flags=re.DOTALL)


def _errors(text: str) -> list[object]:
    parser = Checker()
    parser.parse(text)
    return list(parser.errors)


CONTEXTS = {
    "ordinary": a_context(),
    "charted": over_time(30, timedelta(minutes=42), tried=30),
    "hostile": with_every_text(over_time(3, timedelta(minutes=10), tried=2), HOSTILE),
    "right to left": with_every_text(
        a_context(), "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \U0001f469\u200d\U0001f692"
    ),
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_the_page_is_valid(name: str) -> None:
    """An HTML parser has nothing to complain of, and the page says its language and that it loads nothing."""
    text = _page(CONTEXTS[name])
    assert [] == _errors(text)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"" in text
    assert 1 == _Seen(text).elements.count("h1")
    assert [] == _errors(picture(plain(CONTEXTS[name])))


@pytest.mark.parametrize("name", STORIES)
def test_the_page_of_each_golden_incident_is_valid(name: str) -> None:
    """An HTML parser has nothing to complain of, and no entry of the timeline is left out."""
    told = STORIES[name]()
    text = _page(build(told.incident, told.story))
    assert [] == _errors(text)
    assert _Seen(text).elements.count("tr") > len(told.story)


def test_hostile_words_add_no_element() -> None:
    """With hostile markup in every field the page has as many of each element as with a plain word there."""
    shape = over_time(3, timedelta(minutes=10), tried=2)
    plain_word = _Seen(_page(with_every_text(shape, "word")))
    hostile = _Seen(_page(with_every_text(shape, HOSTILE)))
    ours = [one for one in plain_word.elements if one != "wbr"]
    assert ours == [one for one in hostile.elements if one != "wbr"]
    assert {name for name, _ in plain_word.attributes} == {name for name, _ in hostile.attributes}
    assert "<script>alert(1)</script>" in hostile.text
    assert "&lt;b&gt; &#60;i&#62;" in hostile.text
    assert "49" not in hostile.text.partition("{{ 7 * 7 }}")[2][:20]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
@example("a\u202eb\u2066c")
def test_any_words_are_shown_letter_by_letter(words: str) -> None:
    """Whatever text people write, a reader sees it as it was, up to blanks and characters that are not to be seen."""
    told = _of(markdown_of(plain(a_context(title=words or "x"))))
    seen = _Seen(re.search(r"<h1>(.*?)</h1>", told, re.DOTALL)[1])  # type: ignore[index]
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "", words or "x")
    want = re.sub(FORBIDDEN, "\ufffd", " ".join(kept.split()))
    assert f"Incident: {want}".strip() == seen.text.strip()


@pytest.mark.parametrize(
    "markdown",
    [
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        "[a](//example.org)",
        "[a](file:///etc/passwd)",
        "[a](JaVaScRiPt:x)",
        "<https://example.org>\n<script>x</script>".replace("<https://example.org>", "<javascript:x>"),
        "![a](https://example.org/a.png)".replace("https", "ftp"),
        '<img src="https://example.org/a.png">',
        "[a]: javascript:x\n\n[a]",
        "<!-- a -->",
        "www.example.org https://example.org",
    ],
)
def test_no_markdown_makes_a_dangerous_element(markdown: str) -> None:
    """Also a template of a team's own gets no HTML, no image and no address but http and https into the page."""
    assert not {"a", "img", "script", "iframe", "object", "style"} & set(_Seen(_of(markdown)).elements)


def test_links_to_the_web_are_links() -> None:
    """An address that the template made a link stays one; an image becomes its link."""
    assert '<a href="https://example.org/a">b</a>' in _of("[b](https://example.org/a)")
    assert "<img" not in _of("![b](https://example.org/a.png)")


def test_task_lists_show_boxes() -> None:
    """What is open has an empty box and what is done a ticked one; brackets in foreign words stay brackets."""
    told = _of("- [ ] one\n- [x] two\n- \\[x\\] three\n\n[x] four\n")
    assert '<li class="task">\N{BALLOT BOX} one</li>' in told
    assert '<li class="task">\N{BALLOT BOX WITH CHECK} two</li>' in told
    assert "<li>[x] three</li>" in told
    assert "<p>[x] four</p>" in told


def test_the_first_heading_is_the_pages() -> None:
    """The highest heading becomes the page's first, the others keep their distance; the chart is before the second."""
    told = page(plain(a_context()), "### One\n\na\n\n#### Two\n\nb\n")
    assert re.search(r"<h1>One</h1>.*<figure>.*<h2>Two</h2>", told, re.DOTALL)


def test_wide_tables_scroll_inside_themselves() -> None:
    """Each table is a region of its own that can be reached by keyboard and has a name."""
    told = _of("| a | b |\n| --- | --- |\n| 1 | 2 |\n\ntext\n\n| c |\n| --- |\n| 3 |\n")
    regions = re.findall(r'<div class="wide" role="region" aria-label="([^"]+)" tabindex="0"><table>', told)
    assert ["Table 1: a", "Table 2: c"] == regions


def test_long_words_may_break() -> None:
    """A word of hundreds of characters can be broken, and is the same word when it is copied."""
    told = _of("x" * 70 + " `" + "y" * 70 + "`")
    assert 2 == told.count("x<wbr>")
    assert 2 == told.count("y<wbr>")
    assert "x" * 70 in _Seen(told).text


def test_on_paper_long_tables_are_cut_visibly() -> None:
    """The first and the last rows go on paper and a row says how many are missing; the page for the web has all."""
    rows = "".join(f"| row {n} |\n" for n in range(MOST_ROWS + 5))
    markdown = f"| a |\n| --- |\n{rows}\nafter\n\n| b |\n| --- |\n| short |\n"
    variables = plain(a_context())
    paper, web = page(variables, markdown, on_paper=True), page(variables, markdown)
    assert MOST_ROWS + 5 == web.count("<td>row ")
    assert MOST_ROWS == paper.count("<td>row ")
    assert "5 rows are left out on paper" in paper
    assert "<td>row 0</td>" in paper
    assert f"<td>row {MOST_ROWS + 4}</td>" in paper
    assert "<td>short</td>" in paper
    assert [] == _errors(paper)


def test_on_paper_endless_lines_are_cut_visibly() -> None:
    """A note of a megabyte fills no hundred sheets; how much of it is missing is said, and no escape is torn."""
    markdown = "| a | b |\n| --- | --- |\n| " + "\\*" * 500_000 + " | end |\n\nafter\n"
    variables = plain(a_context())
    paper = page(variables, markdown, on_paper=True)
    assert "more characters are in the Markdown and on the web page)" in paper
    assert "<em>" not in paper
    assert "<p>after</p>" in paper
    assert len(page(variables, markdown)) > 500_000 > len(paper)


def test_the_legend_says_what_the_chart_marks() -> None:
    """Each number of the chart stands in the list below it, with its time in a form that machines read."""
    text = _page(over_time(3, timedelta(minutes=10)))
    assert '<time datetime="2026-11-24 03:00:30Z">2026-11-24 03:00:30</time> <bdi>opened (lena)</bdi>' in text


def test_a_picture_of_very_many_marks_says_that_there_are_more() -> None:
    """The picture lists the first forty marks and counts the rest."""
    text = picture(plain(over_time(3, timedelta(minutes=10), tried=60)))
    assert "… and 26 more, in the document." in html.unescape(text)
    assert 40 == text.count("<li>")


def test_the_same_incident_gives_the_same_bytes() -> None:
    """Making the page twice changes nothing."""
    context = long_context(50)
    assert _page(context) == _page(context)
