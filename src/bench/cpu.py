"""CPU time of processes and all that they started, from /proc; elsewhere than on Linux always zero."""

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def available():
    return Path("/proc/self/stat").exists()


def machine():
    """Seconds that all CPUs together have worked since the machine started."""
    if not available():
        return 0
    user, nice, system, _, _, irq, softirq, *_ = (int(ticks) for ticks in Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + irq + softirq) / TICK


def _stat(pid):
    """The fields of proc(5) from the third on, the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def seconds(roots):
    """User and system time, that of children which have ended included."""
    used, parents = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = _stat(folder.name)
        except OSError:
            continue  # it has just ended
        used[int(folder.name)] = sum(int(ticks) for ticks in fields[11:15])
        parents.setdefault(int(fields[1]), []).append(int(folder.name))
    family, queue = set(), list(roots)
    while queue:
        pid = queue.pop()
        if pid not in family:
            family.add(pid)
            queue += parents.get(pid, [])
    return sum(used.get(pid, 0) for pid in family) / TICK
