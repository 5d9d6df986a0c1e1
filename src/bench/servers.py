"""The servers under load, on random loopback ports; all of them are stopped and their data removed at the end."""

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from functools import cached_property
from pathlib import Path

import cpu
import postgres
import rabbit


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process of ours, with a log of its own; ready once it answers."""

    def __init__(self, name, command, options, environment=None, port=None):
        self.name, self.port = name, port or free_port()
        self.log = options.work / "logs" / f"{name}.log"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("POSTHASTE_", "QUARKUS_"))}
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=log, env=clean | (environment or {}), start_new_session=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def pids(self):
        return [self.process.pid]

    def wait_until(self, ready, seconds=90):
        deadline = time.monotonic() + seconds
        try:
            while not ready():
                if self.process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{self.name} did not start; its log is {self.log}")
                time.sleep(0.2)
        except BaseException:
            self.stop()  # Ctrl-C, too, must not leave it behind
            raise

    def answers(self, path="/", expected=None):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", path)
            return expected in (None, connection.getresponse().status)
        except (OSError, http.client.HTTPException):
            return False

    def accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Posthaste(Server):
    """The service as a user starts it: by the environment, with its embedded PostgreSQL unless a database is named."""

    def __init__(self, name, options, folder, database=None, redis=None, rabbitmq=None):
        self.data = folder / name
        port = free_port()
        environment = {"POSTHASTE_HTTP_PORT": str(port), "POSTHASTE_DATA_DIR": str(self.data)}
        if database:
            environment["POSTHASTE_DATABASE_URL"] = database
        self.policy = {}
        if redis:
            environment["POSTHASTE_REDIS_URL"] = f"redis://127.0.0.1:{redis.port}"
            self.policy = {"provider": "redis"}
        if rabbitmq:
            environment["POSTHASTE_RABBITMQ_URL"] = rabbitmq.uri + "/%2f"
            self.policy = {"provider": "rabbitmq"}
        super().__init__(name, options.posthaste, options, environment, port)
        self.wait_until(lambda: self.answers("/q/health/ready", 200), 120)

    def pids(self):
        return super().pids() + postgres.pids_below(self.data)

    def stop(self):
        left = postgres.pids_below(self.data)
        super().stop()
        postgres.stop(left)  # the embedded server, should the service have died without stopping it

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            return self._exchange(connection, method, path, body)
        finally:
            connection.close()

    def _exchange(self, connection, method, path, body):
        connection.request(method, path, None if body is None else json.dumps(body, separators=(",", ":")), {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        if response.status > 299:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def create(self, prefix, queues=1, messages=0, payload=None, policy=None):
        """Queues PREFIX1 … PREFIXn with so many messages waiting in each."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        for number in range(1, queues + 1):
            self._exchange(connection, "PUT", f"/v1/queues/{prefix}{number}", self.policy if policy is None else policy)
            for start in range(0, messages, 1000):
                batch = [{"payload": {"bench": number, **payload}}] * min(1000, messages - start)
                answer = self._exchange(connection, "POST", f"/v1/queues/{prefix}{number}/messages/batch", {"messages": batch})
                if any("error" in entry for entry in answer["results"]):
                    raise RuntimeError(f"filling {prefix}{number}: {answer['results'][0]}")
        connection.close()

    def counter(self, name):
        """A counter of its metrics, with its labels as they are written there; none yet is zero."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", "/q/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + " ")), 0.0)

    def delete(self, prefix, queues=1):
        for number in range(1, queues + 1):
            self.call("DELETE", f"/v1/queues/{prefix}{number}?force=true")


class Redis(Server):
    """redis-server as a queue needs it: every answered write is on disk."""

    def __init__(self, options, folder):
        port, data = free_port(), folder / "redis"
        data.mkdir()
        super().__init__(
            "redis", ["redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", data, "--save", "",
                      "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"], options, port=port)
        self.wait_until(self.accepts)

    def delete(self, key):
        subprocess.run(["redis-cli", "-p", str(self.port), "DEL", key], check=True, stdout=subprocess.DEVNULL)

    def used_memory(self):
        """Bytes that the server says it uses for what it holds."""
        said = subprocess.run(["redis-cli", "-p", str(self.port), "INFO", "memory"], capture_output=True, text=True, check=True).stdout
        return int(next(line for line in said.splitlines() if line.startswith("used_memory:")).partition(":")[2])


class RabbitMq(Server):
    def __init__(self, options, folder):
        port, mapper_port = free_port(), free_port()
        self.environment = rabbit.prepare(folder / "rabbitmq", port, free_port(), mapper_port)
        self.mapper = rabbit.start_mapper(mapper_port)
        super().__init__("rabbitmq", [rabbit.program("rabbitmq-server")], options, self.environment, port)
        self.wait_until(lambda: self.accepts() and rabbit.control(self.environment, "await_startup") == "")

    @property
    def uri(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}"

    def messages(self):
        """How many messages lie in the node's queues, unacked ones too, by queue."""
        lines = rabbit.control(self.environment, "--no-table-headers", "list_queues", "name", "messages").splitlines()
        return {name: int(count) for name, count in (line.split("\t") for line in lines)}

    def stop(self):
        rabbit.stop(self.process, self.mapper)


