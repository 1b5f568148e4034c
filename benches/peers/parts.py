#!/usr/bin/env python3
"""Measures a run in parts without an engine, step by step, beside `hourbill run` on the same files.

  parts.py HOURBILL DATA [--format csv|parquet] [--parts 8] [--tasks]

HOURBILL is a release build, DATA a folder that gen.py made, whose timesheets may also stand in several files (timesheets-*.csv). Prints of each
step the processes, their processor time, that by entry, and the most memory of one; then compares the two runs file by file. `--tasks` takes the
steps of an engine (`ids`, `repeats`, `rows`, with the streams in a pipe to nowhere) before `split`, to see what each costs; the sum has `split` alone.
"""

import argparse
import filecmp
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import job, run


class Step:
    """Processes that do the same, one after another."""

    def __init__(self, name):
        self.name, self.processes, self.seconds, self.last, self.longest, self.memory = name, 0, 0.0, 0.0, 0.0, 0.0

    def run(self, command, out=subprocess.DEVNULL, allowed=(0,)):
        _, seconds, memory = run(command, allowed, out)
        self.processes += 1
        self.seconds += seconds
        self.last = seconds
        self.longest = max(self.longest, seconds)
        self.memory = max(self.memory, memory)
        return self

    def told(self, entries):
        by_entry = self.seconds / entries * 1e6
        print(f"| `{self.name}` | {self.processes} | {self.seconds:.1f} s | {by_entry:.2f} us | {self.longest:.1f} s "
              f"| {self.memory:.0f} MB |", flush=True)
        return self.seconds


def files(folder):
    """Every file below a folder but that of the clock and those that lock."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name not in ("timings.json", ".lock"))
    return {str(path.relative_to(folder)): path for path in found}


def in_parts(hourbill, place, given, entries):
    """The processor time of all steps."""
    parts, total = place / "parts", 0.0
    plan = [hourbill, "part", "plan", place / "job.toml", "--as-of", "2026-11-03", "--parts", str(given.parts), "--out", parts]
    total += Step("part plan").run(plan).told(entries)
    tasks = json.loads((parts / "plan.json").read_text())["tasks"]
    if given.tasks:
        step = Step("part ids")
        for task in range(tasks):
            step.run([hourbill, "part", "ids", parts, "--task", str(task)])
        step.told(entries)
        Step("part repeats").run([hourbill, "part", "repeats", parts]).told(entries)
        step = Step("part rows")
        for task in range(tasks):
            step.run([hourbill, "part", "rows", parts, "--task", str(task)])
        step.told(entries)
    total += Step("part split").run([hourbill, "part", "split", parts]).told(entries)
    streams = sum(path.stat().st_size for path in (parts / "streams").iterdir())
    receipts, step, told = place / "receipts", Step("part run"), []
    with open(receipts, "wb") as out:
        for part in range(1, given.parts + 1):
            step.run([hourbill, "part", "run", parts, "--part", str(part), "--split"], out)
            if given.each:
                receipt = json.loads(receipts.read_text().splitlines()[-1])
                told.append(f"part {part}: {sum(of['rows'] for of in receipt['done']['control']['dispositions'].values())} rows, {step.last:.1f} s")
    total += step.told(entries)
    print("\n".join(told), end="\n" if told else "")
    commit = [hourbill, "part", "commit", parts, "--receipts", receipts]
    total += Step("part commit").run(commit, allowed=(0, 1)).told(entries)
    print(f"all steps: {total:.1f} s, {total / entries * 1e6:.2f} us an entry; streams: {streams / entries:.0f} bytes an entry")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("hourbill", type=lambda path: Path(path).resolve())
    arguments.add_argument("data", type=lambda path: Path(path).resolve())
    arguments.add_argument("--format", choices=["csv", "parquet"], default="csv")
    arguments.add_argument("--parts", type=int, default=8)
    arguments.add_argument("--tasks", action="store_true")
    arguments.add_argument("--each", action="store_true", help="rows and processor time of each part")
    given = arguments.parse_args()
    place = Path(tempfile.mkdtemp(dir=given.data.parent))
    try:
        (place / "job.toml").write_text(job(given.data, given.format, "out"))
        print("| step | processes | processor time | an entry | longest | most memory of one |\n|---|---|---|---|---|---|")
        one = Step("run").run([given.hourbill, "run", place / "job.toml", "--as-of", "2026-11-03"], allowed=(0, 1))
        (place / "out").rename(place / "one")
        entries = json.loads(next((place / "one").rglob("run.json")).read_text())["control"]["read"]["rows"]
        one.told(entries)
        in_parts(given.hourbill, place, given, entries)
        here, there = files(place / "one"), files(place / "out")
        differ = [name for name in here.keys() | there.keys() if not (name in here and name in there and filecmp.cmp(here[name], there[name], shallow=False))]
        if differ:
            sys.exit(f"these files differ: {sorted(differ)}")
        print(f"{len(here)} files are the same")
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
