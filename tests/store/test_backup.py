"""A backup, and a copy, hold every row as it was, from each kind of database to each; bad files are refused."""

import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.clock import SystemClock
from bot.errors import BadInput, BadSettings, Unavailable
from bot.store import pages
from bot.store.backup import back_up, copy, restore
from bot.store.database import Database
from bot.store.migrate import head, upgrade
from bot.store.sealed import seal
from bot.store.unit_of_work import Store
from tests.factories import LENA, NOW, opened, resolved
from tests.ground import Files, Server
from tests.store.places import at, filled, next_numbers, rows, rules, silent

POSTGRES = pytest.mark.postgres
SAME = ["sqlite sqlite", pytest.param("postgres postgres", marks=POSTGRES)]
FILLED = 41  # rows that `filled` leaves
WAYS = [*SAME, *(pytest.param(way, marks=POSTGRES) for way in ("sqlite postgres", "postgres sqlite"))]


@pytest.fixture(params=WAYS)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Return the URLs of a migrated source and of an empty target: each test that asks for it goes every way."""
    source, target = request.param.split()
    empty = f"sqlite+aiosqlite:///{tmp_path / 'target' / 'target.db'}"
    there = empty if target == "sqlite" else request.getfixturevalue("empty_postgres_url")
    return str(request.getfixturevalue(f"{source}_url")), str(there)


async def _same(source: str, target: str) -> None:
    before, after = await rows(source), await rows(target)
    assert before == after
    assert all(before.values()), "every table is filled"
    assert await next_numbers(source) == await next_numbers(target)


async def test_a_copy_is_the_same_row_by_row(pair: tuple[str, str]) -> None:
    """Every table, nasty rows, numbers that were given before; the target keeps its rules, and is then refused."""
    source, target = pair
    await filled(source)
    told: list[str] = []
    assert FILLED == await copy(source, target, told.append)
    await _same(source, target)
    assert "every row compared: no difference" == told[-1]
    assert "event: 4 rows" in told
    if source.partition(":")[0] == target.partition(":")[0]:
        assert await rules(source) == await rules(target)
    await _append_only(target)
    with pytest.raises(BadInput, match=r"holds rows already: .*4 of event"):
        await copy(source, target, silent)
    await _same(source, target)


async def _append_only(url: str) -> None:
    """See that the database refuses what it refused before."""
    for wrong in ("UPDATE event SET seq = 9", "DELETE FROM event", "DELETE FROM tombstone", "DELETE FROM incident"):
        async with at(url) as database:
            with pytest.raises(DBAPIError):
                async with database.engine.begin() as connection:
                    await connection.execute(text(wrong))


async def test_a_backup_comes_back(pair: tuple[str, str], tmp_path: Path) -> None:
    """Into an empty database, and into one that is to be replaced; but for what tells jobs to look first."""
    source, target = pair
    await filled(source)
    file = tmp_path / "a.backup"
    await back_up(source, file, NOW, silent)
    assert 0o600 == _mode(file)
    assert ["a.backup"] == [name for name in _names(tmp_path) if "backup" in name or name.startswith(".")]
    assert (FILLED, NOW) == await restore(file, target, silent, replace=False)
    before, after = await rows(source), await rows(target)
    jobs = [(before.pop("job"), after.pop("job"))]
    assert before == after
    changed = {"lease_until", "lease_token", "attempts", "first_tried_at", "restored_from"}
    for ours, theirs in jobs:
        kept = [[{k: v for k, v in row.items() if k not in changed} for row in some] for some in (ours, theirs)]
        assert kept[0] == kept[1]
    with pytest.raises(BadInput, match="holds rows already"):
        await restore(file, target, silent, replace=False)
    await restore(file, target, silent, replace=True)
    assert after == {name: some for name, some in (await rows(target)).items() if name != "job"}
    assert await next_numbers(source) == await next_numbers(target)
    await _append_only(target)


@pytest.mark.parametrize("pair", SAME, indirect=True)
async def test_what_is_deleted_stays_deleted(pair: tuple[str, str], tmp_path: Path) -> None:
    """The tombstone of an incident that is gone comes along, and its number is not given again."""
    source, target = pair
    async with at(source) as database:
        store = Store(database, SystemClock(), lambda data: data)
        async with store.begin() as unit:
            incident = await unit.record(await unit.open(opened()), resolved())
            await unit.tombstones.delete(incident, actor=LENA, reason="old", now=unit.now)
    await back_up(source, tmp_path / "b", NOW, silent)
    await restore(tmp_path / "b", target, silent, replace=False)
    async with at(target) as database:
        store = Store(database, SystemClock(), lambda data: data)
        async with store.begin() as unit:
            assert ["old"] == [stone["reason"] for stone in await unit.tombstones.of(incident.id)]
            assert incident.id + 1 == (await unit.open(opened())).id


@pytest.mark.parametrize("revision", ["0001", "0004", f"{int(head()) - 1:04d}"])
@pytest.mark.parametrize("pair", WAYS[:1] + WAYS[2:3], indirect=True)
async def test_an_older_backup_is_brought_up(revision: str, pair: tuple[str, str], tmp_path: Path) -> None:
    """A backup made before an upgrade is restored with this version's schema."""
    old = await Files(tmp_path).fresh("old", empty=True)
    async with at(old) as database:
        await upgrade(database, revision)
    await filled_before(old)
    await back_up(old, tmp_path / "old", NOW, silent)
    target = pair[1]
    await restore(tmp_path / "old", target, silent, replace=False)
    after = await rows(target)
    assert [1, 1] == [len(after["slack_event"]), len(after["posted_message"])]


