"""The long-running tasks of this process, so that one which ended in silence is noticed."""

import asyncio


class Vitals:
    """Holds on to the tasks that must run as long as the process does."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def watch(self, task: "asyncio.Task[None]") -> "asyncio.Task[None]":
        """Remember the task under its name and return it."""
        self._tasks.append(task)
        return task

    def ended(self) -> list[str]:
        """Return the names of the tasks that are no more."""
        return [task.get_name() for task in self._tasks if task.done()]
