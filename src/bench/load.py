"""The load generators. Each returns one run's figures; a run that saw errors carries the reason as "failed"."""

import json
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def _output(command, limit, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=limit, start_new_session=True, **more)
    return done.returncode, done.stdout + done.stderr


def _result(code, output):
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    if code or not lines:
        return {"failed": "load generator ended with " + str(code) + ": " + output.strip()[-300:]}
    refused = [{"first": line[len("REFUSED "):]} for line in output.splitlines() if line.startswith("REFUSED ")]
    return json.loads(lines[-1][len("RESULT "):]) | (refused[0] if refused else {})


def _judge(result):
    wrong = {name: result[name] for name in ("refused", "broken", "failed", "lost") if result.get(name)}
    result.pop("failed", None)
    if wrong:
        what = [f"{n} {name}" for name, n in wrong.items()] + ([f"the first {result['first']}"] if "first" in result else [])
        result["failed"] = "of %d requests: " % result.get("requests", 0) + ", ".join(what)
    return result


def wrk(script, url, seconds, arguments=(), connections=64, timeout=10):
    """Requests a second, or messages through the full cycle a second when the script counts them."""
    result = _result(*_output(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={timeout}s", "-s", HERE / "wrk" / script, url, "--", *arguments],
        seconds + 60))
    if "requests" not in result:
        return result
    through = min(result["sent"], result["received"], result["acked"]) if "acked" in result else result["requests"]
    result["rate"] = through / result["seconds"]
    if "acked" in result and result["acked"] < result["sent"] / 2:
        return result | {"failed": f"only {result['acked']} of {result['sent']} messages came through the cycle"}
    return _judge(result)


def redis_benchmark(port, clients, seconds):
    """XADDs a second of the same message, into a stream that is deleted afterwards."""
    def add(number):
        return _output(["redis-benchmark", "-p", port, "-c", clients, "-n", number, "--csv", "XADD", "bench", "*", "payload", document()], 300)

    def rate(output):
        line = next((line for line in output.splitlines() if line.startswith('"XADD')), None)
        return float(line.rsplit('","', 7)[1]) if line else None  # test, rate, and six latencies

    code, output = add(20000)
    first = rate(output)
    if code or not first:
        return {"failed": output.strip()[-300:]}
    code, output = add(int(first * seconds))
    _output(["redis-cli", "-p", port, "DEL", "bench"], 60)
    return {"failed": output.strip()[-300:]} if code else {"rate": rate(output)}


def redis_cycle(java, classes, port, seconds):
    """Messages a second through XADD, XREADGROUP, XACK and XDEL."""
    with _document_file() as payload:
        return _judge(_result(*_output([java, "-cp", classes, "RedisCycle", port, "bench", seconds, payload.name], seconds + 60)))


def open_loop(java, classes, url, rate, seconds, skip, connections=64):
    """Latencies in ms of one send after another at a fixed mean rate, from their intended start; the scheme says to what."""
    with _document_file() as payload:
        command = [java, "-cp", classes, "OpenLoop", url, int(rate), seconds, skip, connections, payload.name]
        return _behind(_judge(_result(*_output(command, seconds + 60))))


