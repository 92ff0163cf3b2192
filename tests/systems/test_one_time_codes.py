"""A code is good for its half minute and the one on either side, and for no other secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlparse

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from models.errors import SetUpError
from systems.one_time_codes import enrolment_uri, matching_counter, new_secret

NOW = datetime(2026, 11, 24, 12, 0, 10, tzinfo=UTC)
SECRET = new_secret()


def code_at(moment: datetime) -> SecretStr:
    """What an authenticator app shows at that time."""
    return SecretStr(pyotp.TOTP(SECRET.get_secret_value()).at(moment))


@pytest.mark.parametrize(
    ("seconds", "good"), [(0, True), (-30, True), (30, True), (-60, False), (60, False), (86400, False)]
)
def test_a_code_is_good_around_its_time(seconds: int, good: bool) -> None:
    """And is told by its counter, which does not depend on when it was given."""
    shown_at = NOW + timedelta(seconds=seconds)
    counter = matching_counter(SECRET, code_at(shown_at), NOW)
    assert counter == (int(shown_at.timestamp()) // 30 if good else None)


def test_spaces_do_not_count() -> None:
    """Apps show the digits in two groups."""
    digits = code_at(NOW).get_secret_value()
    assert matching_counter(SECRET, SecretStr(f" {digits[:3]} {digits[3:]}\n"), NOW) is not None


@given(st.text(max_size=12))
def test_whatever_else_is_typed_is_no_code_and_no_error(text: str) -> None:
    around = {code_at(NOW + timedelta(seconds=shift)).get_secret_value() for shift in (-30, 0, 30)}
    if "".join(text.split()) not in around:
        assert matching_counter(SECRET, SecretStr(text), NOW) is None


def test_another_persons_code_is_none() -> None:
    other = pyotp.TOTP(new_secret().get_secret_value()).at(NOW)
    if SecretStr(other) != code_at(NOW):  # one in a million
        assert matching_counter(SECRET, SecretStr(other), NOW) is None


@pytest.mark.parametrize("kept", ["", "not base 32!", "JBSWY3DP"])
def test_a_secret_that_is_none_is_named_without_being_shown(kept: str) -> None:
    """Somebody typed it into SSM by hand, or it is too short to be safe."""
    with pytest.raises(SetUpError, match="credex approver add") as caught:
        matching_counter(SecretStr(kept), SecretStr("123456"), NOW)
    assert not kept or kept not in str(caught.value)


def test_the_uri_enrols_this_person_for_this_environment() -> None:
    uri = urlparse(enrolment_uri(SECRET, "Tendai Ncube", "production"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/credex-deploy:Tendai Ncube (production)"
    assert parse_qs(uri.query)["secret"] == [SECRET.get_secret_value()]


def test_secrets_are_long_and_never_the_same() -> None:
    assert len({new_secret().get_secret_value() for _ in range(100)}) == 100
    assert len(new_secret().get_secret_value()) == 32
