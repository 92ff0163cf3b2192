"""Every correction of moto's ECS and ECR is needed by the moto installed, and corrects it."""

from __future__ import annotations

import pytest

from sandbox.aws.ecs.mends import MENDS
from sandbox.aws.mends.mend import Clients, Mend
from tests.sandbox.aws.conftest import stock  # noqa: F401 - a fixture

pytestmark = pytest.mark.sandbox

BY_NAME = pytest.mark.parametrize("mend", MENDS, ids=[mend.name for mend in MENDS])


@BY_NAME
def test_stock_moto_needs_the_mend(stock: Clients, mend: Mend) -> None:  # noqa: F811
    """A mend that moto no longer needs is to be deleted."""
    assert mend.is_needed(stock), f"moto is right by itself now: delete the mend {mend.name}"


@BY_NAME
def test_the_mend_corrects_moto(mended: Clients, mend: Mend) -> None:
    """The same question to the mended server is answered as AWS would."""
    assert not mend.is_needed(mended)
