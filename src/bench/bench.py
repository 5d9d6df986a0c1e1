"""Runs the chosen rows of the benchmark in interleaved rounds and prints one table. Started by src/bench/run."""

import fnmatch
import signal
import sys

import report
from options import Options
from rows import ROWS, runs_of
from runs import Runs
from servers import Servers


def chosen(patterns):
    rows = [row for row in ROWS if not patterns or any(fnmatch.fnmatch(row.name, p) for p in patterns)]
    if not rows:
        sys.exit("No such row. There are: " + ", ".join(row.name for row in ROWS))
    return rows


def measure(rows, options):
    """Raw results by name of the run, one entry a round."""
    results = {name: [] for name in runs_of(rows)}
    with Servers(options) as servers:
        runs = Runs(servers, options, results)
        runs.warm_up()
        for round_number in range(1, options.rounds + 1):
            for name in results:
                if round_number > runs.rounds(name):
                    continue
                servers.settle()
                result = servers.watched(lambda: runs.run(name))
                results[name].append(result)
                report.progress(round_number, name, result)
    return results


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = Options.from_environment()
    rows = chosen(sys.argv[1:])
    try:
        results = measure(rows, options)
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    report.write_json(options, rows, results)
    report.print_table(options, rows, results)
    sys.exit(1 if report.any_failed(results) else 0)


if __name__ == "__main__":
    main()
