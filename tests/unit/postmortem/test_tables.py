"""Rows of tables read in one go are the same HTML that the standard reader makes of them."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.postmortem import tables

_PIECES = st.sampled_from(
    [
        *("|", "| ", " |", "\\|", "\\", "a", "bc", "`", "`|`", "**b**", "_c_", "[d](https://example.org)", "&lt;", "&"),
        *(
            "<b>",
            "\\*",
            "\\&lt;",
            "~",
            "é",
            "\n",
            "\n| ",
            "\n|",
            "\n\n",
            "\n    |",
            "\n> |",
            "\n- |",
            " - ",
            ":-",
            "  ",
        ),
    ]
)
_HEADS = st.sampled_from(
    ["| a | b |\n| --- | --- |\n", "|a|\n|:-:|\n", "a | b\n--- | ---:\n", "| a | b | c |\n|-|-|-|\n"]
)


def _read(markdown: str, *, ours: bool) -> str:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["html_block", "html_inline"])
    if ours:
        tables.install(reader)
        reader.add_render_rule("table_open", lambda *_: "<table>\n")
        reader.add_render_rule("table_close", lambda *_: "</table>\n")
    return str(reader.render(markdown))


@settings(max_examples=600, deadline=None)
@given(_HEADS, st.lists(_PIECES, max_size=40).map("".join), st.sampled_from(["", "\n\n[a]: https://example.org\n"]))
@example("| a | b |\n| --- | --- |\n", "| 1 |\n| 1 | 2 | 3 |\n", "")
@example("| a | b |\n|:-:| ---:|\n", "| [a] | [b][a] |\n| \\\\| | x |\n", "\n[a]: https://example.org\n")
@example("text\n| a |\n| - |\n", "| 1 |\nlazy\n| 2 |\n", "")
@example("> | a |\n> | - |\n> | 1 |\n", "> | 2 |\n", "")
@example("- | a |\n  | - |\n  | 1 |\n", "  | 2 |\n", "")
def test_a_table_is_what_the_standard_makes_of_it(head: str, body: str, after: str) -> None:
    """Whatever stands in the cells, and whatever follows the rows: the same elements and the same words."""
    markdown = head + body + after
    assert _read(markdown, ours=False) == _read(markdown, ours=True)
