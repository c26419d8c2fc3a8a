"""The rows of the resolvers that pip, apt and the compiler give at once, against the real ones (`make test-resolvers`: all)."""

import pytest

from tests.page.machine import UnfitError
from tests.resolvers.compare import concluded, differ, differences
from tests.resolvers.machine import SHORT
from tests.resolvers.run import measure, why_not
from tests.resolvers.scenes import SCENES

_UNFIT = why_not()
_QUICK = [each for each in SCENES if not each.slow and each.timeout is None]


@pytest.mark.skipif(bool(_UNFIT), reason=f"needs a network namespace: {_UNFIT}")
@pytest.mark.parametrize("resolver", SHORT)
def test_row_is_what_the_real_one_does(resolver: str) -> None:
    """In every scene without waiting: the addresses, and the names asked for in their order."""
    try:
        client = SHORT[resolver]()
    except UnfitError as unfit:
        pytest.skip(str(unfit))
    wrong = {scene.title: differences(client, scene) for scene in _QUICK}

    assert {title: each for title, each in wrong.items() if each} == {}


@pytest.mark.skipif(bool(_UNFIT), reason=f"needs a network namespace: {_UNFIT}")
def test_a_wrong_row_is_noticed() -> None:
    """The scene of one resolver, compared with what another would do, differs: the comparison can fail."""
    scene = next(each for each in SCENES if each.title == "the second name has it")

    client = SHORT["glibc"]()

    assert differ(concluded("nginx", scene), measure(client, scene), client, scene)
