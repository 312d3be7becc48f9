"""The key, and what is derived from it."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from pathlib import Path

import pytest

from scheduler.store.errors import KeyRefused, StoreError
from scheduler.store.keys import (
    KEY_FILE_VARIABLE,
    KEY_VARIABLE,
    StoreKey,
    default_key_file,
    load_key,
    token_hash,
)
from tests.scheduler.store.plans import KEY


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.delenv(KEY_FILE_VARIABLE, raising=False)


def test_an_id_hash_is_an_hmac_bound_to_exam_and_candidate() -> None:
    message = b"id\x1fEXAM\x1fA1\x1f23010219900101123X"
    by_hand = hmac.new(KEY.secret, message, hashlib.sha256).digest()
    assert KEY.id_hash("EXAM", "A1", "23010219900101123X") == by_hand
    others = {
        KEY.id_hash("EXAM", "A2", "23010219900101123X"),
        KEY.id_hash("OTHER", "A1", "23010219900101123X"),
        StoreKey(bytes(32)).id_hash("EXAM", "A1", "23010219900101123X"),
    }
    assert len(others | {by_hand}) == 4


def test_an_id_number_is_normalised_before_it_is_hashed() -> None:
    wanted = KEY.id_hash("EXAM", "A1", "23010219900101123X")
    for written in ("23010219900101123x", " 230102 19900101 123X ", "２３０１０２19900101-123X"):
        assert KEY.id_hash("EXAM", "A1", written) == wanted


def test_a_calendar_token_is_the_same_each_time_and_has_256_bits() -> None:
    token = KEY.calendar_token("EXAM", "candidate", "A1", 0)
    assert token == KEY.calendar_token("EXAM", "candidate", "A1", 0)
    assert len(token) == 43
    assert token_hash(token) == hashlib.sha256(token.encode()).digest()
    others = {
        KEY.calendar_token("EXAM", "candidate", "A1", 1),
        KEY.calendar_token("EXAM", "center", "A1", 0),
        KEY.calendar_token("EXAM", "candidate", "A2", 0),
        StoreKey(bytes(32)).calendar_token("EXAM", "candidate", "A1", 0),
    }
    assert len(others | {token}) == 5


def test_the_secret_shows_nowhere() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert "secret" not in repr(KEY)


def test_publish_makes_a_key_file_for_its_owner_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    made = load_key(url, create=True)
    path = tmp_path / "store.db.key"
    assert default_key_file(url) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_key(url) == made
    assert load_key(url, create=True) == made
    assert [p.name for p in tmp_path.iterdir()] == ["store.db.key"]


def test_nothing_else_makes_one(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="does not exist"):
        load_key(f"sqlite:///{tmp_path}/store.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    load_key(url, create=True)
    (tmp_path / "store.db.key").chmod(mode)
    with pytest.raises(KeyRefused, match="chmod 600"):
        load_key(url)


def test_the_environment_comes_before_the_file_and_the_command_line_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    beside = load_key(url, create=True)
    named = load_key(url, tmp_path / "named.key", create=True)
    assert named != beside
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(tmp_path / "named.key"))
    assert load_key(url) == named
    monkeypatch.setenv(KEY_VARIABLE, "ab" * 32)
    assert load_key(url) == StoreKey(b"\xab" * 32)
    assert load_key(url, tmp_path / "store.db.key") == beside


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 33, "zz" * 32, "ä" * 64])
def test_a_malformed_key_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    path = tmp_path / "store.db.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(KeyRefused) as from_file:
        load_key(url)
    assert not text or text not in str(from_file.value)
    if text and os.name == "posix":
        monkeypatch.setenv(KEY_VARIABLE, text)
        with pytest.raises(KeyRefused) as from_environment:
            load_key(url)
        assert text not in str(from_environment.value)


def test_a_database_on_a_server_needs_a_stated_key(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+psycopg://exam@localhost/paikao"
    with pytest.raises(KeyRefused, match=KEY_VARIABLE):
        load_key(url, create=True)
    monkeypatch.setenv(KEY_VARIABLE, "01" * 32)
    assert load_key(url) == StoreKey(b"\x01" * 32)


def test_text_that_is_no_url_is_refused() -> None:
    with pytest.raises(StoreError, match="sqlite:///"):
        load_key("paikao.db")
