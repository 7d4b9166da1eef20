"""The process that looks after the others, with jobs that do next to nothing."""

import subprocess
import sys
from textwrap import dedent

# A process of its own, as pytest's has threads and must not be forked.
PROGRAM = """\
import os, signal, time
from storagedriver.errors import StorageUnavailableError
from storagedriver.registry.configuration.config import ConfigError
from storagedriver.registry.lines import Lines
from storagedriver.registry.workers import supervising
from storagedriver.registry.workers.supervising import Job, Supervisor

supervising.FIRST_PAUSE = 0.01

def tell(*words):
    # At once: other processes write to the same pipe.
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def steady(name):
    def main(parent):
        parent.ready(name=name, pid=os.getpid())
        if parent.orders.recv(1):  # not the end of the parent
            tell(name, "was told to stop")
        return 0
    return main

def announce(facts):
    tell("announced", facts["name"])

{jobs}

supervisor = Supervisor(
    jobs, Lines(2, fields={{}}), announce=announce, stopping=lambda: tell("stopping")
)
tell("status", supervisor.run(), supervisor.failure)
"""


def run(jobs: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the program until it ends by itself."""
    command = [sys.executable, "-c", PROGRAM.format(jobs=dedent(jobs))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert status == done.returncode, done.stderr
    return done


def test_what_the_first_one_fails_of_is_told_and_no_other_is_started() -> None:
    done = run("""\
        def fail(parent):
            raise ConfigError("no good")

        def never(parent):
            tell("the second one was started")

        jobs = [Job(name="1", main=fail), Job(name="2", main=never)]
        """)

    assert ["stopping", "status 2 no good"] == done.stdout.splitlines()


def test_all_are_stopped_when_another_one_cannot_start() -> None:
    done = run("""\
        def fail(parent):
            raise StorageUnavailableError("gone")

        jobs = [Job(name="1", main=steady("1")), Job(name="2", main=fail)]
        """)

    assert ["stopping", "1 was told to stop", "status 1 gone"] == done.stdout.splitlines()


def test_one_that_dies_is_started_again_and_watchers_end_last() -> None:
    done = run("""\
        deaths = []

        def gone(pid):
            deaths.append(pid)
            if len(deaths) == 2:
                os.kill(os.getpid(), signal.SIGTERM)

        def short(parent):
            if deaths:  # the parent's, as they were at the fork
                os.kill(os.getpid(), signal.SIGKILL)
            return steady("1")(parent)

        def slow(parent):
            parent.ready()
            parent.orders.recv(1)
            time.sleep(0.2)  # in which the watcher is not stopped
            tell("2 ends")
            return 0

        def announce(facts):
            tell("announced", facts["name"])
            os.kill(facts["pid"], signal.SIGKILL)

        jobs = [
            Job(name="1", main=short, gone=gone),
            Job(name="2", main=slow),
            Job(name="3", main=steady("3"), watches=True),
        ]
        """)

    assert [
        "announced 1",
        "stopping",
        "2 ends",
        "3 was told to stop",
        "status 0 None",
    ] == done.stdout.splitlines()
    ends = [line for line in done.stderr.splitlines() if "event=ended" in line]
    assert [0.01, 0.02] == [float(line.split("starts in ")[1].split()[0]) for line in ends]
    assert all("worker=1 " in line and "killed by SIGKILL" in line for line in ends)


def test_a_child_has_no_channel_but_its_own() -> None:
    # With a copy of another's, that one would not see its parent die.
    done = run("""\
        import stat

        def sockets():
            found = set()
            for number in range(256):
                try:
                    is_socket = stat.S_ISSOCK(os.fstat(number).st_mode)
                except OSError:
                    continue
                if is_socket:
                    found.add(number)
            return found

        before = sockets()

        def look(parent):
            tell("too many:", sockets() - before - {parent.orders.fileno()})
            return steady("1")(parent)

        def announce(facts):
            os.kill(os.getpid(), signal.SIGTERM)

        jobs = [Job(name=str(number), main=look) for number in range(3)]
        """)

    assert ["too many: set()"] * 3 == [line for line in done.stdout.splitlines() if "many" in line]


def test_a_third_signal_ends_all_of_it() -> None:
    done = run(
        """\
        def deaf(parent):
            tell("deaf", os.getpid())
            parent.ready(name="1")
            while True:
                time.sleep(1)

        def announce(facts):
            for _ in range(3):
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.01)

        jobs = [Job(name="1", main=deaf)]
        """,
        -15,
    )

    (deaf, stopping) = done.stdout.splitlines()
    assert "stopping" == stopping
    # Its output was read to the end, so that nobody has it open any more.
    assert deaf.startswith("deaf ")


def test_a_defect_is_shown_where_it_is() -> None:
    done = run("""\
        def fail(parent):
            raise LookupError("a defect")

        jobs = [Job(name="1", main=fail)]
        """)

    assert ["stopping", "status 1 LookupError: a defect"] == done.stdout.splitlines()
    assert "in fail" in done.stderr
