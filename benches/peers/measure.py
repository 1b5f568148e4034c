#!/usr/bin/env python3
"""Measures `hourbill run` beside DuckDB and Polars on the same data, in turn, and prints medians, peak memory and ratios.

  measure.py HOURBILL DATA [--format csv|parquet] [--rounds 3] [--alone]

HOURBILL is a release build, DATA a folder that gen.py made. Every round runs each program once, as a whole process on warm files, and throws
away what it wrote; `--alone` leaves the peers out. The peers do less: see README.md.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent

JOB = """\
name = "peers"
[inputs]
tickets = "{data}/tickets.{format}"
timesheets = "{timesheets}"
orders = {{ path = "{data}/orders.{format}", columns = {{ state = "order_state", invoiced_qty = "qty_invoiced" }} }}
[period]
month = "2026-10"
[output]
dir = "{out}"
tables = ["{format}"]
"""


def job(data, form, out):
    """The job for a folder that gen.py made, whose timesheets may stand in several files."""
    several = list(data.glob(f"timesheets-*.{form}"))
    timesheets = data / f"timesheets{'-*' if several else ''}.{form}"
    return JOB.format(data=data, format=form, timesheets=timesheets, out=out)


def run(command, allowed, out=subprocess.DEVNULL):
    """Wall seconds, CPU seconds and peak memory in MB of a process."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) not in allowed:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{told.decode(errors='replace')}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("hourbill")
    arguments.add_argument("data", type=lambda path: Path(path).resolve())
    arguments.add_argument("--format", choices=["csv", "parquet"], default="csv")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--alone", action="store_true")
    given = arguments.parse_args()
    out = Path(tempfile.mkdtemp(dir=given.data.parent))
    (out / "job.toml").write_text(job(given.data, given.format, out / "hourbill"))
    commands = {"hourbill": ([given.hourbill, "run", out / "job.toml", "--quiet"], {0, 1})}
    if not given.alone:
        for peer in ("duckdb", "polars"):
            script = HERE / f"peer_{peer}.py"
            commands[peer] = ([sys.executable, script, given.data, given.format, out / peer], {0})
    figures = {name: [] for name in commands}
    try:
        for _ in range(given.rounds):
            for name, (command, allowed) in commands.items():
                figures[name].append(run(command, allowed))
                shutil.rmtree(out / name, ignore_errors=True)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    medians = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in figures.items()}
    best = min((wall for name, (wall, *_) in medians.items() if name != "hourbill"), default=None)
    print(f"{given.data.name}, {given.format}, medians of {given.rounds}")
    for name, (wall, cpu, memory) in medians.items():
        ratio = f"  {wall / best:5.2f} x the best peer" if best else ""
        print(f"  {name:<9} {wall:7.2f} s  {cpu:7.2f} s CPU  {memory:7.0f} MB{ratio}")


if __name__ == "__main__":
    main()
