"""A process that has everything imported: for each order it forks a child that migrates, and may die at a statement."""

import asyncio
import json
import os
import signal
import sys
import traceback

from sqlalchemy import Engine, event

from bot.store.database import Database
from bot.store.migrate import upgrade


def main() -> None:
    """Read orders (`url`, `kill_at`: 0 for never) from standard input, answer each with what became of the child."""
    for line in sys.stdin:
        order = json.loads(line)
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(out)
            _migrate(order["url"], order["kill_at"], into)
        os.close(into)
        with os.fdopen(out, "rb") as told:
            statements = int(told.read() or 0)
        _, status = os.waitpid(child, 0)
        answer = {"killed": os.WIFSIGNALED(status), "status": status, "statements": statements}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _migrate(url: str, kill_at: int, into: int) -> None:
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    async def run() -> None:
        database = Database(url)
        event.listen(Engine, "before_cursor_execute", counted)
        event.listen(Engine, "commit", counted)
        await upgrade(database)
        await database.close()

    try:
        asyncio.run(run())
        os.write(into, str(count).encode())
    except BaseException:  # noqa: BLE001 - the child must end here, whatever it was, and never go on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