async def filled_before(url: str) -> None:
    """Put a row into tables that every revision has as they are."""
    async with at(url) as database, database.engine.begin() as connection:
        await connection.execute(text("INSERT INTO slack_event VALUES ('e', '2026-01-01 00:00:00.000000')"))
        posted = "INSERT INTO posted_message VALUES ('n', 'C1', '1.2', '2026-01-01 00:00:00.000000')"
        await connection.execute(text(posted))


def _read(file: Path) -> bytes:
    return file.read_bytes()


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def _there(file: Path) -> bool:
    return file.exists()


def _names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
async def backup(sqlite_url: str, tmp_path: Path) -> Path:
    """Return a backup of a filled database."""
    await filled(sqlite_url)
    await back_up(sqlite_url, tmp_path / "good", NOW, silent)
    return tmp_path / "good"


async def _refused(file: Path, url: str, said: str, kind: type[Exception] = BadInput) -> None:
    """See that the file is refused, and the database is as it was."""
    before = await rows(url)
    with pytest.raises(kind, match=said):
        await restore(file, url, silent, replace=True)
    assert before == await rows(url)


async def test_a_file_that_was_cut_short(backup: Path, sqlite_url: str) -> None:
    """At any length it is told, and nothing happens."""
    whole = _read(backup)
    for length in (0, 1, 15, 100, 4096, len(whole) // 2, len(whole) - 119, len(whole) - 1):
        _write(backup, whole[:length])
        await _refused(backup, sqlite_url, "is no backup")


async def test_a_byte_that_was_flipped(backup: Path, sqlite_url: str) -> None:
    """Wherever it is, in a row, an index, free space or the last line, the file is refused."""
    whole = _read(backup)
    for place in (16, 99, 5_000, len(whole) // 3, len(whole) // 2, len(whole) - 200, len(whole) - 100, len(whole) - 2):
        _write(backup, whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        await _refused(backup, sqlite_url, r"is damaged|is no backup")


async def test_a_backup_of_a_newer_version(sqlite_url: str, tmp_path: Path) -> None:
    """What newer code has made is for newer code."""
    file = await Files(tmp_path).fresh("newer")
    async with at(file) as database, database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await back_up(file, tmp_path / "newer", NOW, silent)
    await _refused(tmp_path / "newer", sqlite_url, "is newer than this version", BadSettings)


async def test_another_program_s_file(sqlite_url: str, tmp_path: Path) -> None:
    """Neither its file nor one that looks like a backup is taken; nor is anything written over its tables."""
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    await _refused(other, sqlite_url, "is no backup of anth-triage")
    with pytest.raises(BadSettings, match="holds no records"):
        await back_up(f"sqlite+aiosqlite:///{other}", tmp_path / "b", NOW, silent)
    await back_up(sqlite_url, tmp_path / "good", NOW, silent)
    with pytest.raises(BadSettings, match="tables of something else"):
        await restore(tmp_path / "good", f"sqlite+aiosqlite:///{other}", silent, replace=True)
    seal(other, NOW)
    await _refused(other, sqlite_url, "holds no records", BadSettings)
    _write(tmp_path / "text", b"hello")
    await _refused(tmp_path / "text", sqlite_url, "is no backup")


async def test_a_backup_replaces_no_file(sqlite_url: str, tmp_path: Path) -> None:
    """Yesterday's backup is not written over."""
    _write(tmp_path / "b", b"precious")
    with pytest.raises(BadInput, match="is there already"):
        await back_up(sqlite_url, tmp_path / "b", NOW, silent)
    assert b"precious" == _read(tmp_path / "b")


async def test_a_damaged_database_is_not_backed_up(sqlite_url: str, tmp_path: Path) -> None:
    """Who backs up hears that the file is damaged, before the last good backup is thrown away."""
    await filled(sqlite_url)
    async with at(sqlite_url) as database:
        file = database.file
    whole = _read(file)
    _write(file, whole[:-8192] + bytes(4096) + whole[-4096:])
    with pytest.raises((BadInput, Unavailable), match=r"damaged|broke off"):
        await back_up(sqlite_url, tmp_path / "b", NOW, silent)
    assert not _there(tmp_path / "b")


async def test_what_cannot_be_read_is_kept(sqlite_url: str, tmp_path: Path) -> None:
    """What somebody edited, and is no JSON, comes along as it is."""
    async with at(sqlite_url) as database, database.engine.begin() as connection:
        bad = (
            "INSERT INTO job (kind, uuid, run_at, payload) VALUES ('x', 'x', '2026-01-01 00:00:00.000000', '{nonsense')"
        )
        await connection.exec_driver_sql(bad)
    other = await Files(tmp_path).fresh("other", empty=True)
    await copy(sqlite_url, other, silent)
    async with at(other) as database, database.engine.connect() as connection:
        assert "{nonsense" == (await connection.exec_driver_sql("SELECT payload FROM job")).scalar_one()


@POSTGRES
async def test_a_row_that_only_sqlite_holds(sqlite_url: str, empty_postgres_url: str) -> None:
    """The copy names the table, and leaves the server's database without a table."""
    async with at(sqlite_url) as database, database.engine.begin() as connection:
        bad = (
            "INSERT INTO job (kind, uuid, run_at, payload) VALUES ('x', 'x', '2026-01-01 00:00:00.000000', '{nonsense')"
        )
        await connection.exec_driver_sql(bad)
    with pytest.raises(BadInput, match="A row of the table job, from 1 to 1"):
        await copy(sqlite_url, empty_postgres_url, silent)
    assert {} == await rows(empty_postgres_url)


@POSTGRES
async def test_replicas_that_are_connected_are_not_replaced_under(
    postgres_url: str, sqlite_url: str, tmp_path: Path, server: Server
) -> None:
    """Who is connected is named; neither a restore into that database nor a copy from it goes on."""
    del server
    await filled(sqlite_url)
    await back_up(sqlite_url, tmp_path / "b", NOW, silent)
    async with at(postgres_url) as replica:
        async with replica.connection(write=False) as connection:
            await connection.execute(text("SELECT 1"))
        with pytest.raises(BadSettings, match=r"Others are connected to the database: anth-triage \(1\)"):
            await restore(tmp_path / "b", postgres_url, silent, replace=True)
        with pytest.raises(BadSettings, match="Stop every replica"):
            await copy(postgres_url, await Files(tmp_path).fresh("x", empty=True), silent)
    await restore(tmp_path / "b", postgres_url, silent, replace=True)


async def test_a_reader_does_not_hold_up_for_ever(
    backup: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who keeps a transaction on the file open is told of, and the file is as it was."""
    monkeypatch.setattr(pages, "_PATIENCE", 0)
    database = Database(sqlite_url)
    async with database.connection(write=True) as connection:
        await connection.execute(text("SELECT 1"))
        with pytest.raises(Unavailable, match="Another process uses the database"):
            await restore(backup, sqlite_url, silent, replace=True)
    await database.close()
    assert 4 == len((await rows(sqlite_url))["event"])
