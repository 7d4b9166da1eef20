"""A registry that is served by several processes: what each of them does."""

import asyncio
import os
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from storagedriver.registry.announcement import Storage, announce
from storagedriver.registry.api.places import new_secret
from storagedriver.registry.binding import Sockets
from storagedriver.registry.configuration.config import Config, ConfigError
from storagedriver.registry.debugging import debugging
from storagedriver.registry.lines import Lines
from storagedriver.registry.logformats import FORMATS
from storagedriver.registry.logs import Log, opened_log, standard_error
from storagedriver.registry.serving import STOPPED, loop_factory, serve
from storagedriver.registry.shares import Shares
from storagedriver.registry.stopping import Stop
from storagedriver.registry.unixsockets import listening_at
from storagedriver.registry.workers.children import Facts, Parent
from storagedriver.registry.workers.overview import Overview
from storagedriver.registry.workers.supervising import Job, Supervisor

OVERVIEW = "overview"


def run_workers(config: Config, sockets: Sockets, encryption: ssl.SSLContext | None) -> int:
    """Serve in `config.workers` processes until a signal says to stop; give the exit status.

    This one looks after the others. Where operators have a listener, one more serves that.

    Raises `ConfigError` where there is no folder for sockets.
    """
    config = with_secret(config)
    log = Lines(
        standard_error(),
        level=config.level,
        fields=config.log_fields,
        line=FORMATS[config.log_format],
    )
    shares = Shares(config.workers)
    with ExitStack() as closing:
        folder = _folder(closing) if sockets.debug else None
        workers = _Workers(config, sockets, encryption, shares, folder, loop_factory())
        jobs = [workers.job(number) for number in range(1, config.workers + 1)]
        if folder is not None:
            jobs.append(workers.overview(folder))
        supervisor = Supervisor(
            jobs,
            log,
            announce=partial(_announce, config, sockets, log),
            stopping=partial(_stopping, sockets, log),
        )
        status = supervisor.run()
    if supervisor.failure is not None:
        print(f"storagedriver: {' '.join(supervisor.failure.split())}", file=sys.stderr)  # noqa: T201 - as for any failure to start
    else:
        log.event("info", "stopped")
    return status


def with_secret(config: Config) -> Config:
    """Give what all processes serve by: any of them is asked for the page that another leads to."""
    return replace(config, secret=config.secret or new_secret())


def part_of(config: Config, number: int) -> Config:
    """Give what one of the processes serves by, the first being number 1.

    What is done now and then for the whole storage, that one does alone. Several would do the same
    work several times over, to no harm.
    """
    if number == 1:
        return config
    proxy = None if config.proxy is None else replace(config.proxy, removes=False)
    return replace(config, purge_uploads=False, proxy=proxy)


def _folder(closing: ExitStack) -> Path:
    """Make a folder for the workers' own sockets, which nobody else may look into."""
    try:
        return Path(closing.enter_context(TemporaryDirectory(prefix="storagedriver-")))
    except OSError as error:
        raise ConfigError(f"TMPDIR: no folder for sockets can be made: {error}") from error


def _listening(path: Path, closing: ExitStack) -> socket.socket:
    try:
        return closing.enter_context(listening_at(str(path)))
    except OSError as error:
        reason = f"{error.strerror or error}; there has to be room for sockets, in a short path"
        raise ConfigError(f"TMPDIR: {path}: {reason}") from error


def _announce(config: Config, sockets: Sockets, log: Lines, facts: Facts) -> None:
    announce(config, sockets, log, Storage(str(facts["driver"]), bool(facts["writable"])))


def _stopping(sockets: Sockets, log: Lines) -> None:
    log.event("info", "stopping")
    # With a copy left open, clients would wait at a socket where nobody accepts any more.
    for each in (*sockets.registry, *sockets.debug):
        each.close()


@dataclass(frozen=True, slots=True)
class _Workers:
    """What the processes are made of."""

    config: Config
    sockets: Sockets
    encryption: ssl.SSLContext | None
    shares: Shares
    folder: Path | None
    loops: Callable[[], asyncio.AbstractEventLoop] | None

    def job(self, number: int) -> Job:
        """Return the job of serving clients."""
        return Job(
            name=str(number), main=partial(self._work, number), gone=partial(self._gone, number)
        )

    def overview(self, folder: Path) -> Job:
        """Return the job of serving operators."""
        return Job(name=OVERVIEW, main=partial(self._oversee, folder), watches=True)

    def _gone(self, number: int, pid: int) -> None:
        self.shares.of(number - 1).leave()
        if self.folder is not None:
            self._socket(number, self.folder, pid).unlink(missing_ok=True)

    def _socket(self, number: int, folder: Path, pid: int) -> Path:
        # One for each process, so that the counts of one that died are not taken for its heir's.
        return folder / f"{number}.{pid}"

    def _work(self, number: int, parent: Parent) -> int:
        with ExitStack() as closing:
            for each in self.sockets.debug:
                each.close()
            log = closing.enter_context(self._log(str(number)))
            own = []
            if self.folder is not None:
                own = [_listening(self._socket(number, self.folder, os.getpid()), closing)]
            sockets = Sockets(self.sockets.registry, own)
            runner = closing.enter_context(asyncio.Runner(loop_factory=self.loops))
            return runner.run(self._serve(number, sockets, log, parent))

    async def _serve(self, number: int, sockets: Sockets, log: Log, parent: Parent) -> int:
        stop = Stop()
        with stop.on_orders(parent.orders):
            return await serve(
                part_of(self.config, number),
                sockets,
                self.encryption,
                log,
                stop=stop,
                ready=lambda storage: parent.ready(**storage._asdict()),
                share=self.shares.of(number - 1),
            )

    def _oversee(self, folder: Path, parent: Parent) -> int:
        for each in self.sockets.registry:
            each.close()
        with self._log(OVERVIEW) as log, asyncio.Runner(loop_factory=self.loops) as runner:
            return runner.run(self._watch(Overview(folder, self.config.workers), log, parent))

    async def _watch(self, overview: Overview, log: Log, parent: Parent) -> int:
        debug = self.config.debug
        app = overview.app(debug.metrics_path if debug.metrics else None)
        parent.orders.settimeout(0)
        async with debugging(app, self.sockets.debug, log):
            parent.ready()
            if not await asyncio.get_running_loop().sock_recv(parent.orders, 1):
                overview.remove()  # who would have done that has died
        return STOPPED

    def _log(self, worker: str) -> AbstractContextManager[Log]:
        return opened_log(
            level=self.config.level,
            fields={**self.config.log_fields, "worker": worker},
            line=FORMATS[self.config.log_format],
        )
