"""The structure that the code keeps: import contracts, and who may commit, catch, wait or read the environment."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "bot").rglob("*.py"))


@dataclass(frozen=True)
class Rule:
    """A thing that only some places may do, and the reason why."""

    code: str
    message: str
    allowed: tuple[str, ...]
    broken_by: Callable[[ast.AST], bool]


def _calls(*names: str) -> Callable[[ast.AST], bool]:
    def broken(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and ast.unparse(node.func) in names

    return broken


def _catches_everything(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    return node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}


def _imports_inside(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node))


def _commits(node: ast.AST) -> bool:
    """Find a commit in so many words, or an engine's `begin`, which commits when its block ends."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    return node.func.attr == "commit" or ast.unparse(node.func).endswith("engine.begin")


RULES = (
    Rule(
        "commit",
        "only the unit of work commits",
        ("bot/store/unit_of_work.py", "bot/store/one_trip.py"),  # the second is the driver's own word for it
        _commits,
    ),
    Rule(
        "catch-all",
        "only a boundary catches everything",
        (
            "bot/slack/guard.py",  # every listener ends in an acknowledgement
            "bot/workflows/worker.py",  # every job ends in its row
            "bot/cli/unwaited.py",  # what a thread raises is raised where it is waited for
        ),
        _catches_everything,
    ),
    Rule("inner-import", "imports stand at the top of a file", (), _imports_inside),
    Rule(
        "clock",
        "time comes from the clock",
        (
            "bot/clock.py",
            "bot/app/steering.py",  # waits in real time for the world that steers the clock
        ),
        _calls("datetime.now", "datetime.utcnow", "time.time", "time.sleep", "asyncio.sleep", "time.monotonic"),
    ),
    Rule(
        "environment",
        "settings read the environment; the command line hands it over",
        ("bot/settings.py", "bot/cli/*"),
        lambda node: isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ",
    ),
    Rule("event-loop", "only the command line starts a loop", ("bot/cli/*",), _calls("asyncio.run")),
    Rule(
        "listener-try",
        "a listener has no try: the guard catches",
        ("!bot/slack/listeners/*",),
        lambda node: isinstance(node, ast.Try),
    ),
    Rule(
        "direct-call",
        "a listener opens a form by slack/forms.py and calls Slack for nothing else",
        ("!bot/slack/listeners/*",),
        lambda node: (
            isinstance(node, ast.Call)
            and any(word in ast.unparse(node.func) for word in ("client", "open_view", "api_call"))
        ),
    ),
)


def _applies(rule: Rule, path: str) -> bool:
    only = [pattern[1:] for pattern in rule.allowed if pattern.startswith("!")]
    if only:
        return any(Path(path).match(pattern) for pattern in only)
    return not any(Path(path).match(pattern) for pattern in rule.allowed)


def _skipped(lines: list[str], number: int, code: str) -> bool:
    return f"lint-skip: {code} - " in lines[number - 1]


def breaches(rule: Rule, source: str, path: str) -> Iterator[str]:
    """Yield each place in the source that breaks the rule."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        number = getattr(node, "lineno", 0)
        if number and rule.broken_by(node) and not _skipped(lines, number, rule.code):
            yield f"{path}:{number} {rule.code}: {rule.message}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_house_rules_hold(rule: Rule) -> None:
    """No file does what only some files may do."""
    found: list[str] = []
    for file in FILES:
        path = file.relative_to(ROOT).as_posix()
        if _applies(rule, path):
            found += breaches(rule, file.read_text("utf-8"), path)
    assert [] == found


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("commit", "await connection.commit()"),
        ("catch-all", "try:\n    x()\nexcept Exception:\n    pass"),
        ("catch-all", "try:\n    x()\nexcept:\n    pass"),
        ("inner-import", "def f():\n    import os"),
        ("clock", "datetime.now(UTC)"),
        ("environment", "os.environ['X']"),
        ("event-loop", "asyncio.run(main())"),
        ("listener-try", "try:\n    x()\nfinally:\n    pass"),
        ("direct-call", "await desk.open_view()"),
        ("direct-call", "await client.chat_postMessage()"),
        ("commit", "async with engine.begin():\n    x()"),
    ],
)
def test_each_house_rule_bites(code: str, source: str) -> None:
    """A planted breach of each rule is found."""
    rule = next(rule for rule in RULES if rule.code == code)
    assert [] != list(breaches(rule, f"async def g():\n    {source.replace(chr(10), chr(10) + '    ')}", "bot/x.py"))


def test_every_file_says_its_purpose_first() -> None:
    """Each file's first line is a sentence that says what the file is for."""
    silent = [file.relative_to(ROOT).as_posix() for file in FILES if not ast.get_docstring(ast.parse(file.read_text()))]
    assert [] == silent


def test_the_import_contracts_hold() -> None:
    """Imports point downwards only, the pure parts do no I/O, and there is no cycle between the layers."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
