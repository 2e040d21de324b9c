"""`make migration`: writes a migration from the difference between the tables and the newest schema."""

import asyncio
import sys
import tempfile
from pathlib import Path

from bot.store.database import Database
from bot.store.migrate import draft, upgrade


async def main(name: str) -> None:
    """Migrate an empty SQLite file to the newest schema and draft what is missing; a person reads and mends it."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'draft.db'}")
        try:
            await upgrade(database)
            await draft(database, name)
        finally:
            await database.close()


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:]) or "change"))  # lint-skip: event-loop - a developer's command, not the bot
