"""The runs on RabbitMQ and Redis: through Posthaste, and the brokers used directly."""

import re
import statistics
import subprocess
import time
from pathlib import Path

import load

CONNECTIONS = 64
IN_FLIGHT = 64
WARM = 5  # seconds at the beginning of a peer's run that are not counted: its own warm-up
QUARTERS = 4

RABBITMQ_RUNS = {"rabbitmq-send", "rabbitmq-cycle", "rabbitmq-p99", "rabbitmq-memory", "amqp-intake"}
REDIS_RUNS = {"redis-send", "redis-cycle", "redis-p99", "redis-memory"}
CYCLES = {"rabbitmq-cycle", "rabbitmq-memory", "redis-cycle", "redis-memory"}
LATENCIES = {"rabbitmq-p99", "redis-p99"}
BROKER_RUNS = RABBITMQ_RUNS | REDIS_RUNS | {
    "perf-test-many", "perf-test-one", "perf-test-cycle", "rabbitmq-direct-p99", "redis-xadd", "redis-direct-cycle", "redis-direct-p99"}


class BrokerRuns:
    """Part of Runs, which has the rest of what these use."""

    def warm_up_brokers(self, needs, seconds):
        if not seconds:
            return
        for name, runs in (("on_rabbitmq", RABBITMQ_RUNS - {"amqp-intake"}), ("on_redis", REDIS_RUNS)):
            if needs & runs:
                server = getattr(self.servers, name)
                self._warm(seconds, lambda some: self._on_fresh_queue(server, lambda queue: self._send(server, queue, some)))
                if needs & runs & CYCLES:
                    self._warm(seconds, lambda some: self._on_fresh_queue(server, lambda queue: self._cycle(server, queue, seconds=some)))
                if needs & runs & LATENCIES:
                    self._warm_up_latency(server, max(1, seconds // 3))
        if "amqp-intake" in needs:
            self._intake(seconds)

    # RabbitMQ

    def rabbitmq_send(self):
        server = self.servers.on_rabbitmq
        return self._on_fresh_queue(server, lambda queue: self._send(server, queue))

    def perf_test_many(self):
        return self._perf_test("--producers", CONNECTIONS, "--consumers", 0, "--confirm", 1)

    def perf_test_one(self):
        return self._perf_test("--producers", 1, "--consumers", 0, "--confirm", IN_FLIGHT)

    def rabbitmq_cycle(self):
        server = self.servers.on_rabbitmq
        return self._on_fresh_queue(server, lambda queue: self._cycle(server, queue))

    def perf_test_cycle(self):
        return self._perf_test("--producers", 1, "--consumers", 1, "--confirm", IN_FLIGHT, "--qos", IN_FLIGHT)

    def rabbitmq_p99(self):
        return self._open_loop(self.servers.on_rabbitmq, self._half_of_peak("rabbitmq-send"))

    def rabbitmq_direct_p99(self):
        uri = self.servers.rabbitmq.uri
        return self._open_loop(self.servers.on_rabbitmq, self._half_of_peak("rabbitmq-send"), lambda queue: f"{uri}/{queue}")

    def rabbitmq_memory(self):
        """Beside the heap: nothing may be left in the broker's queues."""
        result = self._memory(self.servers.on_rabbitmq)
        left = {name: count for name, count in self.servers.rabbitmq.messages().items() if count}
        return result | ({"failed": f"messages are left in RabbitMQ: {left}"} if left and "failed" not in result else {})

    def amqp_intake(self):
        return self._intake(self.options.seconds)

    def _perf_test(self, *options):
        """On a queue that Posthaste has declared: the same settings for all."""
        return self._on_fresh_queue(self.servers.on_rabbitmq, lambda queue: load.perf_test(
            self.options.java, self.generators, self.servers.rabbitmq.uri, queue + "1", self.options.seconds, WARM, *options))

    def _intake(self, seconds):
        """Messages a second from AMQP into PostgreSQL, counted by Posthaste when they are stored."""
        server, uri = self.servers.on_rabbitmq, self.servers.rabbitmq.uri

        def run(prefix):
            queue = prefix + "1"
            stored = lambda: server.counter(f'posthaste_messages_sent_total{{queue="{queue}"}}')
            generator = load.publish(self.options.java, self.generators, uri, queue, seconds + WARM, IN_FLIGHT)
            try:
                time.sleep(WARM)
                before, since = stored(), time.monotonic()
                time.sleep(max(1, seconds - 1))
                rate = (stored() - before) / (time.monotonic() - since)
                result = load.published(generator, seconds + 60)
            finally:
                generator.kill()
            if "failed" in result:
                return result
            deadline = time.monotonic() + 60
            while stored() < result["requests"] and time.monotonic() < deadline:
                time.sleep(0.2)
            lost = result["requests"] - stored()
            return result | {"rate": rate} | ({"failed": f"{lost:.0f} of {result['requests']} published messages were not stored"} if lost > 0 else {})

        return self._on_fresh_queue(server, run, {"provider": "postgres"})

    # Redis

    def redis_send(self):
        server = self.servers.on_redis
        return self._on_fresh_queue(server, lambda queue: self._send(server, queue))

    def redis_xadd(self):
        return load.redis_benchmark(self.servers.redis.port, CONNECTIONS, self.options.seconds)

    def redis_cycle(self):
        server = self.servers.on_redis
        return self._on_fresh_queue(server, lambda queue: self._cycle(server, queue))

    def redis_direct_cycle(self):
        return load.redis_cycle(self.options.java, self.generators, self.servers.redis.port, self.options.seconds)

    def redis_p99(self):
        return self._open_loop(self.servers.on_redis, self._half_of_peak("redis-send"))

    def redis_direct_p99(self):
        redis = self.servers.redis
        try:
            return self._open_loop(self.servers.on_redis, self._half_of_peak("redis-send"), lambda _: f"redis://127.0.0.1:{redis.port}/direct")
        finally:
            redis.delete("direct")

    def redis_memory(self):
        """Beside the heap: what Redis uses must be what it used before."""
        redis = self.servers.redis
        before = redis.used_memory()
        result = self._memory(self.servers.on_redis, lambda: {"redis_mb": redis.used_memory() / 2**20})
        grown = (redis.used_memory() - before) / 2**20
        return result | ({"failed": f"Redis uses {grown:.0f} MiB more than before"} if grown > 20 and "failed" not in result else {})

    # Memory

    def _memory(self, server, more=dict):
        """The service's heap after a collection, and its resident memory, at each quarter of so many messages sent, received and acked."""
        self.number += 1
        prefix = f"memory-{self.number}-"
        # What the generator leaves unacked at the end of a slice comes back soon
        server.create(prefix, policy=server.policy | {"lease": "PT5S", "maxAttempts": 100})
        through, quarters, rates = 0, [], []
        while len(quarters) < QUARTERS:
            result = self._cycle(server, prefix, send=100, receive=100, connections=16, seconds=5)
            if "failed" in result and not result.get("acked"):
                return result
            through += result["acked"]
            rates.append(result["rate"])
            if through >= self.options.messages * (len(quarters) + 1) / QUARTERS:
                quarters.append({"messages": through, **_memory_of(self.options.java, server.process.pid), **more()})
        left = _drain(server, prefix + "1")
        server.delete(prefix)
        result = {"messages": through, "rate": statistics.median(rates), "quarters": quarters,
                  "heap_first": quarters[0]["heap_mb"], "heap_end": quarters[-1]["heap_mb"], "rss_end": quarters[-1]["rss_mb"]}
        return result | ({"failed": f"the queue still held {left}"} if left else {})


def _memory_of(java, pid):
    """MiB of live objects, which the histogram counts after a full collection, and of resident memory."""
    histogram = subprocess.run([str(Path(java).with_name("jcmd")), str(pid), "GC.class_histogram"], capture_output=True, text=True, timeout=120).stdout
    total = re.search(r"^Total\s+\d+\s+(\d+)", histogram, re.MULTILINE)
    resident = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    if not total or not resident:
        raise RuntimeError("the service's memory could not be read: jcmd said " + histogram[-200:])
    return {"heap_mb": int(total.group(1)) / 2**20, "rss_mb": int(resident.group(1)) / 1024}


def _drain(server, queue):
    """Takes out what is left; what stays after a minute is told."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        deliveries = server.call("POST", f"/v1/queues/{queue}/receive", {"max": 1000, "wait": "PT2S"})["deliveries"]
        if deliveries:
            server.call("POST", f"/v1/queues/{queue}/ack", {"receipts": [delivery["receipt"] for delivery in deliveries]})
        else:
            stats = server.call("GET", f"/v1/queues/{queue}/stats")
            if not any(stats[state] for state in ("available", "delayed", "leased")):
                return {"dead": stats["dead"]} if stats["dead"] else {}
    return stats
