"""The rules as pages that people read, in Markdown: conditions in words, not in the vocabulary of the files."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.cli.pages.errors import errors_page
from bot.cli.pages.fault import fault_page
from bot.cli.pages.mitigations import mitigations_page
from bot.cli.pages.prices import prices_page
from bot.cli.pages.severity import severity_page
from bot.cli.pages.tree import tree_outline, tree_page
from bot.rules.book import Book

PAGES: Final[Mapping[str, Callable[[Book], str]]] = {
    "severity": severity_page,
    "fault": fault_page,
    "errors": errors_page,
    "mitigations": mitigations_page,
    "tree": tree_page,
    "prices": prices_page,
}
"""The reference pages by the names of the rules files."""

IN_TERMINAL: Final[Mapping[str, Callable[[Book], str]]] = {**PAGES, "tree": tree_outline}
"""The same for a terminal, which shows no drawing."""
