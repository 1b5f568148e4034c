#!/usr/bin/env python3
"""Runs on Apache Spark are the runs on one machine, to the byte (Z1), also when an executor or the program is killed while it computes.

    python tests/spark/spark.py PROGRAM [--entries N] [--month]

The Python that runs this has pyspark, pandas and pyarrow. Without Java 17 it says so and ends well. `--month` runs the month of the fixtures
alone, for another version of Spark.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "jobs", "spark", "hourbill_spark.py")
DAY = ["--as-of", "2026-11-03"]


def java_version():
    try:
        told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    except OSError:
        return None
    found = re.search(r'version "(\d+)', told)
    return int(found.group(1)) if found else None


def files(folder):
    """Every file below a folder but that of the clock and those that lock."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            if name not in ("timings.json", ".lock"):
                path = os.path.join(place, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = file.read()
    return found


def descendants(pid):
    """Processes below one, by their number."""
    below = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
                below.setdefault(parent, []).append(int(entry))
            except (OSError, IndexError, ValueError):
                continue
    found, open_ = [], [pid]
    while open_:
        for child in below.get(open_.pop(), []):
            found.append(child)
            open_.append(child)
    return found


def kill_an_executor(submitted, folder, killed):
    """Once a part begins to be computed or is done, kills one executor of this run, by its own number."""
    while submitted.poll() is None:
        parts = os.path.join(folder, "parts")
        if os.path.isdir(parts) and os.listdir(parts):
            for pid in descendants(submitted.pid):
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as file:
                        words = file.read().split(b"\0")
                    if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words:
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
                        return
                except OSError:
                    continue
        time.sleep(0.05)


# Dies by its own hand while it computes a part: the first that is computed, or every one.
DYING = """#!/bin/sh
if [ "$1 $2" = "part run" ] && {mkdir}; then
    head -c 2000 > {died}.read
    kill -9 $$
fi
exec {program} "$@"
"""


def that_dies(program, place, always):
    """The program, but for that it dies by a signal; the file that stands once it did."""
    died, kernel = os.path.join(place, "died"), os.path.join(place, "kernel")
    mkdir = f"mkdir -p {died}" if always else f"mkdir {died} 2>/dev/null"
    with open(kernel, "w", encoding="utf-8") as file:
        file.write(DYING.format(mkdir=mkdir, died=died, program=program))
    os.chmod(kernel, 0o755)
    return kernel, died


def on_spark(program, job, parts, kills, flags=()):
    folder = tempfile.mkdtemp(prefix="parts-", dir=os.path.dirname(job))
    os.rmdir(folder)
    words = [os.path.join(os.path.dirname(sys.executable), "spark-submit"), "--master", "local-cluster[2,1,1024]"]
    words += [SCRIPT, job, "--parts", str(parts), "--folder", folder, "--hourbill", program, *DAY, *flags]
    # A machine whose own name leads nowhere runs the test, too.
    here = {"SPARK_LOCAL_HOSTNAME": "localhost", "SPARK_LOCAL_IP": "127.0.0.1"}
    environment = {**os.environ, **here, "PYSPARK_PYTHON": sys.executable}
    log = os.path.join(os.path.dirname(job), "spark.log")
    killed = []
    with open(log, "w+", encoding="utf-8") as out:
        submitted = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, env=environment)
        if kills:
            killer = threading.Thread(target=kill_an_executor, args=(submitted, folder, killed))
            killer.start()
        code = submitted.wait()
        if kills:
            killer.join()
        out.seek(0)
        told = out.read()
    if kills and not killed:
        sys.exit(f"no executor was killed\n{told[-4000:]}")
    return code, told


def same(program, job, parts, kills=False, kernel=None, flags=()):
    """Runs the job on one machine and on Spark, and ends everything where they differ."""
    place, began = os.path.dirname(job), time.monotonic()
    out, one = os.path.join(place, "out"), os.path.join(place, "one")
    if not os.path.isdir(one):
        code = subprocess.run([program, "run", job, *DAY, *flags], stdout=subprocess.DEVNULL, check=False).returncode
        shutil.move(out, one)
        with open(os.path.join(place, "code"), "w", encoding="utf-8") as file:
            file.write(str(code))
    with open(os.path.join(place, "code"), encoding="utf-8") as file:
        expected = int(file.read())
    shutil.rmtree(out, ignore_errors=True)
    code, told = on_spark(kernel or program, job, parts, kills, flags)
    if code != expected:
        sys.exit(f"{job} in {parts} parts ended with exit code {code} instead of {expected}\n{told[-6000:]}")
    here, there = files(one), files(out)
    differ = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    if differ:
        sys.exit(f"{job} in {parts} parts: these files differ: {differ}")
    killed = ", an executor killed" if kills else ", the program killed" if kernel else ""
    print(f"{os.path.basename(place)} in {parts} parts on Spark{killed}: {len(here)} files are the same, "
          f"{time.monotonic() - began:.0f} s", flush=True)


