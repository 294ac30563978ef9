"""Ends a command on SIGTERM."""

import os
import signal
import threading


def end_on_sigterm() -> None:
    """Exit immediately on SIGTERM when running as PID 1, where Linux ignores the signal by default.

    A thread waits for the signal, because Python calls handlers only between long calls into
    libraries. A pipe wakes it, because the signal may reach any thread, such as one of Polars.
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
