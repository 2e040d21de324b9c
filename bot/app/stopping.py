"""How a process ends: asked by a signal, or because one of its parts has."""

import asyncio
import signal


def on_signal() -> asyncio.Event:
    """Return an event that SIGTERM or SIGINT sets."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def first_of(stop: asyncio.Event, *tasks: "asyncio.Task[None]") -> None:
    """Return when `stop` is set or one of the tasks has ended, whichever comes first."""
    waiting = asyncio.ensure_future(stop.wait())
    await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
