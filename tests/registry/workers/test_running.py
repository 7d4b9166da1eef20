from storagedriver.registry.configuration.config import Config
from storagedriver.registry.proxy.settings import Proxy
from storagedriver.registry.workers.running import part_of, with_secret


def test_the_first_one_alone_does_what_is_to_be_done_now_and_then() -> None:
    config = Config(proxy=Proxy(url="https://h", ttl=1.0))

    parts = [part_of(config, number) for number in (1, 2, 3)]

    assert [True, False, False] == [part.purge_uploads for part in parts]
    assert [True, False, False] == [part.proxy is not None and part.proxy.removes for part in parts]
    assert all(part.proxy is not None and part.proxy.ttl == 1.0 for part in parts)


def test_without_a_mirror_there_is_none() -> None:
    assert part_of(Config(), 2).proxy is None


def test_all_have_one_secret() -> None:
    assert "given" == with_secret(Config(secret="given")).secret

    made = [with_secret(Config()).secret for _ in range(2)]

    assert all(made)
    assert made[0] != made[1]
