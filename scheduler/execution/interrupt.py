"""Ctrl-C as a request: the first one ends the search, the second one ends the command."""

from __future__ import annotations

import _thread
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Protocol


class StopSignal(Protocol):
    """An event of this process (``threading``) or one shared with others (``multiprocessing``)."""

    def is_set(self) -> bool:
        """Has somebody asked for a stop?"""

    def set(self) -> None:
        """Ask for one."""

    def clear(self) -> None:
        """Take the request back."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it, so many seconds at most."""


@dataclass
class _Hold:
    """Does the main thread hold interrupts back, and is one due?"""

    held: bool = False
    due: bool = False


_HOLD = _Hold()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """No ``KeyboardInterrupt`` of :func:`stop_on_interrupt` in here: one comes when this ends."""
    if threading.current_thread() is not threading.main_thread():  # none comes there
        yield
        return
    _HOLD.held, _HOLD.due = True, False
    try:
        yield
    finally:
        _HOLD.held = False
    if _HOLD.due:
        raise KeyboardInterrupt


@contextmanager
def stop_on_interrupt(stop: StopSignal, abandon: StopSignal | None = None) -> Iterator[None]:
    """Set ``stop`` at the first SIGINT; every further one is a ``KeyboardInterrupt``.

    Python runs signal handlers between bytecodes of the main thread, which may sit inside a
    solver for minutes, and then runs the handler once for all signals that came meanwhile. So a
    thread counts them at the wake-up descriptor, which the interpreter writes to at the very
    moment of a signal. At the second SIGINT it sets ``abandon``, so that foreign code can give up
    and let the ``KeyboardInterrupt`` through. Main thread only.
    """
    requests = [stop] if abandon is None else [stop, abandon]
    for request in requests:
        request.clear()
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    heard = raised = 0

    def watch() -> None:
        nonlocal heard
        echoes = 0
        while signal_numbers := receiver.recv(16):
            for _ in range(signal_numbers.count(signal.SIGINT)):
                if echoes:
                    echoes -= 1
                    continue
                heard += 1
                for request in requests[:heard]:
                    request.set()
                if heard > 1:  # the handler may have run before this was counted
                    echoes += 1
                    _thread.interrupt_main()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        nonlocal raised
        stop.set()
        if raised < heard - 1:
            raised += 1
            _HOLD.due = True
            if not _HOLD.held:
                raise KeyboardInterrupt

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
        for request in requests:
            request.clear()
