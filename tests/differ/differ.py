#!/usr/bin/env python3
"""Holds hourbill against other readers, from outside: CSV against Python's csv, Parquet against pyarrow, XLSX against openpyxl.

Timesheets are made with all that their format allows, some are damaged, and the program runs on them. What it publishes must be every row that
the other reader finds, with its text and its hours to the microsecond; what it refuses must be refused in words (exit 3), never by a crash.

    differ.py HOURBILL [--seconds 20] [--seed N] [--only csv|parquet|xlsx]

A format whose reader is not installed is skipped aloud. Bytes on which the two differ are kept in fuzz/artifacts/differ.
"""

import argparse
import csv
import io
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

HOUR = Decimal(3_600_000_000)
ORDERS = """order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on
L,S,sale,C,Work,delivered_timesheet,Hours,10,1,EUR,2020-01-01
"""
TICKETS = "ticket_id,customer_id\nT,C\n"
# The header is the first line: what is above a header that hourbill finds further below (F6) would be rows for the other reader.
JOB = """name = "differ"
[inputs]
orders = "orders.csv"
tickets = "tickets.csv"
timesheets = {{ path = "t.{ending}", header_row = 1 }}
[output]
dir = "out"
"""
NASTY = ['"', '""', ",", ";", "\t", "|", "\n", "\r\n", " ", "'", "=1+1", "é", "ß", "漢", "\U0001f600", "\u2028", "\u00a0", "\ufeff", "a", "0", "\\", "#", "N/A", "null", "-"]
BLANKS = " \t\u00a0\r\n"


class Differs(Exception):
    pass


def micros(text):
    """Hours as the contract keeps them: whole microseconds, half away from zero. None for what is no plain decimal."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    return int((value * HOUR).quantize(Decimal(1), ROUND_HALF_UP))


def said(cell):
    """A cell as the contract has it: one of blanks alone is empty, every other text stands as it is."""
    return cell if cell and cell.strip(BLANKS) else ""


class Shop:
    """A job in a folder of its own."""

    def __init__(self, hourbill, ending):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="differ-", dir="/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None))
        self.hourbill, self.file = hourbill, self.folder / f"t.{ending}"
        (self.folder / "orders.csv").write_text(ORDERS)
        (self.folder / "tickets.csv").write_text(TICKETS)
        (self.folder / "job.toml").write_text(JOB.format(ending=ending))

    def run(self, content):
        """Exit code, run.json's control and the billed rows by id; None for both when nothing was published."""
        self.file.write_bytes(content)
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        ran = subprocess.run([self.hourbill, "run", "job.toml", "--all", "--format", "json", "--quiet"], cwd=self.folder, capture_output=True, timeout=120)
        if ran.returncode not in (0, 1, 3):
            raise Differs(f"exit code {ran.returncode}: {ran.stderr.decode(errors='replace')[:400]}")
        if ran.returncode == 3:
            return 3, None, None
        folder = self.folder / json.loads(ran.stdout)["folder"]
        control = json.loads((folder / "run.json").read_text())["control"]
        with (folder / "invoice_entries.csv").open(newline="", encoding="utf-8") as rows:
            billed = {row["timesheet_id"]: (row["description"], micros(row["hours"])) for row in csv.DictReader(rows)}
        return ran.returncode, control, billed

    def done(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def all_billed(rows, billed):
    """Every row that is plainly work of the one order line is billed."""
    for key, of_key in rows.items():
        if len(of_key) != 1:
            continue
        day, hours, line = of_key[0]
        plain = day == "2026-10-05" and line == "L" and hours is not None and HOUR / 100 <= hours <= 24 * HOUR
        if plain and key == key.strip() and key not in billed:
            raise Differs(f"row {key!r} is not billed: {of_key[0]}")


def told(hours):
    """A number as an export to text would have it."""
    return repr(hours) if isinstance(hours, float) else str(hours)


def text(rng):
    return "".join(rng.choice(NASTY) for _ in range(rng.choice([0, 1, 2, 3, 5, 9])))


def damaged(rng, content):
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 4])):
        at = rng.randrange(len(content)) if content else 0
        match rng.randrange(4):
            case 0:
                content[at : at + rng.choice([1, 2, 9])] = b""
            case 1:
                content[at:at] = rng.choice([b'"', b",", b"\n", b"\r\n", b"\x00", b"\xff", b" "])
            case 2:
                content = content[:at]
            case _:
                if content:
                    content[at] ^= 1 << rng.randrange(8)
    return bytes(content)


# CSV


