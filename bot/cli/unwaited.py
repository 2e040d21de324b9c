"""Threads that end with the process, whatever they wait for."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any


class Unwaited(ThreadPoolExecutor):
    """Threads for which nobody waits at the end: a disk or resolver that hangs must not hold the answer up."""

    def submit(self, work: Any, /, *given: Any, **named: Any) -> Future[Any]:  # noqa: ANN401 - as the base has it
        """Call the work in a thread of its own."""
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(work(*given, **named))
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                future.set_exception(error)

        Thread(target=run, daemon=True).start()
        return future
