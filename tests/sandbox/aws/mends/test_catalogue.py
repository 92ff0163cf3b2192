"""Every mend corrects what it says, is still needed, and refuses a moto it was not written for."""

from __future__ import annotations

import dataclasses

import pytest

from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.mends.mend import Clients, Mend, MendMisfit, Seam, install

by_name = pytest.mark.parametrize("mend", MENDS, ids=lambda mend: mend.name)


@by_name
def test_stock_moto_still_gets_it_wrong(mend: Mend, stock: Clients) -> None:
    """Where this fails, moto has learned it: delete the mend."""
    assert mend.is_needed(stock), mend.wrong


@by_name
def test_the_mended_server_gets_it_right(mend: Mend, mended: Clients) -> None:
    assert not mend.is_needed(mended), mend.wrong


def test_names_are_unique() -> None:
    assert len({mend.name for mend in MENDS}) == len(MENDS)


class _Moto:
    def greet(self) -> str:
        return "hello"


def _mend(seam: Seam, installed: list[str]) -> Mend:
    return Mend(
        name=f"greeting {seam.attribute} {seam.fingerprint}",
        wrong="It greets.",
        seams=(seam,),
        patch=lambda: installed.append("patched"),
        is_needed=lambda _: True,
    )


@pytest.mark.parametrize(
    ("attribute", "fingerprint", "said"),
    [
        ("greet", "0" * 12, "is another"),
        ("wave", "0" * 12, "is gone"),
        ("greet", None, "is another"),
    ],
)
def test_a_moto_that_changed_is_refused_before_anything_is_patched(
    attribute: str, fingerprint: str | None, said: str
) -> None:
    """Changed, gone, or there where it was missing: each is named, and no mend of the call is applied."""
    installed: list[str] = []
    fits = _mend(Seam(_Moto, "greet", Seam(_Moto, "greet", None).actual()), installed)
    misfit = _mend(Seam(_Moto, attribute, fingerprint), installed)
    with pytest.raises(MendMisfit, match=f"_Moto.{attribute} {said}"):
        install([fits, misfit])
    assert installed == []


def test_a_mend_is_applied_once() -> None:
    installed: list[str] = []
    fits = _mend(Seam(_Moto, "greet", Seam(_Moto, "greet", None).actual()), installed)
    renamed = dataclasses.replace(fits, name="greeting once")
    install([renamed])
    install([renamed])
    assert installed == ["patched"]
