"""The long-running tasks of this process, so that one which ended in silence, or got stuck, is noticed."""

import asyncio


class Vitals:
    """Holds on to the tasks that must run as long as the process does, and hears their beats."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._beats: dict[str, float] = {}
        self.is_stopping = False
        """Set when the process was asked to end: what is in flight is still done."""

    def watch(self, task: "asyncio.Task[None]") -> "asyncio.Task[None]":
        """Remember the task under its name and return it."""
        self._tasks.append(task)
        return task

    def beat(self, name: str) -> None:
        """Hear that this task has come round once more."""
        self._beats[name] = _now()

    def ended(self) -> list[str]:
        """Return the names of the tasks that are no more."""
        return [task.get_name() for task in self._tasks if task.done()]

    def silent(self, seconds: float) -> list[str]:
        """Return the names of those that beat once and have not for so long."""
        return [name for name, at in self._beats.items() if _now() - at > seconds]


def _now() -> float:
    """Return real seconds, whatever a steered clock says."""
    return asyncio.get_running_loop().time()
