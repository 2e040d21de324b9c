"""A PostgreSQL server of a test's own, which may be stopped and started as the test likes."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Cluster:
    """One server on loopback, on a port of its own, with its data in `folder`."""

    def __init__(self, tools: Path, folder: Path) -> None:
        self._tools = tools
        self._data = folder / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "--no-sync")

    @property
    def url(self) -> str:
        """Return the URL of its only database."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", self._data.with_name("log"), "-o", options, "start")

    def stop(self) -> None:
        """End the server as a crash would: every connection breaks, nothing is written down first."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def _run(self, tool: str, *words: object) -> None:
        # The server refuses to run as root.
        drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        command = [*drop, str(self._tools / tool), *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60, cwd="/")


def tools() -> Path | None:
    """Return the folder of the server's programs, the newest version's; None when there is no server to run."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else [*Path("/usr/lib/postgresql").glob("*/bin")]
    return max(folders, default=None)


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """Yield a running server; afterwards it is stopped and gone."""
    folder = Path(tempfile.mkdtemp(prefix="anth-triage-cluster-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    own = Cluster(programs, folder)
    own.start()
    try:
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder)
