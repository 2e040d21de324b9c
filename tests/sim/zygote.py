"""A process that has everything imported: for each line of orders it forks a child, which lives and dies by them."""

import gc
import json
import os
import sys
import traceback

from tests.sim.life import Orders, live


def main() -> None:
    """Read orders from standard input, answer each with how the child ended."""
    gc.freeze()  # a child copies fewer pages of what it shares with its parent
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _be_born(Orders(**json.loads(line)))
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        sys.stdout.write(json.dumps({"killed": killed, "status": status}) + "\n")
        sys.stdout.flush()


def _be_born(orders: Orders) -> None:
    try:
        live(orders)
    except BaseException:  # noqa: BLE001 - the child must end here, whatever it was, and never go on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
