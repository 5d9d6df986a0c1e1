"""What the environment may change, and its defaults."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    rounds: int  # interleaved rounds
    seconds: int  # length of a run
    warmup: int  # seconds of load on each JVM before the first round
    backlog: int  # messages waiting in the row "backlog"
    queues: int  # queues in the row "queues"
    receivers: int  # long polls in the row "polls"
    poll_seconds: int
    messages: int  # sent through in the rows "…-memory"
    schedules: int  # stored in the rows "schedules-…"
    held_seconds: int  # how long the row "held" keeps its transaction open
    java: str
    pgbench: str
    posthaste: list  # the command that starts Posthaste
    home: Path  # the project
    work: Path  # everything the benchmark writes

    @staticmethod
    def from_environment():
        def number(name, default):
            return int(os.environ.get(name, default))

        home = Path(__file__).resolve().parents[2]
        java = os.environ["JAVA_HOME"] + "/bin/java"
        return Options(
            rounds=number("ROUNDS", 5),
            seconds=number("SECONDS_PER_RUN", 10),
            warmup=number("WARMUP", 90),
            backlog=number("BACKLOG", 1_000_000),
            queues=number("QUEUES", 5_000),
            receivers=number("RECEIVERS", 500),
            poll_seconds=number("POLL_SECONDS", 30),
            messages=number("MESSAGES", 2_000_000),
            schedules=number("SCHEDULES", 1_000_000),
            held_seconds=number("HELD_SECONDS", 180),
            java=java,
            pgbench=os.environ["PGBENCH"],
            posthaste=shlex.split(
                os.environ.get("POSTHASTE_COMMAND", shlex.quote(java) + " -jar " + shlex.quote(f"{home}/target/quarkus-app/quarkus-run.jar"))
            ),
            home=home,
            work=home / "target" / "bench",
        )