def csv_case(rng, shop):
    delimiter, end = rng.choice(",;\t|"), rng.choice(["\n", "\r\n"])
    out = io.StringIO()
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    names = ["timesheet_id", "date", "hours", "order_line_id", "description", "unknown"]
    rng.shuffle(names)
    writer.writerow(names)
    for number in range(rng.randrange(1, 12)):
        hours = rng.choice(["1", "0.5", "7.25", "1.3333333333333333", "0.0000001", "23.999999", "2.50", "1e-2", f"{rng.random() * 24:.9f}"])
        row = {"timesheet_id": f"T{number}", "date": "2026-10-05", "hours": hours, "order_line_id": "L", "description": text(rng), "unknown": text(rng)}
        writer.writerow([row[name] for name in names])
    content = out.getvalue().encode()
    if rng.random() < 0.2:
        content = b"\xef\xbb\xbf" + content
    if rng.random() < 0.4:
        content = damaged(rng, content)
    return content


def csv_held(content, shop):
    code, control, billed = shop.run(content)
    if code == 3:
        return False
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    bare = decoded.replace("\r\n", "").count("\r")
    if bare or "\0" in decoded:
        return False
    header = decoded.split("\n", 1)[0]
    delimiter = max(",;\t|", key=header.count)
    rows = [row for row in csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter, strict=True) if row]
    names, rows = [name.strip().lower() for name in rows[0]], rows[1:]
    if control["read"]["rows"] != len(rows):
        raise Differs(f"{control['read']['rows']} rows are read, Python's csv finds {len(rows)}")
    seen = {}
    for row in rows:
        if len(row) != len(names):
            continue
        row = dict(zip(names, row))
        seen.setdefault(row.get("timesheet_id", ""), []).append(row)
    for key, (description, hours) in billed.items():
        theirs = seen.get(key, [])
        if not any(said(row.get("description")) == description and micros(row["hours"]) in (hours, None) for row in theirs):
            raise Differs(f"row {key!r} is billed as {(description, hours)}, Python's csv has {theirs}")
    plain = {key: [(row.get("date"), micros(row.get("hours", "")), row.get("order_line_id")) for row in of_key] for key, of_key in seen.items() if key}
    all_billed(plain, billed)
    return True


# Parquet