def month(program, folder):
    """The month of the fixtures, without documents of the whole run: those are for one machine."""
    place = os.path.join(folder, "month")
    os.makedirs(os.path.join(place, "in"))
    for name in os.listdir(os.path.join(ROOT, "fixtures", "month")):
        shutil.copy(os.path.join(ROOT, "fixtures", "month", name), os.path.join(place, "in"))
    with open(os.path.join(ROOT, "jobs", "month-end.toml"), encoding="utf-8") as file:
        job = file.read().replace("../fixtures/month/", "in/")
    job = re.sub(r"(?m)^documents = .*$", 'documents = ["json", "pdf", "ubl", "cii", "factur-x"]', job)
    with open(os.path.join(place, "job.toml"), "w", encoding="utf-8") as file:
        file.write(job)
    same(program, os.path.join(place, "job.toml"), 4)


def generated(program, place, entries, *flags):
    """Entries in four files, some of them set aside, repeated or in conflict with others, in any order."""
    words = [program, "generate", "--entries", str(entries), "--parts", "4", "--dirty", "2", "--shuffle", *flags, place]
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    return os.path.join(place, "job.toml")


def on_a_ledger(program, folder):
    """On a ledger on which the month before was posted, from Parquet; the program dies as it computes a part, and is started again."""
    place = os.path.join(folder, "ledger")
    job = generated(program, place, 20_000, "--format", "parquet")
    with open(job, "a", encoding="utf-8") as file:
        file.write('\n[ledger]\ndir = "ledger"\n')
    before = [program, "run", job, *DAY, "--period", "2026-09"]
    if subprocess.run(before, stdout=subprocess.DEVNULL, check=False).returncode not in (0, 1):
        sys.exit("the month before was not run")
    subprocess.run([program, "post", job, "--quiet"], stdout=subprocess.DEVNULL, check=True)
    shutil.rmtree(os.path.join(place, "out"))
    kernel, died = that_dies(program, place, always=False)
    same(program, job, 4, kernel=kernel)
    if not os.path.exists(died):
        sys.exit("the program was not killed")


def nothing_of_the_dead(program, folder):
    """A program that dies each time: the run fails, and nothing is published."""
    place, began = os.path.join(folder, "dead"), time.monotonic()
    job = generated(program, place, 2_000)
    kernel, died = that_dies(program, place, always=True)
    code, told = on_spark(kernel, job, 2, kills=False)
    left = [name for name in files(os.path.join(place, "out")) if "run.json" in name]
    if code == 0 or left or not os.path.exists(died) or "part run" not in told:
        sys.exit(f"a program that dies: exit code {code}, published {left}\n{told[-6000:]}")
    print(f"a program that dies each time: exit code {code}, nothing is published, {time.monotonic() - began:.0f} s")


def main():
    typed = argparse.ArgumentParser()
    typed.add_argument("program")
    typed.add_argument("--entries", type=int, default=200_000)
    typed.add_argument("--month", action="store_true")
    args = typed.parse_args()
    if (java_version() or 0) < 17:
        print("runs on Apache Spark are not tested: Java 17 is not installed here")
        return
    try:
        import pandas  # noqa: F401  # pylint: disable=import-outside-toplevel,unused-import
        import pyarrow  # noqa: F401  # pylint: disable=import-outside-toplevel,unused-import
        import pyspark  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        print(f"runs on Apache Spark are not tested: {error}")
        return
    program = os.path.abspath(args.program)
    print(f"PySpark {pyspark.__version__}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        month(program, folder)
        if args.month:
            return
        job = generated(program, os.path.join(folder, "generated"), args.entries)
        same(program, job, 1)
        same(program, job, 4)
        same(program, job, 16, kills=True)
        on_a_ledger(program, folder)
        nothing_of_the_dead(program, folder)


if __name__ == "__main__":
    main()
