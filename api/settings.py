"""Everything that can be set, in one object, from the environment (prefix ``PAIKAO_``).

``paikao serve`` turns its options into these variables, so every worker process reads the same.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from limits import RateLimitItem
from limits import parse as parse_limit
from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.base import Code

NOTICE_ZONE = ZoneInfo("Asia/Shanghai")
"""Times in settings that carry no offset are Beijing time, as in the notice."""

_KEY = re.compile("[0-9A-Fa-f]{64}")
_ORIGIN = r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$"
_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain"})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that is bound to ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in _LOCAL_NAMES


def _with_zone(value: datetime) -> datetime:
    return value if value.tzinfo is not None else value.replace(tzinfo=NOTICE_ZONE)


def _limit(text: str) -> str:
    item = parse_limit(text)
    if item.amount < 1:
        raise ValueError("a limit allows at least 1")
    return text


Limit = Annotated[str, Field(examples=["60 per 10 minute"]), BeforeValidator(_limit)]
"""A number per period in the notation of the ``limits`` library."""

Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode]


class Settings(BaseSettings):
    """What one server process needs to know.

    Attributes:
        db: URL of the store, ``sqlite:///build/demo/paikao.db``.
        exam: code of the exam to serve; needed where the store holds several.
        key: the secret of the keyed hashes, 64 hex digits; else ``key_file``.
        key_file: file with the key; by default the one that ``publish`` made beside the store.
        host: address that the server is bound to.
        public_url: how people reach the server, without a path; calendar links begin with it.
        now: fixes the clock, for an example with dates in the past; refused off the loopback.
        opening: province to the time from which its candidates may look up their ticket. Provinces
            not named open with the window ``ticket_printing`` of the exam.
        trusted_proxies: networks whose ``X-Forwarded-For`` is believed.
        failures_per_client: failed look-ups and unknown links or tokens of one client address.
        people_per_client: different candidates that one client address looks up.
        polls_per_calendar: fetches of one calendar link from one client address.
        most_at_once: requests in progress in one process; more are refused until some are done.
        limiter_url: where the counts are kept (``limits`` storage URL); by default in this process.
        access_log: whether requests are logged.
    """

    model_config = SettingsConfigDict(
        env_prefix="PAIKAO_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    db: str = Field(min_length=1)
    exam: Code | None = None
    key: SecretStr | None = None
    key_file: Path | None = None
    host: str = "127.0.0.1"
    public_url: str = Field(default="http://127.0.0.1:8000", pattern=_ORIGIN)
    now: datetime | None = None
    opening: Mapping[Code, datetime] = Field(default_factory=dict)
    trusted_proxies: Networks = ()
    failures_per_client: Limit = "60 per 10 minute"
    people_per_client: Limit = "600 per 10 minute"
    polls_per_calendar: Limit = "60 per 10 minute"
    most_at_once: int = Field(default=1_000, ge=1)
    limiter_url: str = "async+counts://"
    access_log: bool = True

    @field_validator("key")
    @classmethod
    def _whole_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _KEY.fullmatch(value.get_secret_value()):
            raise ValueError("the key has 64 hex digits")
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("now")
    @classmethod
    def _zone_of_now(cls, value: datetime | None) -> datetime | None:
        return None if value is None else _with_zone(value)

    @field_validator("opening")
    @classmethod
    def _zone_of_opening(cls, value: Mapping[str, datetime]) -> Mapping[str, datetime]:
        return {province: _with_zone(opens) for province, opens in value.items()}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.now is not None and not is_loopback(self.host):
            raise ValueError(
                f"a fixed clock (now) is for examples on this machine only, not for {self.host}"
            )
        return self

    @cached_property
    def limits(self) -> Limits:
        """The three limits, parsed."""
        return Limits(
            parse_limit(self.failures_per_client),
            parse_limit(self.people_per_client),
            parse_limit(self.polls_per_calendar),
        )


class Limits:
    """The limits per client address, as the ``limits`` library takes them."""

    def __init__(
        self, failures: RateLimitItem, people: RateLimitItem, polls: RateLimitItem
    ) -> None:
        self.failures = failures
        self.people = people
        self.polls = polls

    def halved(self) -> Limits:
        """Half of each: what holds while the shared counts cannot be reached."""

        def half(item: RateLimitItem) -> RateLimitItem:
            return type(item)(math.ceil(item.amount / 2), item.multiples)

        return Limits(half(self.failures), half(self.people), half(self.polls))
