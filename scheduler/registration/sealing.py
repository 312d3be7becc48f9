"""What the key of a registration does: hashes, sealed document numbers, check codes of forms."""

from __future__ import annotations

import base64
import os
from dataclasses import fields

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from models.identity_number import normalised_number
from models.registration import Applicant, Application
from scheduler.store.errors import KeyRefused
from scheduler.store.keys import StoreKey

_NONCE = 12
_WRITTEN = tuple(f.name for f in fields(Application))


def document_hash(key: StoreKey, id_type: str, id_number: str) -> bytes:
    """Equal for equal documents in every exam of this database, and only there."""
    return key.derived("document", id_type, normalised_number(id_number))


def seal(key: StoreKey, exam: str, candidate_id: str, id_number: str) -> bytes:
    """The number as it is kept: encrypted (RFC 8439) and bound to exam and candidate."""
    nonce = os.urandom(_NONCE)
    content = normalised_number(id_number).encode("utf-8", "surrogatepass")
    return nonce + _cipher(key).encrypt(nonce, content, _bound(exam, candidate_id))


def unseal(key: StoreKey, exam: str, candidate_id: str, sealed: bytes) -> str:
    """The inverse of :func:`seal`.

    Raises:
        KeyRefused: another key, or a row that was moved or changed.
    """
    try:
        content = _cipher(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(exam, candidate_id))
    except InvalidTag:
        raise KeyRefused("a sealed document number does not open with this key") from None
    return content.decode("utf-8", "surrogatepass")


def check_code(key: StoreKey, applicant: Applicant, form: Application) -> str:
    """The check code printed on a form: eight characters of its content, then the revision.

    The counter tells by it that a printed form is the last revision and was not altered.
    """
    written = (str(getattr(form, name)) for name in _WRITTEN)
    content = key.derived(
        "form", applicant.exam, applicant.name, applicant.document.hex(), *written
    )
    return f"{base64.b32encode(content[:5]).decode('ascii')}-{form.revision:02d}"


def _cipher(key: StoreKey) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(key.derived("seal"))


def _bound(exam: str, candidate_id: str) -> bytes:
    return f"{exam}\x1f{candidate_id}".encode()