def perf_test(java, classes, uri, queue, seconds, skip, *options):
    """Confirmed and received messages a second of RabbitMQ's own load generator, on a queue that is there."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "seconds.csv")
        code, output = _output(
            [java, "-cp", classes, "com.rabbitmq.perf.PerfTest", "--uri", uri, "--predeclared", "--skip-binding-queues",
             "--queue", queue, "--exchange", "", "--routing-key", queue, "--flag", "persistent", "--flag", "mandatory",
             "--body", HERE / "document.json", "--body-content-type", "application/json",
             "--time", seconds + skip, "--output-file", log, *options], seconds + skip + 60)
        if code or not log.exists():
            return {"failed": output.strip()[-300:]}
        lines = [dict(zip(("id", "at", "published", "returned", "confirmed", "nacked", "received"), line.split(",")))
                 for line in log.read_text().splitlines()[1:]]
    counted = [line for line in lines if float(line["at"]) > skip + 0.5]
    figures = {name: [float(line[name] or 0) for line in counted] for name in ("confirmed", "received", "returned", "nacked")}
    if not counted or any(figures["returned"] + figures["nacked"]):
        return {"failed": "messages were returned or nacked: " + output.strip()[-300:]}
    return {name: sum(figures[name]) / len(counted) for name in ("confirmed", "received")}


def publish(java, classes, uri, queue, seconds, unconfirmed):
    """Publishes in the background to Posthaste's exchange, as fast as messages are taken in; the generator's process."""
    return subprocess.Popen(
        [str(part) for part in [java, "-cp", classes, "Publish", uri, queue, seconds, unconfirmed, HERE / "document.json"]],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def published(process, limit):
    """What the generator in the background says at its end."""
    output, _ = process.communicate(timeout=limit)
    return _judge(_result(process.returncode, output))


def _document_file():
    file = tempfile.NamedTemporaryFile("w")
    file.write(document())
    file.flush()
    return file


def db_scheduler(java, classes, server, database, stored, due):
    """Seconds from the moment at which so many executions are due until all are done."""
    url = f"jdbc:postgresql://127.0.0.1:{server.port}/{database}?reWriteBatchedInserts=true"
    return _result(*_output(
        [java, "-cp", f"{classes}/lib/*", HERE / "dbscheduler/DbScheduler.java", url, "postgres", server.password, stored, due], 300))


def _behind(result):
    if "failed" not in result and result["kept"] < 0.97:
        result["note"] = "did not keep up with the rate"
    return result


def document():
    return (HERE / "document.json").read_text()


class Pgbench:
    """pgbench against one database, with the same message as a parameter."""

    def __init__(self, program, port, password, database="postgres"):
        self.command = [program, "-n", "-h", "127.0.0.1", "-p", port, "-U", "postgres", database]
        self.environment = {"PGPASSWORD": password, "PATH": "/usr/bin:/bin"}

    def script(self, text, *options, limit=600):
        """Runs a text once; for what psql would do, which not every machine has beside pgbench."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(text)
            file.flush()
            code, output = _output([*self.command, "-M", "extended", "-t1", "-f", file.name, "-D", "body=" + document(), *options], limit, env=self.environment)
        if code:
            raise RuntimeError(_complaint(output))

    def start(self, script, *options):
        """Runs a script once in the background."""
        return subprocess.Popen([str(part) for part in [*self.command, "-t1", "-f", HERE / "sql" / script, *options]],
                                env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def run(self, script, clients, seconds, messages=1, rate=None, skip=0):
        """Messages a second on a fresh table; with a rate, latencies in ms from the intended start (pgbench -R)."""
        self.script((HERE / "sql" / "setup.sql").read_text())
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, script)
            file.write_text((HERE / "sql" / script).read_text().replace("{bodies}", ", ".join(["(:body)"] * messages)))
            command = [*self.command, "-M", "prepared", "-c", clients, "-j", 2, "-T", seconds, "-f", file, "-D", "body=" + document()]
            if rate:
                command += ["-R", int(rate), "-l", "--log-prefix", f"{folder}/log"]
            code, output = _output(command, seconds + 120, env=self.environment)
            if code or "aborted" in output:
                return {"failed": _complaint(output)}
            tps = float(next(line for line in output.splitlines() if line.startswith("tps = ")).split()[2])
            result = {"rate": tps * messages}
            return _behind(result | _percentiles(folder, skip) | {"kept": tps / rate}) if rate else result


def _complaint(output):
    return next((line for line in output.splitlines() if "error" in line or "ERROR" in line), output.strip()[-300:])


def _percentiles(folder, skip):
    """From pgbench's log, whose third field counts from the intended start when there is a rate."""
    lines = [line.split() for file in Path(folder).glob("log*") for line in file.read_text().splitlines()]
    begin = min(int(f[4]) for f in lines) + skip
    counted = sorted(int(f[2]) / 1000 for f in lines if int(f[4]) >= begin)
    return {"p50": counted[len(counted) // 2], "p99": counted[len(counted) * 99 // 100], "max": counted[-1]}
