"""The table at the end, the progress on the way, and the JSON with all figures."""

import json
import os
import platform
import statistics
import sys
from dataclasses import asdict

COLUMNS = "{:<22} {:<42} {:>26} {:>26} {:>7} {:>13}  {}"


def progress(round_number, name, result):
    figures = ", ".join(f"{key} {_number(value)}" for key, value in result.items() if isinstance(value, (int, float)) and value)
    failed = " FAILED: " + result["failed"] if "failed" in result else ""
    print(f"round {round_number}  {name:<16} {figures}{failed}", file=sys.stderr, flush=True)


def any_failed(results):
    return any("failed" in result for runs in results.values() for result in runs)


def print_table(options, rows, results):
    print(f"\n{options.rounds} rounds of {options.seconds} s, interleaved; messages of 1 KiB; {os.cpu_count()} CPUs, {platform.machine()}; medians (min–max)\n")
    print(COLUMNS.format("row", "", "ours", "peer", "ratio", "asked [wanted]", ""))
    for row in rows:
        print(COLUMNS.format(*_cells(row, results)))
    for line in _remarks(results):
        print(line)


def _cells(row, results):
    ours, peer = _values(row.ours, results), _values(row.peer, results)
    reached = _reached(row, results)
    ratio = "" if not row.peer or reached is None else f"{reached:+.2f}" if row.difference else f"{reached:.2f}"
    return row.name, row.title, _spread(ours), _spread(peer), ratio, _target(row), _verdict(row, reached)


def _values(value, results):
    """None once a single round failed: what has errors is not measured."""
    if value is None:
        return ()
    runs = results[value.run]
    return None if not runs or any("failed" in result for result in runs) else [result[value.figure] for result in runs]


def _reached(row, results):
    """What is held against the target: the ratio of the medians or their difference, or the median itself."""
    ours, peer = _values(row.ours, results), _values(row.peer, results)
    if ours is None or peer is None:
        return None
    if row.difference:
        return statistics.median(ours) - statistics.median(peer)
    return statistics.median(ours) / (statistics.median(peer) if row.peer else 1)


def _verdict(row, reached):
    if reached is None:
        return "failed"
    if not row.asked:
        return ""  # for information
    return "ok" if (reached <= row.asked if row.less_is_better else reached >= row.asked) else "short"


def _target(row):
    if not row.asked:
        return ""
    return ("≤ " if row.less_is_better else "≥ ") + f"{row.asked:g}" + (f" [{row.wanted:g}]" if row.wanted else "")


def _spread(values):
    if values is None:
        return "failed"
    return f"{_number(statistics.median(values))} ({_number(min(values))}–{_number(max(values))})" if values else ""


def _number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


def _remarks(results):
    found = []
    for name, runs in results.items():
        for number, result in enumerate(runs, 1):
            found += [f"{name}, round {number}: {kind}{result[key]}" for key, kind in (("failed", "failed: "), ("note", "")) if key in result]
    return found


def write_json(options, rows, results):
    """results.json: every figure of every round, and the table's own."""
    table = [{**asdict(row), "reached": (reached := _reached(row, results)), "verdict": _verdict(row, reached)} for row in rows]
    settings = {key: value for key, value in asdict(options).items() if isinstance(value, int)}
    options.work.mkdir(parents=True, exist_ok=True)
    file = options.work / "results.json"
    file.write_text(json.dumps({"settings": settings, "cpus": os.cpu_count(), "rows": table, "runs": results}, indent=2) + "\n")
    print(f"all figures: {file}", file=sys.stderr)
