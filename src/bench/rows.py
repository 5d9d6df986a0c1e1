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
    difference: bool = False  # ours less the peer's is judged, not the ratio


RABBITMQ_SEND, PERF_TEST_CYCLE = Value("rabbitmq-send"), Value("perf-test-cycle", "received")
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
    Row("rabbitmq-send", "RabbitMQ: send / PerfTest, 64 × 1", RABBITMQ_SEND, Value("perf-test-many", "confirmed"), 1),
    Row("rabbitmq-send-one", "the same / PerfTest, 1 × 64 in flight", RABBITMQ_SEND, Value("perf-test-one", "confirmed"), 0.6, 0.8),
    Row("rabbitmq-cycle", "RabbitMQ: full cycle / PerfTest's", Value("rabbitmq-cycle"), PERF_TEST_CYCLE, 0.5, 0.7),
    Row("amqp-intake", "AMQP into PostgreSQL / PerfTest's cycle", Value("amqp-intake"), PERF_TEST_CYCLE, 0.6),
    Row("rabbitmq-p99-added", "RabbitMQ: ms added to a send's p99", Value("rabbitmq-p99", "p99"), Value("rabbitmq-direct-p99", "p99"), 5,
        less_is_better=True, first=("rabbitmq-send",), difference=True),
    Row("rabbitmq-memory", "RabbitMQ: heap after 2,000,000 / 500,000", Value("rabbitmq-memory", "heap_end"), Value("rabbitmq-memory", "heap_first"), 1.15,
        less_is_better=True),
    Row("redis-send", "Redis: send / XADD, 64 clients", Value("redis-send"), Value("redis-xadd"), 0.4, 0.6),
    Row("redis-cycle", "Redis: full cycle / XADD … XDEL", Value("redis-cycle"), Value("redis-direct-cycle"), 0),
    Row("redis-p99-added", "Redis: ms added to a send's p99", Value("redis-p99", "p99"), Value("redis-direct-p99", "p99"), 5,
        less_is_better=True, first=("redis-send",), difference=True),
    Row("redis-memory", "Redis: heap after 2,000,000 / 500,000", Value("redis-memory", "heap_end"), Value("redis-memory", "heap_first"), 1.15,
        less_is_better=True),
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
