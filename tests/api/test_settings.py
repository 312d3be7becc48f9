"""One object from the environment; a server that cannot be safe does not start, and says why."""

from __future__ import annotations

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from api import serve
from api.app import create_app
from api.clock import Clock
from api.settings import Settings, is_loopback
from models.errors import UsageError
from scheduler.store.errors import KeyRefused, StoreError
from tests.api.world import World, facts, people

DOCS = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def settings(**values: Any) -> Settings:
    return Settings.model_validate({"db": "sqlite:///x"} | values)


@pytest.fixture
def started(monkeypatch: Any) -> list[dict[str, Any]]:
    """``serve.run`` up to the server itself; variables are put back afterwards."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr("uvicorn.run", lambda _, **options: calls.append(options))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return calls


def test_everything_can_be_set_by_a_variable(monkeypatch: Any) -> None:
    values = {
        "DB": "postgresql://db/paikao", "NOW": "2022-04-05T09:00", "PUBLIC_URL": "https://e.org",
        "OPENING": '{"23": "2022-04-01T08:00"}', "TRUSTED_PROXIES": "10.0.0.0/8, fd00::/8",
        "FAILURES_PER_CLIENT": "6/hour",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"PAIKAO_{name}", value)
    made = Settings()
    assert made.now == datetime(2022, 4, 5, 1, tzinfo=UTC)
    assert made.opening["23"] == datetime(2022, 4, 1, 0, tzinfo=UTC)
    assert [str(n) for n in made.trusted_proxies] == ["10.0.0.0/8", "fd00::/8"]
    assert (made.limits.failures.amount, made.limits.failures.get_expiry()) == (6, 3600)
    assert made.limits.halved().failures.amount == 3


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"now": "2022-04-05T09:00", "host": "0.0.0.0"}, "on this machine only"),
        ({"now": "2022-04-05T09:00", "host": "192.0.2.1"}, "on this machine only"),
        ({"now": "2022-04-05T09:00", "host": "::"}, "on this machine only"),
        ({"now": "2022-04-05T09:00", "host": "example.org"}, "on this machine only"),
        ({"now": "yesterday"}, "datetime"),
        ({"db": ""}, "at least 1 character"),
        ({"key": "abc"}, "64 hex digits"),
        ({"public_url": "https://example.org/path"}, "match pattern"),
        ({"public_url": "javascript:alert(1)"}, "match pattern"),
        ({"public_url": 'https://example.org"}'}, "match pattern"),
        ({"public_url": "https://me@example.org"}, "match pattern"),
        ({"most_at_once": 0}, "greater than or equal to 1"),
        ({"trusted_proxies": "10.0.0.1/8"}, "valid IPv4 network"),
        ({"trusted_proxies": "proxy.example.org"}, "network"),
        ({"failures_per_client": "many"}, "parse"),
        ({"failures_per_client": "0 per minute"}, "at least 1"),
        ({"opening": {"23": "soon"}}, "datetime"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        settings(**values)


def test_no_refusal_repeats_the_key() -> None:
    with pytest.raises(ValidationError) as caught:
        settings(key="5" * 63)
    assert "5" * 63 not in str(caught.value)
    assert "5" * 64 not in repr(settings(key="5" * 64))


@pytest.mark.parametrize(
    "url", ["https://example.org", "http://127.0.0.1:8000", "http://[::1]:8000"]
)
def test_a_public_address_is_scheme_host_and_port(url: str) -> None:
    assert settings(public_url=url).public_url == url


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_a_fixed_clock_is_fine_on_the_loopback(host: str) -> None:
    assert is_loopback(host)
    assert settings(now="2022-04-05T09:00", host=host).now is not None


def test_the_clock_stands_or_runs() -> None:
    fixed = Clock(datetime(2022, 4, 5, 1, tzinfo=UTC))
    assert fixed.now() == fixed.now() == datetime(2022, 4, 5, 1, tzinfo=UTC)
    assert abs((Clock().now() - datetime.now(UTC)).total_seconds()) < 5


# ---------------------------------------------------------------- start


def test_without_a_key_nothing_starts(world: World, tmp_path: Path) -> None:
    (tmp_path / "paikao.db.key").unlink()
    with pytest.raises(KeyRefused, match="no key"):
        create_app(world.settings())


def test_with_a_wrong_key_nothing_starts(world: World) -> None:
    with pytest.raises(KeyRefused, match="wrong key"):
        create_app(world.settings(key=secrets.token_hex(32)))


def test_a_key_that_others_may_read_is_refused(world: World, tmp_path: Path) -> None:
    (tmp_path / "paikao.db.key").chmod(0o644)
    with pytest.raises(KeyRefused, match="chmod 600"):
        create_app(world.settings())


def test_the_key_may_come_from_the_settings(world: World, tmp_path: Path) -> None:
    file = tmp_path / "paikao.db.key"
    key = file.read_text().strip()
    file.unlink()
    app = create_app(world.settings(key=key))
    app.state.service.store.close()
    assert not file.exists()  # it was neither needed nor made anew
    with pytest.raises(KeyRefused):
        create_app(world.settings(key="0" * 64))


def test_a_missing_store_and_an_exam_to_be_named_are_told(world: World, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        create_app(world.settings(db=f"sqlite:///{tmp_path / 'none.db'}", key="0" * 64))
    world.publish(facts(code="OTHER-2022"), people(10))
    with pytest.raises(StoreError, match="OTHER-2022, WSZG-2022"):
        create_app(world.settings())
    with pytest.raises(StoreError, match="NONE-2022"):
        create_app(world.settings(exam="NONE-2022"))


def run(world: World, **options: str | None) -> None:
    host = options.pop("host", None) or "127.0.0.1"
    serve.run({"db": world.url, "key_file": None, **options}, host=host, port=8123, workers=1)


def test_serve_starts_the_app_by_its_name_without_the_servers_own_access_log(
    world: World, started: list[dict[str, Any]], capsys: Any
) -> None:
    run(world, now="2022-04-05T09:00")
    (options,) = started
    assert options["access_log"] is options["proxy_headers"] is options["server_header"] is False
    assert options["factory"] is True
    assert options["timeout_graceful_shutdown"] == 10
    assert os.environ["PAIKAO_PUBLIC_URL"] == "http://127.0.0.1:8123"
    said = capsys.readouterr().err
    assert "WSZG-2022 (version 1, root hash 010101010101) on http://127.0.0.1:8123" in said
    assert "the clock stands at 2022-04-05T09:00:00+08:00" in said


def test_serve_refuses_a_fixed_clock_off_the_loopback(
    world: World, started: list[dict[str, Any]]
) -> None:
    with pytest.raises(UsageError, match=r"not for 0\.0\.0\.0"):
        run(world, now="2022-04-05T09:00", host="0.0.0.0")
    assert started == []


def test_serve_names_the_variable_that_is_wrong(
    world: World, started: list[dict[str, Any]]
) -> None:
    os.environ["PAIKAO_OPENING"] = '{"23": "soon"}'
    with pytest.raises(UsageError, match=r"PAIKAO_OPENING\.23: "):
        run(world)


def test_serve_refuses_an_opening_for_a_province_that_the_exam_has_not(
    world: World, started: list[dict[str, Any]]
) -> None:
    """Its own would open by default, days too early."""
    os.environ["PAIKAO_OPENING"] = '{"23": "2022-04-02T08:00", "2301": "2022-04-02T08:00"}'
    with pytest.raises(
        UsageError, match="OPENING names 2301; the provinces of the exam are 22, 23"
    ):
        run(world)
    assert started == []


def test_a_typed_key_file_wins_over_a_key_in_the_environment(
    world: World, started: list[dict[str, Any]], tmp_path: Path
) -> None:
    os.environ["PAIKAO_KEY"] = "0" * 64
    run(world, key_file=str(tmp_path / "paikao.db.key"))
    assert len(started) == 1


def test_every_setting_stands_in_the_docs() -> None:
    named = set(re.findall(r"^\| `PAIKAO_([A-Z_]+)` \|", DOCS.read_text("utf-8"), re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}
