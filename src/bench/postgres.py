"""PostgreSQL outside of Posthaste: its binaries, its settings, its processes."""

import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile

INITDB = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # as Posthaste makes its own

# Where the reference differs from the embedded server: connections enough for 64 clients. It makes no commit faster.
OWN_SETTINGS = ["-c", "max_connections=200"]


def as_user():
    """The server refuses to run as root; in a user namespace of its own it sees itself as nobody."""
    return ["unshare", "-U"] if os.getuid() == 0 else []


def settings_of(data):
    """The settings file of the server whose data lies below this folder."""
    files = list(data.rglob("postgresql.conf"))
    if not files:
        print("No embedded PostgreSQL found: the reference runs with PostgreSQL's defaults.", file=sys.stderr)
        return "unix_socket_directories = ''\n"
    return files[0].read_text()


def prepare(options, folder, password, settings):
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
    subprocess.run([*as_user(), programs / "bin/initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", *INITDB],
                   check=True, stdout=subprocess.DEVNULL)
    (data / "postgresql.conf").write_text(settings)
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
