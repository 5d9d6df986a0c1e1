"""The rows of the table: what is compared with what, and what is asked of it."""

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Value:
    """A figure of a run: which run, which of its figures."""

    run: str
    figure: str = "rate"


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    ours: Value
    peer: Optional[Value]  # none: the figure itself is judged, not a ratio
    asked: float
    wanted: Optional[float] = None  # in the end
    less_is_better: bool = False
    first: tuple = ()  # runs whose results this row's runs build on


SEND, CYCLE, INSERT = Value("send"), Value("cycle"), Value("insert-one")

ROWS = [
    Row("polls", "500 receivers in long poll, % of a core", Value("polls", "cpu"), None, 5, less_is_better=True),
    Row("send-sql", "send / INSERT, 64 clients", SEND, INSERT, 1.2, 2),
    Row("send-floor", "send / no-op endpoint", SEND, Value("floor"), 0.3, 0.4),
    Row("send-elasticmq", "send / ElasticMQ send", SEND, Value("elasticmq-send"), 1, 1.5),
    Row("cycle-sql", "full cycle / plain cycle in SQL", CYCLE, Value("plain-cycle"), 2, 3),
    Row("cycle-elasticmq", "full cycle / ElasticMQ full cycle", CYCLE, Value("elasticmq-cycle"), 1, 1.5),
    Row("batch-sql", "batches of 100 / the same in SQL", Value("batch"), Value("batch-sql"), 0.6, 1),
    Row("p99", "p99 ms of a send at half of the peak", Value("p99", "p99"), None, 10, less_is_better=True, first=("send",)),
    Row("p99-sql", "the same / INSERT at the same rate", Value("p99", "p99"), Value("p99-sql", "p99"), 4, 2, True, ("send",)),
    Row("p99-low", "p99 / INSERT, half of INSERT's peak", Value("p99-low", "p99"), Value("p99-low-sql", "p99"), 4, 2, True, ("insert-one",)),
    Row("redis-send", "Redis: send / XADD, 64 clients", Value("redis-send"), Value("redis-xadd"), 0.4, 0.6),
    Row("backlog", "receive + ack, 1,000,000 / 1,000 waiting", Value("backlog-large"), Value("backlog-small"), 0.85),
    Row("queues", "full cycle, 5,000 queues / one queue", Value("many-queues"), Value("one-queue"), 0.5),
    Row("schedules-idle", "1,000,000 schedules far off, % of a core", Value("schedules-idle", "cpu"), None, 2, less_is_better=True),
    Row("schedules-burst", "10,000 of 1,000,000 due at once: s till sent", Value("schedules-burst", "seconds"), None, 2, less_is_better=True),
    Row("schedules-dbscheduler", "the same a second / db-scheduler", Value("schedules-burst"), Value("db-scheduler"), 1.5),
    Row("schedules-lag", "p99 ms of lag, 1,000 due a second", Value("schedules-lag", "p99"), None, 100, less_is_better=True),
    Row("schedules-scale", "the same / with 1,000 stored", Value("schedules-lag", "p99"), Value("schedules-few", "p99"), 1.2, less_is_better=True),
    Row("held", "open transaction: full cycle, end / start", Value("held", "end"), Value("held", "start"), 0.5),
]


def runs_of(rows):
    """The runs that these rows need, in order, each once."""
    names = []
    for row in rows:
        names += [*row.first, row.ours.run, *([row.peer.run] if row.peer else [])]
    return list(dict.fromkeys(names))
