"""Ctrl-C as a request: the first one ends the search, the second one ends the command."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_interrupt(stop: threading.Event) -> Iterator[None]:
    """Set ``stop`` at the first SIGINT; from then on SIGINT raises ``KeyboardInterrupt`` again.

    Python runs signal handlers between bytecodes of the main thread, which may sit inside a
    solver for minutes. So a thread watches the wake-up descriptor, which the interpreter writes
    to at the very moment of the signal. Main thread only.
    """
    stop.clear()
    receiver, sender = socket.socketpair()
    sender.setblocking(False)

    def watch() -> None:
        while signal_numbers := receiver.recv(16):
            if signal.SIGINT in signal_numbers:
                stop.set()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    handler_before = signal.signal(signal.SIGINT, handle)
    descriptor_before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor_before)
        signal.signal(signal.SIGINT, handler_before)
        sender.close()
        watcher.join()
        receiver.close()
        stop.clear()
