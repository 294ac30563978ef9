"""How a command ends when it is told to."""

import os
import signal
import threading


def end_on_sigterm() -> None:
    """End at once on SIGTERM as a container's first process, which Linux would let ignore it.

    A thread waits for it: Python calls handlers only between the long calls into libraries. It is
    told through a pipe, as the signal itself may reach any thread, one of Polars' for example.
    """
    if os.getpid() != 1:
        return
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: None)
    threading.Thread(target=_end, args=(told,), daemon=True).start()


def _end(told: int) -> None:
    os._exit(128 + os.read(told, 1)[0])
