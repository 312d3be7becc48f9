"""The key of a store: 32 bytes that never stand in the database.

Everything that a thief of the database must not be able to compute is made with it: the hash of
an ID number, calendar tokens, the counter of a number that is nobody's. It comes from the
environment variable ``PAIKAO_KEY`` (64 hex digits) or from a key file of mode 600.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from models.identity_number import normalised_number
from scheduler.store.errors import KeyRefused, StoreError

KEY_BYTES = 32
KEY_VARIABLE, KEY_FILE_VARIABLE = "PAIKAO_KEY", "PAIKAO_KEY_FILE"
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class StoreKey:
    """The key and what is derived from it; the secret shows in no ``repr``."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise KeyRefused(f"the key of a store has {KEY_BYTES} bytes")

    def _mac(self, *parts: str) -> bytes:
        message = _SEPARATOR.join(parts).encode("utf-8", "surrogatepass")
        return hmac.digest(self.secret, message, "sha256")

    def id_hash(self, exam: str, candidate_id: str, id_number: str) -> bytes:
        """32 bytes that stand for an ID number, normalised here; bound to exam and candidate."""
        return self._mac("id", exam, candidate_id, normalised_number(id_number))

    def calendar_token(self, exam: str, kind: str, holder: str, serial: int) -> str:
        """The calendar token of a holder, base64url: the same on every call, so nothing is kept.

        The output of a pseudo-random function under a secret key is as hard to guess as 32 random
        bytes; a new ``serial`` after a revocation gives another one.
        """
        return encoded(self._mac("calendar", exam, kind, holder, str(serial)))

    def unknown_number(self, exam: str, number: str) -> str:
        """Under which the failures of a number that is nobody's are counted."""
        return self._mac("unknown", exam, number).hex()

    def derived(self, purpose: str, *parts: str) -> bytes:
        """32 bytes for another purpose, kept apart from everything above by its name."""
        return self._mac("derived", purpose, *parts)

    def check_value(self) -> str:
        """What the database keeps to tell a wrong key."""
        return self._mac("check").hex()


def encoded(token: bytes) -> str:
    """Bytes as base64url without padding: 43 characters for 32 bytes."""
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode("ascii")


def token_hash(token: str) -> bytes:
    """What the database keeps of a token: SHA-256 of its text."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def default_key_file(url: str) -> Path | None:
    """``NAME.key`` beside the SQLite file ``NAME``; None for any other database.

    Raises:
        StoreError: the text is no SQLAlchemy URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(
            "--db takes a database URL such as sqlite:///paikao.db (three slashes, then the path)"
        ) from None
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(f"{parsed.database}.key")


def load_key(url: str, key_file: Path | None = None, *, create: bool = False) -> StoreKey:
    """The key of a store.

    Looked for in this order: ``key_file``, ``PAIKAO_KEY``, ``PAIKAO_KEY_FILE``, the default beside
    a SQLite file.

    Args:
        url: of the database.
        key_file: named on the command line.
        create: make the key file if there is none (``publish`` only).

    Raises:
        KeyRefused: no key, malformed, or a file that others may read.
    """
    stated = os.environ.get(KEY_VARIABLE)
    if key_file is None and stated:
        return _from_hex(stated, KEY_VARIABLE)
    if key_file is None and os.environ.get(KEY_FILE_VARIABLE):
        key_file = Path(os.environ[KEY_FILE_VARIABLE])
    if key_file is None:
        key_file = default_key_file(url)
    if key_file is None:
        raise KeyRefused(
            f"no key: set {KEY_VARIABLE} (64 hex digits) or {KEY_FILE_VARIABLE}, or name --key-file"
        )
    if create and not key_file.exists():
        _create(key_file)
    return _from_file(key_file)


def _from_hex(text: str, where: str) -> StoreKey:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise KeyRefused(f"{where} does not hold {2 * KEY_BYTES} hex digits")
    return StoreKey(secret)


def _from_file(path: Path) -> StoreKey:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise KeyRefused(
            f"no key: {path} does not exist (made together with the database; "
            f"or set {KEY_VARIABLE} or {KEY_FILE_VARIABLE})"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not hex digits"
        raise KeyRefused(f"the key file {path} cannot be read: {reason}") from None
    if os.name == "posix" and mode & 0o077:
        raise KeyRefused(f"the key file {path} is open to others: chmod 600 {path}")
    return _from_hex(text, f"the key file {path}")


def _create(path: Path) -> None:
    """A new key file, mode 600 from its first moment, whole or absent after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(new, path)  # unlike a rename, never over a key that another process just made
        except FileExistsError:
            return
    finally:
        new.unlink(missing_ok=True)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make names in a folder durable; systems that cannot open a folder have no such call."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
