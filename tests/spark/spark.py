#!/usr/bin/env python3
"""Runs on Apache Spark are the runs on one machine, to the byte (Z1), also when an executor is killed while it computes.

    python tests/spark/spark.py PROGRAM [--entries N]

The Python that runs this has pyspark, pandas and pyarrow. Without Java 17 it says so and ends well.
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


def on_spark(program, job, parts, kills):
    folder = tempfile.mkdtemp(prefix="parts-", dir=os.path.dirname(job))
    os.rmdir(folder)
    words = [os.path.join(os.path.dirname(sys.executable), "spark-submit"), "--master", "local-cluster[2,1,1024]"]
    words += [SCRIPT, job, "--parts", str(parts), "--folder", folder, "--hourbill", program, *DAY]
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


def same(program, job, parts, kills=False):
    """Runs the job on one machine and on Spark, and ends everything where they differ."""
    place, began = os.path.dirname(job), time.monotonic()
    out, one = os.path.join(place, "out"), os.path.join(place, "one")
    if not os.path.isdir(one):
        code = subprocess.run([program, "run", job, *DAY], stdout=subprocess.DEVNULL, check=False).returncode
        shutil.move(out, one)
        with open(os.path.join(place, "code"), "w", encoding="utf-8") as file:
            file.write(str(code))
    with open(os.path.join(place, "code"), encoding="utf-8") as file:
        expected = int(file.read())
    shutil.rmtree(out, ignore_errors=True)
    code, told = on_spark(program, job, parts, kills)
    if code != expected:
        sys.exit(f"{job} in {parts} parts ended with exit code {code} instead of {expected}\n{told[-6000:]}")
    here, there = files(one), files(out)
    differ = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    if differ:
        sys.exit(f"{job} in {parts} parts: these files differ: {differ}")
    killed = ", an executor killed" if kills else ""
    print(f"{os.path.basename(place)} in {parts} parts on Spark{killed}: {len(here)} files are the same, "
          f"{time.monotonic() - began:.0f} s")


def main():
    typed = argparse.ArgumentParser()
    typed.add_argument("program")
    typed.add_argument("--entries", type=int, default=200_000)
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
    print(f"PySpark {pyspark.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        month = os.path.join(folder, "month")
        os.makedirs(os.path.join(month, "in"))
        for name in os.listdir(os.path.join(ROOT, "fixtures", "month")):
            shutil.copy(os.path.join(ROOT, "fixtures", "month", name), os.path.join(month, "in"))
        with open(os.path.join(ROOT, "jobs", "month-end.toml"), encoding="utf-8") as file:
            job = file.read().replace("../fixtures/month/", "in/")
        # Documents of the whole run are for one machine.
        job = re.sub(r"(?m)^documents = .*$", 'documents = ["json", "pdf", "ubl", "cii", "factur-x"]', job)
        with open(os.path.join(month, "job.toml"), "w", encoding="utf-8") as file:
            file.write(job)
        same(program, os.path.join(month, "job.toml"), 4)
        generated = os.path.join(folder, "generated")
        words = [program, "generate", "--entries", str(args.entries), "--parts", "4", generated]
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
        job = os.path.join(generated, "job.toml")
        same(program, job, 1)
        same(program, job, 4)
        same(program, job, 16, kills=True)


if __name__ == "__main__":
    main()
