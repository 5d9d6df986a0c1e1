"""PostgreSQL outside of Posthaste: its binaries, its settings, its processes."""

import os
import shlex
import signal
import subprocess
import sys
import tarfile
import time
import zipfile

# What the embedded server runs with when its command line cannot be read; else the reference copies that line.
DEFAULT_SETTINGS = ["-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "max_connections=300"]

# Where the two servers must differ: listening, and connections enough for 64 clients. None of it makes a commit faster.
OWN_SETTINGS = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300", "-c", "logging_collector=off"]
_OWN_NAMES = tuple(setting.split("=")[0] for setting in OWN_SETTINGS[1::2]) + ("port", "data_directory", "hba_file", "config_file", "ident_file")


def as_user():
    """The server refuses to run as root; in a user namespace of its own it sees itself as nobody."""
    return ["unshare", "-U"] if os.getuid() == 0 else []


def settings_of(data):
    """The command line of the server that runs below this folder, without what is its own."""
    files = list(data.rglob("postmaster.opts"))
    if not files:
        print("No embedded PostgreSQL found: the reference runs with default settings.", file=sys.stderr)
        return DEFAULT_SETTINGS
    arguments = iter(shlex.split(files[0].read_text())[1:])
    settings = []
    for argument in arguments:
        if argument in ("-D", "-p", "-k", "-h", "-c"):
            value = next(arguments)
            if argument == "-c" and not value.startswith(_OWN_NAMES):
                settings += ["-c", value]
        elif not argument[2:].startswith(_OWN_NAMES):
            settings.append(argument)
    print("settings of both PostgreSQL servers: " + " ".join(settings), file=sys.stderr)
    return settings


def prepare(options, folder, password):
    """Unpacks the binaries that Posthaste carries and makes a cluster; the program and the data folder."""
    jars = list((options.home / "target/quarkus-app/lib").rglob("*embedded-postgres-binaries-*.jar"))
    if not jars:
        sys.exit("target/quarkus-app holds no PostgreSQL binaries: build with ./mvnw -DskipTests package.")
    programs, data, secret = folder / "pgbin", folder / "reference", folder / "password"
    with zipfile.ZipFile(jars[0]) as jar:
        archive = next(name for name in jar.namelist() if name.endswith(".txz"))
        with jar.open(archive) as packed, tarfile.open(fileobj=packed, mode="r:xz") as tar:
            tar.extractall(programs)
    secret.touch(mode=0o600)
    secret.write_text(password)
    subprocess.run([*as_user(), programs / "bin/initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-locale"],
                   check=True, stdout=subprocess.DEVNULL)
    return programs / "bin/postgres", data


def pids_below(folder):
    """The servers whose data lies below this folder: the first line of postmaster.pid."""
    found = []
    for file in folder.rglob("postmaster.pid"):
        try:
            found.append(int(file.read_text().splitlines()[0]))
        except (OSError, ValueError, IndexError):
            continue  # it is just stopping
    return found


def stop(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGINT)
            for _ in range(100):
                os.kill(pid, 0)
                time.sleep(0.1)
        except ProcessLookupError:
            continue
