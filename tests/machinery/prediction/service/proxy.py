"""A TCP proxy that cuts connections, or keeps them open and passes nothing on."""

import select
import socket
import threading
from contextlib import suppress


class Proxy:
    """Passes bytes on between clients and a port of this machine."""

    def __init__(self, target):
        self.target, self.flowing, self.cuts = target, threading.Event(), 0
        self.flowing.set()
        self._pairs = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self):
        """Acknowledge everything, accept new connections, and answer nothing."""
        self.flowing.clear()

    def flow(self):
        """Pass on what waits, and everything from now on."""
        self.flowing.set()

    def cut(self):
        """End all open connections; return how many were ended so far."""
        pairs, self._pairs = self._pairs, []
        for end in [end for pair in pairs for end in pair]:
            _end(end)
        self.cuts += len(pairs)
        return self.cuts

    def close(self):
        self._door.close()
        self.flow()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            try:
                pair = client, socket.create_connection(("127.0.0.1", self.target))
            except OSError:  # the database is down
                client.close()
                continue
            self._pairs.append(pair)
            threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, *pair):
        other = dict(zip(pair, reversed(pair), strict=True))
        try:
            while True:
                for end in select.select(pair, [], [], 5)[0]:
                    data = end.recv(2**16)
                    self.flowing.wait()
                    if not data:
                        return
                    other[end].sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            with suppress(ValueError):  # it was cut
                self._pairs.remove(pair)
            for end in pair:
                _end(end)


def _end(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    finally:
        end.close()
