"""How a command ends when it is told to."""

import os
import signal
import threading


def end_on_sigterm() -> None:
    """End at once on SIGTERM as a container's first process, which Linux would let ignore it.

    A thread waits for it: Python calls handlers only between the long calls into libraries.
    """
    if os.getpid() != 1:
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=_end, daemon=True).start()


def _end() -> None:
    os._exit(128 + signal.sigwait({signal.SIGTERM}))
