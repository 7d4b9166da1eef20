"""Marks of tests that one server alone can be asked for."""

import pytest

# It checks credentials, signatures and how long a URL holds; moto checks none of them.
on_weed = pytest.mark.parametrize("server", ["weed_server"], indirect=True)
