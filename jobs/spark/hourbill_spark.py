#!/usr/bin/env python3
"""The run of a job on Apache Spark (PySpark 3.5 and 4.x), with hourbill as its kernel: docs/spark.md has the protocol.

    spark-submit jobs/spark/hourbill_spark.py JOB.toml --parts 16 --folder DIR [--hourbill PROGRAM] [flags of `hourbill part plan`]

Spark schedules, shuffles and tries again. Nothing in here knows what a row means: the kernel reads the files and says of each row to which part it
goes, the rows of a part go to one process, and the receipts of all parts go to one commit. No order of rows is relied on: rows are sorted by
their part alone, so that the parts that share a partition follow each other. The exit code is that of the first step that fails, or of the commit.
"""

import argparse
import json
import os
import subprocess
import sys

import pyarrow as pa
from pyspark.sql import SparkSession

# The columns of the protocol, as Spark writes them.
ROWS = (
    "part int, task int, kind string, input string, file int, row bigint, line bigint, everywhere boolean, repeated boolean, "
    "defect string, record string, no_entry string, cells array<string>, trailer string"
)
RECEIPTS = "receipt string"


class KernelFailed(Exception):
    """Whatever it was, the engine tries again."""


def ids_of(hourbill, folder):
    """Reads the ids of a file; gives back the receipt of a file that is at fault, else nothing."""

    def ids(task):
        words = [hourbill, "part", "ids", folder, "--task", str(task)]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise KernelFailed(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode()

    return ids


def rows_of(hourbill, folder):
    """Hands on the rows of files, as the kernel reads them."""

    def rows(batches):
        for batch in batches:
            for task in batch.column(0).to_pylist():
                words = [hourbill, "part", "rows", folder, "--task", str(task)]
                with subprocess.Popen(words, stdout=subprocess.PIPE) as kernel:
                    try:
                        with pa.ipc.open_stream(kernel.stdout) as stream:
                            yield from stream
                    except pa.ArrowInvalid as error:
                        raise KernelFailed(f"{' '.join(words)}: {error}") from error
                    finally:
                        kernel.stdout.close()
                    if kernel.wait() != 0:
                        raise KernelFailed(f"{' '.join(words)}: exit {kernel.returncode}")

    return rows


class Part:
    """A process that computes a part, while its rows come in."""

    def __init__(self, hourbill, folder, part, schema):
        self.words = [hourbill, "part", "run", folder, "--part", str(part)]
        self.kernel = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.stream = pa.ipc.new_stream(self.kernel.stdin, schema)

    def write(self, batch):
        try:
            self.stream.write_batch(batch)
        except (BrokenPipeError, OSError):
            # Its exit code says why it does not want more.
            self.kernel.wait()
            self.failed()

    def receipt(self):
        try:
            self.stream.close()
            self.kernel.stdin.close()
        except (BrokenPipeError, OSError):
            pass
        told = self.kernel.stdout.read().decode()
        if self.kernel.wait() != 0 or not told.strip():
            self.failed()
        return told.strip()

    def failed(self):
        raise KernelFailed(f"{' '.join(self.words)}: exit {self.kernel.returncode}")

    def stop(self):
        self.kernel.kill()
        self.kernel.wait()


def stretches(batch):
    """The rows of a batch that follow each other and are of one part."""
    parts = batch.column(batch.schema.get_field_index("part")).to_pylist()
    start = 0
    for at in range(1, len(parts) + 1):
        if at == len(parts) or parts[at] != parts[start]:
            yield parts[start], batch.slice(start, at - start)
            start = at


def receipts_of(hourbill, folder):
    """Computes the parts of a partition, one after another."""

    def receipts(batches):
        number, part = None, None
        try:
            for batch in batches:
                for of, rows in stretches(batch):
                    if of != number:
                        if part is not None:
                            yield told(part.receipt())
                        number, part = of, Part(hourbill, folder, of, rows.schema)
                    part.write(rows)
            if part is not None:
                last, part = part, None
                yield told(last.receipt())
        finally:
            if part is not None:
                part.stop()

    def told(receipt):
        return pa.RecordBatch.from_arrays([pa.array([receipt])], names=["receipt"])

    return receipts


def on_driver(words):
    """A step that is no task; ends everything when it fails."""
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return done.stdout


def commit(hourbill, folder, receipts):
    path = os.path.join(folder, "receipts")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{receipt.strip()}\n" for receipt in receipts)
    return subprocess.run([hourbill, "part", "commit", folder, "--receipts", path], check=False).returncode


def main():
    typed = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    typed.add_argument("job")
    typed.add_argument("--parts", type=int, required=True)
    typed.add_argument("--folder", required=True, help="a new folder that every machine reaches")
    typed.add_argument("--hourbill", default="hourbill", help="the program, at the same path on every machine")
    args, flags = typed.parse_known_args()
    hourbill, folder = args.hourbill, os.path.abspath(args.folder)

    plan = [hourbill, "--format", "json", "part", "plan", args.job, "--parts", str(args.parts), "--out", folder, *flags]
    tasks = json.loads(on_driver(plan))["tasks"]
    if tasks == 0:
        sys.exit("the job has no timesheets: `hourbill run` needs no engine for it")

    spark = SparkSession.builder.appName("hourbill").getOrCreate()
    try:
        at_fault = spark.sparkContext.parallelize(range(tasks), tasks).map(ids_of(hourbill, folder)).collect()
        at_fault = [receipt for receipt in at_fault if receipt.strip()]
        if at_fault:
            sys.exit(commit(hourbill, folder, at_fault))
        on_driver([hourbill, "part", "repeats", folder])
        rows = spark.range(0, tasks, 1, tasks).mapInArrow(rows_of(hourbill, folder), ROWS)
        # By the number that is stored with the row: a task that is tried again sends it to the same place.
        parts = rows.repartition(args.parts, "part").sortWithinPartitions("part")
        receipts = parts.mapInArrow(receipts_of(hourbill, folder), RECEIPTS).collect()
    finally:
        spark.stop()
    sys.exit(commit(hourbill, folder, [row.receipt for row in receipts]))


if __name__ == "__main__":
    main()
