"""Processor time of everything below a command, by program, and the most memory of each: for Apache Spark, whose executors and workers are processes of their own.

  spark_cpu.py COMMAND...

/proc is looked at ten times a second: what ends between two looks is not counted from the last one on.
"""

import os
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """Parent, start, ticks of processor time and resident pages."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[1]), fields[19], int(fields[11]) + int(fields[12]), int(fields[21])
    except (OSError, IndexError):
        return None


def program(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "?"
    for known in ("CoarseGrainedExecutorBackend", "SparkSubmit", "part rows", "part ids", "part repeats", "part run", "part plan", "part commit"):
        if known in words:
            return known
    return os.path.basename(words.split(" ")[0])


def main():
    started = time.monotonic()
    command = subprocess.Popen(sys.argv[1:])
    ours, seen = {command.pid: None}, {}
    while command.poll() is None:
        found = {int(pid): stat(pid) for pid in os.listdir("/proc") if pid.isdigit()}
        found = {pid: of for pid, of in found.items() if of}
        grew = True
        while grew:
            grew = False
            for pid, (parent, start, _, _) in found.items():
                if parent in ours and ours.get(pid, "") != start:
                    ours[pid], grew = start, True
        for pid in ours.keys() & found.keys():
            _, start, ticks, pages = found[pid]
            if ours[pid] in (None, start):
                known = seen.get((pid, start), (0, 0, ""))
                name = program(pid)
                seen[pid, start] = (ticks, max(known[1], pages), name if name != "?" and name else known[2])
        time.sleep(0.1)
    by_program = {}
    for ticks, pages, name in seen.values():
        processes, sum_, most = by_program.get(name, (0, 0.0, 0))
        by_program[name] = (processes + 1, sum_ + ticks / TICK, max(most, pages))
    for name, (processes, seconds, most) in sorted(by_program.items(), key=lambda of: -of[1][1]):
        print(f"{name:<32} {processes:4} processes {seconds:8.1f} s CPU  most {most * os.sysconf('SC_PAGE_SIZE') / 1e6:6.0f} MB")
    total = sum(seconds for _, seconds, _ in by_program.values())
    print(f"all: {total:.1f} s CPU in {time.monotonic() - started:.0f} s")
    sys.exit(command.returncode)


if __name__ == "__main__":
    main()
