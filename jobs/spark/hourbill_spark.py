#!/usr/bin/env python3
"""The run of a job on Apache Spark (PySpark 3.5 and 4.x), with hourbill as its kernel: docs/spark.md has the protocol.

    spark-submit jobs/spark/hourbill_spark.py JOB.toml --parts 16 --folder DIR [--hourbill PROGRAM] [flags of `hourbill part plan`]

Spark schedules, shuffles and tries again. Nothing in here knows what a row means: the kernel reads the files and says of each row to which part it
goes, the rows of a part go to one process, and the receipts of all parts go to one commit. No order of rows is relied on: they are sorted by
their part alone, so that the parts that share a partition follow each other. The exit code is that of the first step that fails, or of the commit.
"""

import argparse
import json
import os
import subprocess
import sys

import pyarrow as pa
from pyspark.sql import SparkSession

# What Spark moves: the batches of the kernel, each of rows of one part, as one value each, so that what it does for a value costs next to nothing.
PACKS = "part int, rows binary"
RECEIPTS = "receipt string"
# Of values of a megabyte Spark hands few to Python at a time.
PACKS_AT_A_TIME = 16


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

    def of_task(task):
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

    def rows(batches):
        for batch in batches:
            for task in batch.column(0).to_pylist():
                yield from map(pack, of_task(task))

    return rows


def pack(rows):
    """A batch of rows, which are of one part, as one value beside the number of that."""
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
        stream.write_batch(rows)
    part, packed = rows.column(rows.schema.get_field_index("part"))[0].as_py(), out.getvalue().to_pybytes()
    return pa.RecordBatch.from_arrays([pa.array([part], pa.int32()), pa.array([packed], pa.binary())], names=["part", "rows"])


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


def receipts_of(hourbill, folder):
    """Computes the parts of a partition, one after another."""

    def receipts(batches):
        number, part = None, None
        try:
            for batch in batches:
                for of, rows in zip(batch.column(0).to_pylist(), batch.column(1)):
                    with pa.ipc.open_stream(rows.as_buffer()) as stream:
                        if of != number:
                            if part is not None:
                                yield told(part.receipt())
                            number, part = of, Part(hourbill, folder, of, stream.schema)
                        for some in stream:
                            part.write(some)
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
    try:
        done = subprocess.run(words, check=False)
    except OSError as error:
        sys.exit(f"{words[0]}: {error.strerror}")
    if done.returncode != 0:
        sys.exit(done.returncode)


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
    folder, hourbill = os.path.abspath(args.folder), args.hourbill
    if os.path.dirname(hourbill):
        # Executors work in folders of their own.
        hourbill = os.path.abspath(hourbill)

    on_driver([hourbill, "part", "plan", args.job, "--parts", str(args.parts), "--out", folder, *flags])
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as plan:
        tasks = json.load(plan)["tasks"]
    if tasks == 0:
        sys.exit("the job has no timesheets: `hourbill run` needs no engine for it")

    spark = SparkSession.builder.appName("hourbill").getOrCreate()
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", PACKS_AT_A_TIME)
    try:
        at_fault = spark.sparkContext.parallelize(range(tasks), tasks).map(ids_of(hourbill, folder)).collect()
        at_fault = [receipt for receipt in at_fault if receipt.strip()]
        if at_fault:
            sys.exit(commit(hourbill, folder, at_fault))
        on_driver([hourbill, "part", "repeats", folder])
        rows = spark.range(0, tasks, 1, tasks).mapInArrow(rows_of(hourbill, folder), PACKS)
        # By the number that is stored with the rows: a task that is tried again sends it to the same place.
        parts = rows.repartition(args.parts, "part").sortWithinPartitions("part")
        receipts = parts.mapInArrow(receipts_of(hourbill, folder), RECEIPTS).collect()
    finally:
        spark.stop()
    sys.exit(commit(hourbill, folder, [row.receipt for row in receipts]))


if __name__ == "__main__":
    main()