def parquet_case(rng, pa, pq):
    rows = rng.randrange(1, 40)
    ids = [f"T{number}" for number in range(rows)]
    whole = [rng.randrange(1, 24) for _ in ids]
    kind = rng.choice(["int8", "int64", "uint16", "float32", "float64", "decimal", "text", "dictionary"])
    floats = [rng.choice([0.1, 1 / 3, 7.25, 1.3333333333333333, rng.random() * 23 + 0.001]) for _ in ids]
    hours = {
        "int8": lambda: pa.array(whole, pa.int8()),
        "int64": lambda: pa.array(whole, pa.int64()),
        "uint16": lambda: pa.array(whole, pa.uint16()),
        "float32": lambda: pa.array([round(number * 4) / 4 + 0.25 for number in floats], pa.float32()),
        "float64": lambda: pa.array(floats, pa.float64()),
        "decimal": lambda: pa.array([Decimal(number).quantize(Decimal("0.000001")) for number in floats], pa.decimal128(20, 6)),
        "text": lambda: pa.array([repr(number) for number in floats]),
        "dictionary": lambda: pa.array([repr(number) for number in floats]).dictionary_encode(),
    }[kind]()
    day = date(2026, 10, 5)
    moment = datetime(2026, 10, 5, 9, 30)
    dates = rng.choice([pa.array([day] * rows, pa.date32()), pa.array([day] * rows, pa.date64()), pa.array(["2026-10-05"] * rows)] + [pa.array([moment] * rows, pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")])
    texts = [rng.choice(["", "x", text(rng)]) for _ in ids]
    made = pa.array(texts, rng.choice([pa.string(), pa.large_string()]))
    if rng.random() < 0.3:
        made = made.dictionary_encode()
    table = pa.table({"timesheet_id": ids, "date": dates, "hours": hours, "order_line_id": ["L"] * rows, "description": made})
    out = io.BytesIO()
    pq.write_table(table, out, compression=rng.choice(["none", "snappy", "gzip", "zstd", "lz4"]), row_group_size=rng.choice([1, 7, 1000]), use_dictionary=rng.random() < 0.5, data_page_size=rng.choice([64, 1 << 20]), data_page_version=rng.choice(["1.0", "2.0"]), write_statistics=rng.random() < 0.5)
    content = out.getvalue()
    return damaged(rng, content) if rng.random() < 0.4 else content


def parquet_held(content, shop, pq):
    code, control, billed = shop.run(content)
    try:
        table = pq.read_table(io.BytesIO(content))
        rows = table.to_pylist()
    except Exception:
        return False
    if code == 3:
        return False
    if control["read"]["rows"] != len(rows):
        raise Differs(f"{control['read']['rows']} rows are read, pyarrow finds {len(rows)}")
    seen = {}
    for row in rows:
        seen.setdefault(str(row.get("timesheet_id")), []).append(row)
    for key, (description, hours) in billed.items():
        theirs = [row for row in seen.get(key, []) if said(row.get("description")) == description]
        same = [row for row in theirs if micros(told(row["hours"])) in (hours, None)]
        # A float of 32 bits is told as its own shortest decimal.
        if not same and not (theirs and str(table.schema.field("hours").type) == "float"):
            raise Differs(f"row {key!r} is billed as {(description, hours)}, pyarrow has {seen.get(key)}")
    if all(name in table.schema.names for name in ("date", "hours", "order_line_id")):
        plain = {key: [(str(row["date"])[:10], micros(told(row["hours"])), row["order_line_id"]) for row in of_key] for key, of_key in seen.items()}
        all_billed(plain, billed)
    return True


# XLSX


def xlsx_case(rng, openpyxl):
    book = openpyxl.Workbook(write_only=rng.random() < 0.3)
    sheet = book.create_sheet("t") if book.write_only else book.active
    names = ["timesheet_id", "date", "hours", "order_line_id", "description"]
    sheet.append(names)
    for number in range(rng.randrange(1, 12)):
        hours = rng.choice([1, 0.5, 7.25, 1 / 3, 23.999, rng.random() * 23 + 0.001, "1.5", "0.25"])
        day = rng.choice([date(2026, 10, 5), datetime(2026, 10, 5, 9, 30), "2026-10-05"])
        words = "".join(rng.choice(["a", "é", "漢", "&", "<", ">", '"', "'", " b", "\n", "0", "="]) for _ in range(rng.randrange(1, 6)))
        key = rng.choice([f"T{number}", 1000 + number])
        sheet.append([key, day, hours, "L", "x" + words])
    out = io.BytesIO()
    book.save(out)
    content = out.getvalue()
    return damaged(rng, content) if rng.random() < 0.3 else content


def xlsx_held(content, shop, openpyxl):
    code, control, billed = shop.run(content)
    if code == 3:
        return False
    try:
        sheet = openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
        rows = [row for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row)]
    except Exception:
        return False
    if control["read"]["rows"] != len(rows) - 1:
        raise Differs(f"{control['read']['rows']} rows are read, openpyxl finds {len(rows) - 1}")
    seen = {str(row[0]): row for row in rows[1:]}
    for key, (description, hours) in billed.items():
        row = seen.get(key)
        if row is None or said(row[4]) != description or micros(str(row[2])) not in (hours, None):
            raise Differs(f"row {key!r} is billed as {(description, hours)}, openpyxl has {row}")
    all_billed({key: [(str(row[1])[:10], micros(told(row[2])), row[3])] for key, row in seen.items() if len(row) >= 5}, billed)
    return True


def formats():
    """Name, ending, how to make a file, how to hold it; `None` where the other reader is not installed."""
    yield "csv", "csv", csv_case, csv_held
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq

        yield "parquet", "parquet", lambda rng, shop: parquet_case(rng, pa, pq), lambda content, shop: parquet_held(content, shop, pq)
    except ImportError:
        yield "parquet", "parquet", None, None
    try:
        import openpyxl

        yield "xlsx", "xlsx", lambda rng, shop: xlsx_case(rng, openpyxl), lambda content, shop: xlsx_held(content, shop, openpyxl)
    except ImportError:
        yield "xlsx", "xlsx", None, None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hourbill", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=20, help="for each format")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", choices=["csv", "parquet", "xlsx"])
    args = parser.parse_args()
    hourbill = args.hourbill.resolve()
    seed = args.seed if args.seed is not None else random.randrange(1 << 32)
    kept = pathlib.Path(__file__).resolve().parents[2] / "fuzz/artifacts/differ"
    failed = 0
    for name, ending, make, hold in formats():
        if args.only and name != args.only:
            continue
        if make is None:
            print(f"{name}: SKIPPED, its other reader is not installed for {sys.executable}")
            continue
        shop, rng = Shop(hourbill, ending), random.Random(f"{seed} {name}")
        start, tried, compared = time.monotonic(), 0, 0
        while time.monotonic() - start < args.seconds:
            content = make(rng, shop)
            tried += 1
            try:
                compared += hold(content, shop)
            except (Differs, csv.Error, subprocess.TimeoutExpired) as differs:
                failed += 1
                kept.mkdir(parents=True, exist_ok=True)
                file = kept / f"{name}-{seed}-{tried}.{ending}"
                file.write_bytes(content)
                print(f"{name}: {differs}\n  {file}")
                if failed > 20:
                    break
        shop.done()
        print(f"{name}: {tried} files, {compared} compared row by row, seed {seed}, {time.monotonic() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
