import asyncio
from collections.abc import AsyncIterator

from storagedriver.aio import closing
from storagedriver.registry.proxy.relay import Place, Relay
from tests.waiting import turns

LONG = 3600.0


async def numbers() -> AsyncIterator[bytes]:
    for number in range(10):
        yield bytes([number])


async def passed(relay: Relay, given: bytearray) -> None:
    async with closing(relay.passing(numbers())) as chunks:
        async for chunk in chunks:
            given += chunk
    relay.over()


async def read(relay: Relay, place: Place) -> bytes | None:
    piece = await relay.piece(place)
    place.at += len(piece or b"")
    return piece


async def test_who_is_alone_holds_the_fetch_back_and_gets_all() -> None:
    relay, given, got = Relay(room=3, patience=LONG), bytearray(), []
    with relay.reading() as place:
        task = asyncio.create_task(passed(relay, given))
        await turns(50)
        assert bytes(range(3)) == given
        while place.at < 9:
            got.append(await read(relay, place))
    await task

    assert [bytes([number]) for number in range(9)] == got
    assert bytes(range(10)) == given


async def test_who_waits_for_the_end_does_not_wait_for_a_slow_one() -> None:
    relay, given = Relay(room=3, patience=LONG), bytearray()
    with relay.reading() as slow, relay.reading() as waiting:
        task = asyncio.create_task(passed(relay, given))
        await turns(50)
        relay.leave(waiting)
        await task

        assert None is await relay.piece(slow)
    assert bytes(range(10)) == given


async def test_who_leaves_holds_nothing_back() -> None:
    relay, given = Relay(room=3, patience=LONG), bytearray()
    with relay.reading():
        task = asyncio.create_task(passed(relay, given))
        await turns(50)
        assert not task.done()
    await task

    assert bytes(range(10)) == given


async def test_who_stands_still_is_waited_for_no_longer_than_the_patience() -> None:
    relay, given = Relay(room=3, patience=0), bytearray()
    with relay.reading():
        await passed(relay, given)

    assert bytes(range(10)) == given


async def test_no_more_is_held_than_there_is_room_for() -> None:
    relay = Relay(room=3, patience=LONG)
    async with closing(relay.passing(numbers())) as chunks:
        async for chunk in chunks:
            with relay.reading() as place:
                place.at = max(0, chunk[0] - 3)
                assert (chunk[0] < 3) == (await relay.piece(place) is not None)
                place.at = max(0, chunk[0] - 2)
                assert bytes([place.at]) == await relay.piece(place)
