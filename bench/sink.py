"""python -m bench.sink PORT: an SMTP server that takes every mail and keeps none."""

import signal
import sys
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """Says yes to everything."""

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        """Forget a mail."""
        return "250 Taken"


if __name__ == "__main__":
    server = Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1]))
    server.start()
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.stop()
