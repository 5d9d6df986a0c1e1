"""A RabbitMQ node of its own: no settings, data or ports shared with any other."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PLACES = ("/usr/lib/rabbitmq/bin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin", "/opt/rabbitmq/sbin")

# Room for what sends leave in a queue during a run, and schedulers that do not spin while they wait
ROOM = """
vm_memory_high_watermark.absolute = 4GB
disk_free_limit.absolute = 50MB
"""
ERLANG = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none"


def program(name):
    """The package's wrapper on the PATH would change the user."""
    found = [Path(place, name) for place in PLACES if Path(place, name).exists()]
    if not found:
        sys.exit("The benchmark needs RabbitMQ: install rabbitmq-server.")
    return found[0]


def prepare(folder, port, distribution_port, mapper_port):
    """The environment of the node and of the programs that talk to it."""
    home = folder / "home"
    home.mkdir(parents=True)
    (folder / "rabbitmq.conf").write_text(f"listeners.tcp.default = 127.0.0.1:{port}\n{ROOM}")
    (folder / "enabled_plugins").write_text("[].\n")
    cookie = home / ".erlang.cookie"
    cookie.touch(mode=0o600)
    cookie.write_text(secrets.token_hex(16))
    cookie.chmod(0o400)
    return {
        "HOME": str(home),
        "RABBITMQ_NODENAME": "bench@localhost",
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
    }


def start_mapper(port):
    """Erlang's port mapper; started by the node itself it would outlive us."""
    mapper = subprocess.Popen(["epmd", "-address", "127.0.0.1", "-port", str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    for _ in range(50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return mapper
        time.sleep(0.1)
    mapper.kill()
    sys.exit("Erlang's port mapper, epmd, did not start.")


def control(environment, *arguments):
    """What rabbitmqctl answers."""
    done = subprocess.run([str(program("rabbitmqctl")), "-q", *arguments],
                          env=os.environ | environment, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError("rabbitmqctl " + " ".join(arguments) + ": " + (done.stdout + done.stderr).strip()[-300:])
    return done.stdout.strip()


def stop(process, mapper):
    """The node is a tree of processes in a session of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(30)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            break
    process.wait()
    mapper.kill()
    mapper.wait()
