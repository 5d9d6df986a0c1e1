"""The single runs: what load, on which server. A row of the table compares two of them."""

import json
import statistics
import sys
import threading
import time

import cpu
import load
import schedules
from brokers import BROKER_RUNS, BrokerRuns

CONNECTIONS = 64
PLAIN_CYCLE_CLIENTS = 16  # more make the plain cycle slower
BATCH_CONNECTIONS = 16
BATCH_SQL_CLIENTS = 4  # more make it slower
SKIP = 4  # seconds at the beginning of an open-loop run that are not counted: connecting, and until the generator is compiled
ONCE = ("held", "rabbitmq-memory", "redis-memory")


class Runs(BrokerRuns):
    def __init__(self, servers, options, results):
        self.servers, self.options, self.results = servers, options, results
        self.number = 0
        self.filled = set()
        self.scheduling = {}

    def rounds(self, name):
        return 1 if name in ONCE else self.options.rounds

    def run(self, name):
        """One result; a run that cannot be done is a failed one and leaves the others alone."""
        try:
            return getattr(self, name.replace("-", "_"))()
        except (RuntimeError, OSError) as broken:
            return {"failed": str(broken)[-300:]}

    def warm_up(self):
        """Starts the servers that the chosen runs need, and loads each JVM for the warm-up time."""
        seconds = self.options.warmup
        if seconds:
            print(f"warming up, {seconds} s each", file=sys.stderr)
        needs = set(self.results)
        self.warm_up_brokers(needs, seconds)
        if needs <= BROKER_RUNS:
            return
        posthaste = self.servers.posthaste
        if needs & {"insert-one", "plain-cycle", "batch-sql", "p99-sql", "p99-low-sql", "held"} or any(name.startswith(("schedules", "db-")) for name in needs):
            self.servers.reference
        if seconds and any(name != "polls" and not name.startswith(("schedules", "db-")) for name in needs):
            third = max(1, seconds // 3)
            for load_on in (
                lambda queue, some: self._send(posthaste, queue, some),
                lambda queue, some: self._cycle(posthaste, queue, seconds=some),
                lambda queue, some: self._cycle(posthaste, queue, send=100, receive=100, seconds=some),
            ):
                self._warm(third, lambda some: self._on_fresh_queue(posthaste, lambda queue: load_on(queue, some)))
            if needs & {"p99", "p99-low"}:
                self._warm_up_latency(posthaste, third)
        if seconds and needs & {"elasticmq-send", "elasticmq-cycle"}:
            self._elasticmq("sqs-cycle.lua", seconds)
        if seconds and "floor" in needs:
            self.floor(seconds)

    def _warm(self, seconds, run):
        """In runs as long as those that count: new connections are something that a JVM has to learn, too."""
        while seconds > 0:
            run(min(seconds, self.options.seconds))
            seconds -= self.options.seconds

    def _warm_up_latency(self, server, seconds):
        """The first latency run of a JVM is often its slowest, also behind a peak that it has reached."""
        peak = self._on_fresh_queue(server, lambda queue: self._send(server, queue))
        if "rate" in peak:
            self._warm(seconds, lambda _: self._open_loop(server, peak["rate"] / 2))

    # Sends

    def send(self):
        server = self.servers.posthaste
        return self._on_fresh_queue(server, lambda queue: self._send(server, queue))

    def insert_one(self):
        return self._sql().run("insert-one.pgbench", CONNECTIONS, self.options.seconds)

    def floor(self, seconds=None):
        return load.wrk("send.lua", self.servers.floor.url + "/messages", seconds or self.options.seconds)

    def elasticmq_send(self):
        return self._elasticmq("sqs-send.lua", self.options.seconds)

    # Cycles

    def cycle(self):
        server = self.servers.posthaste
        return self._on_fresh_queue(server, lambda queue: self._cycle(server, queue))

    def plain_cycle(self):
        return self._sql().run("plain-cycle.pgbench", PLAIN_CYCLE_CLIENTS, self.options.seconds)

    def elasticmq_cycle(self):
        return self._elasticmq("sqs-cycle.lua", self.options.seconds)

    def batch(self):
        server = self.servers.posthaste
        return self._on_fresh_queue(server, lambda queue: self._cycle(server, queue, send=100, receive=100, connections=BATCH_CONNECTIONS))

    def batch_sql(self):
        return self._sql().run("batch-cycle.pgbench", BATCH_SQL_CLIENTS, self.options.seconds, messages=100)

    # Latency, open loop

    def p99(self):
        return self._p99("send")

    def p99_sql(self):
        return self._p99_sql("send")

    def p99_low(self):
        return self._p99("insert-one")

    def p99_low_sql(self):
        return self._p99_sql("insert-one")

    # Scale

    def backlog_large(self):
        return self._backlog("backlog-large-", self.options.backlog)

    def backlog_small(self):
        return self._backlog("backlog-small-", 1000)

    def many_queues(self):
        return self._queues("many-", self.options.queues, waiting=20)

    def one_queue(self):
        return self._queues("one-", 1, waiting=1000)

    def polls(self):
        """CPU of the service and its PostgreSQL, in % of one core, while all receivers wait; they poll again every 20 s."""
        if not cpu.available():
            return {"failed": "CPU time is read from /proc, which only Linux has"}
        server, seconds, queues = self.servers.posthaste, self.options.poll_seconds, 100
        length = (seconds + 14) // 20 * 20 + 10  # ends between two polls, so that their number is known
        if self._first("polls-"):
            server.create("polls-", queues)
        result = {}
        waiting = threading.Thread(target=lambda: result.update(
            load.wrk("poll.lua", server.url, length, ["polls-", queues], self.options.receivers, timeout=30)))
        waiting.start()
        time.sleep(5)
        before = cpu.seconds(server.pids())
        time.sleep(seconds)
        result["cpu"] = (cpu.seconds(server.pids()) - before) / seconds * 100
        waiting.join()
        expected = length // 20 * self.options.receivers
        if "failed" not in result and not expected * 0.9 <= result["requests"] <= expected * 1.1:
            result["failed"] = f"{result['requests']} polls were answered in {length} s, not {expected}: they did not wait for their 20 s"
        return result

    def held(self):
        """The full cycle in slices while a transaction stays open; the first slice against the last."""
        self._sql().script("CREATE DATABASE held;")
        server, slices = self.servers.on_reference, 9
        seconds = max(2, self.options.held_seconds // slices)
        server.create("held-")
        if self.options.warmup:
            self._cycle(server, "held-", seconds=self.options.warmup)
        holder = self._sql("held").start("hold-open.pgbench", "-D", f"seconds={slices * (seconds + 3)}")
        time.sleep(1)
        results = [self._cycle(server, "held-", seconds=seconds) for _ in range(slices)]
        ended = holder.poll() is not None
        holder.terminate()
        holder.wait()
        failures = [result["failed"] for result in results if "failed" in result] + ["the transaction did not stay open"] * ended
        rates = [result.get("rate", 0) for result in results]
        return {"rate": statistics.median(rates), "start": rates[0], "end": rates[-1], "slices": rates} | ({"failed": failures[0]} if failures else {})

    # Schedules

    def schedules_idle(self):
        return schedules.idle(self._scheduling(self.options.schedules)[0], self.options.seconds)

    def schedules_burst(self):
        server, sql = self._scheduling(self.options.schedules)
        self.number += 1
        return schedules.burst(server, sql, f"burst-{self.number}", "burst1", 10_000)

    def db_scheduler(self):
        """It makes its table anew, and its JVM warms up by two bursts before the one that counts."""
        if self._first("db-scheduler"):
            self._sql().script("CREATE DATABASE dbscheduler;")
        classes = self.options.work / "dbscheduler"
        return load.db_scheduler(self.options.java, classes, self.servers.reference, "dbscheduler", self.options.schedules, 10_000)

    def schedules_lag(self):
        return self._lag(self.options.schedules)

    def schedules_few(self):
        return self._lag(1000)

    def _lag(self, stored):
        server, sql = self._scheduling(stored)
        self.number += 1
        return schedules.steady(server, sql, f"steady-{self.number}", "steady1", 1000, self.options.seconds)

    def _scheduling(self, stored):
        """A service on a database of its own with so many schedules far off, warmed up by a burst."""
        database = f"schedules_{stored}"
        sql = self._sql(database)
        if stored not in self.scheduling:
            self._sql().script(f"CREATE DATABASE {database};")
            server = self.servers.on_database(database)
            for queue in ("far", "burst", "steady"):
                server.create(queue)
            schedules.far_off(sql, stored, "far1")
            schedules.burst(server, sql, "warm-up", "burst1", 20_000)
            schedules.steady(server, sql, "warm", "steady1", 1000, 5)
            self.servers.settle(30)
            self.scheduling[stored] = server
        return self.scheduling[stored], sql

    # What they are made of

    @property
    def generators(self):
        """The class path of the load generators in Java: ours, PerfTest, and the brokers' own clients."""
        return f"{self.options.work}/generators:{self.options.work}/perf-test/lib/*"

    def _sql(self, database="postgres"):
        reference = self.servers.reference
        return load.Pgbench(self.options.pgbench, reference.port, reference.password, database)

    def _first(self, prefix):
        new = prefix not in self.filled
        self.filled.add(prefix)
        return new

    def _on_fresh_queue(self, server, run, policy=None):
        self.number += 1
        prefix = f"bench-{self.number}-"
        server.create(prefix, policy=policy)
        try:
            return run(prefix)
        finally:
            server.delete(prefix)

    def _send(self, server, queue, seconds=None):
        return load.wrk("send.lua", f"{server.url}/v1/queues/{queue}1/messages", seconds or self.options.seconds)

    def _cycle(self, server, prefix, queues=1, send=1, receive=10, connections=CONNECTIONS, seconds=None):
        return load.wrk("cycle.lua", server.url, seconds or self.options.seconds, [prefix, queues, send, receive], connections)

    def _backlog(self, prefix, waiting):
        """Sends go in hundreds, so that what is measured is receive 10 and ack 10."""
        server = self.servers.posthaste
        if self._first(prefix):
            server.create(prefix, 1, waiting, json.loads(load.document()))
            self.servers.settle(60)
        return self._cycle(server, prefix, send=100)

    def _queues(self, prefix, queues, waiting):
        server = self.servers.posthaste
        if self._first(prefix):
            server.create(prefix, queues, waiting, json.loads(load.document()))
            self.servers.settle(60)
        return self._cycle(server, prefix, queues)

    def _elasticmq(self, script, seconds):
        server = self.servers.elasticmq
        self.number += 1
        url = server.call("CreateQueue", {"QueueName": f"bench-{self.number}"})["QueueUrl"]
        try:
            return load.wrk(script, server.url, seconds, [url])
        finally:
            server.call("DeleteQueue", {"QueueUrl": url})

    def _half_of_peak(self, run):
        rates = [result["rate"] for result in self.results[run] if "failed" not in result]
        if not rates:
            raise RuntimeError(f"there is no peak rate: every run of {run} failed")
        return statistics.median(rates) / 2

    def _p99(self, peak):
        return self._open_loop(self.servers.posthaste, self._half_of_peak(peak))

    def _open_loop(self, server, rate, url=None):
        """Over REST, or directly at the URL that is made of the queue's name."""
        url = url or (lambda queue: f"{server.url}/v1/queues/{queue}/messages")
        run = lambda prefix: load.open_loop(
            self.options.java, self.generators, url(prefix + "1"), rate, self.options.seconds + SKIP, SKIP, CONNECTIONS)
        return self._on_fresh_queue(server, run) | {"rate": rate}

    def _p99_sql(self, peak):
        rate = self._half_of_peak(peak)
        result = self._sql().run("insert-one.pgbench", CONNECTIONS, self.options.seconds + SKIP, rate=rate, skip=SKIP)
        return result | {"rate": rate}
