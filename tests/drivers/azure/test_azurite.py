from pathlib import Path

import pytest

from tests.azureservers import azurite


def test_what_cannot_be_fetched_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:1")
    monkeypatch.setenv("NPM_CONFIG_FETCH_RETRIES", "0")

    with pytest.raises(pytest.skip.Exception, match="npm cannot install Azurite"), azurite():
        pass

    assert ["azurite.lock"] == [left.name for left in (tmp_path / "storagedriver-tests").iterdir()]
