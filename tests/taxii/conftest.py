# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as worlds  # noqa: E402


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def w(request):
    made = worlds.World(request.param)
    yield made
    made.node.stop()