class ElasticMq(Server):
    def __init__(self, options):
        port = free_port()
        source = options.home / "src/bench/elasticmq/ElasticMq.java"
        super().__init__("elasticmq", [options.java, "-cp", f"{options.work}/elasticmq/lib/*", source, port], options, port=port)
        self.wait_until(self.answers)

    def call(self, action, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS." + action})
        response = connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise RuntimeError(f"{action}: {response.status} {text!r}")
        return json.loads(text) if text else None


class Floor(Server):
    def __init__(self, options):
        port = free_port()
        super().__init__("floor", [options.java, "-jar", options.work / "http-floor/quarkus-app/quarkus-run.jar"], options, {"PORT": str(port)}, port)
        self.wait_until(self.answers)


class Reference(Server):
    """PostgreSQL used directly: the binaries and settings of Posthaste's embedded one, in a server of its own."""

    def __init__(self, options, folder, settings):
        self.password = secrets.token_hex(16)
        port = free_port()
        program, data = postgres.prepare(options, folder, self.password, settings)
        command = [*postgres.as_user(), program, "-D", data, "-p", port, *postgres.OWN_SETTINGS]
        super().__init__("postgres", command, options, port=port)
        self.wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)

    def url_of(self, database):
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # fast: does not wait for clients
        super().stop()


class Servers:
    """Starts a server when it is first asked for."""

    def __init__(self, options):
        self.options = options
        self.started = []

    def __enter__(self):
        (self.options.work / "logs").mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=self.options.work))
        return self

    def __exit__(self, *_):
        for ignored in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ignored, signal.SIG_IGN)  # a second Ctrl-C must not leave servers behind
        for server in reversed(self.started):
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, server):
        self.started.append(server)
        print(f"started {server.name} on port {server.port}", file=sys.stderr)
        return server

    @cached_property
    def posthaste(self):
        return self._start(Posthaste("posthaste", self.options, self.folder))

    @cached_property
    def reference(self):
        return self._start(Reference(self.options, self.folder, postgres.settings_of(self.posthaste.data)))

    @cached_property
    def on_reference(self):
        """A second Posthaste on a database of the reference server, into which the benchmark can look."""
        return self.on_database("held")

    def on_database(self, name):
        return self._start(Posthaste("posthaste-" + name, self.options, self.folder, self.reference.url_of(name)))

    @cached_property
    def redis(self):
        return self._start(Redis(self.options, self.folder))

    @cached_property
    def on_redis(self):
        """A Posthaste whose queues lie on that Redis."""
        return self._start(Posthaste("posthaste-redis", self.options, self.folder, redis=self.redis))

    @cached_property
    def rabbitmq(self):
        return self._start(RabbitMq(self.options, self.folder))

    @cached_property
    def on_rabbitmq(self):
        """A Posthaste whose queues lie on that RabbitMQ."""
        return self._start(Posthaste("posthaste-rabbitmq", self.options, self.folder, rabbitmq=self.rabbitmq))

    @cached_property
    def elasticmq(self):
        return self._start(ElasticMq(self.options))

    @cached_property
    def floor(self):
        return self._start(Floor(self.options))

    def settle(self, limit=20):
        """Waits until the servers are done with what the last run left them: vacuum, checkpoints, collections."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            before = self.cpu()
            time.sleep(1)
            if self.cpu() - before < 0.15:
                return

    def cpu(self):
        """CPU seconds of the benchmark itself, its load generators and its servers."""
        return cpu.seconds([os.getpid()] + [pid for server in self.started for pid in server.pids()])

    def watched(self, run):
        """The run's result, and what other work took of the machine meanwhile: a busy machine measures nothing."""
        machine, own, since = cpu.machine(), self.cpu(), time.monotonic()
        result = run()
        others = cpu.machine() - machine - (self.cpu() - own)
        share = max(0, others) / (time.monotonic() - since) / os.cpu_count() * 100
        if share > 10 and "note" not in result:
            result["note"] = f"other work took {share:.0f} % of this machine: do not trust the figure"
        return result | {"others": share}
