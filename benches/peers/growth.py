#!/usr/bin/env python3
"""Measures `hourbill run` alone on ever larger data: prints a table, and draws wall time and peak memory over the entries.

  growth.py HOURBILL DATA... [--rounds 3] [--svg FILE]

Each DATA is a folder that gen.py made. Both axes are logarithmic; the dashed line is where ten times the entries take ten times as much.
"""

import argparse
import math
import shutil
import statistics
import tempfile
from pathlib import Path

from measure import job, run

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 300, 62, 40, 28
COLOURS = {"csv": "#0b6e4f", "parquet": "#b5541c"}


def entries(data):
    """Entries of a folder, from its Parquet footer."""
    import pyarrow.parquet

    return pyarrow.parquet.ParquetFile(data / "timesheets.parquet").metadata.num_rows


def measured(hourbill, data, form, rounds):
    """Medians of wall seconds, CPU seconds and peak MB."""
    out = Path(tempfile.mkdtemp(dir=data.parent))
    (out / "job.toml").write_text(job(data, form, out / "hourbill"))
    figures = []
    try:
        for _ in range(rounds):
            figures.append(run([hourbill, "run", out / "job.toml", "--quiet"], {0, 1}))
            shutil.rmtree(out / "hourbill", ignore_errors=True)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return [statistics.median(column) for column in zip(*figures)]


def chart(title, unit, series, left):
    """One log-log chart as SVG; series: form -> [(entries, value)]."""
    points = [point for line in series.values() for point in line]
    x0, x1 = (f(math.log10(x) for x, _ in points) for f in (min, max))
    y0 = math.floor(min(math.log10(y) for _, y in points))
    y1 = math.ceil(max(math.log10(y) for _, y in points))
    width = WIDTH / 2 - LEFT - 20
    height = HEIGHT - BOTTOM - TOP
    x = lambda value: left + LEFT + (math.log10(value) - x0) / max(x1 - x0, 1e-9) * width
    y = lambda value: TOP + (y1 - math.log10(value)) / max(y1 - y0, 1e-9) * height
    svg = [f'<text x="{left + LEFT}" y="16" font-weight="bold">{title}</text>']
    for power in range(y0, y1 + 1):
        value, label = 10.0**power, f"{10.0**power:g} {unit}"
        svg.append(f'<path d="M{left + LEFT},{y(value):.1f}h{width:.1f}" stroke="#ddd"/>')
        svg.append(f'<text x="{left + LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{label}</text>')
    for power in range(math.ceil(x0 - 0.01), math.floor(x1 + 0.01) + 1):
        svg.append(
            f'<text x="{x(10.0**power):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">10<tspan dy="-5" '
            f'font-size="9">{power}</tspan></text>'
        )
    first = min(points)
    steps = min(x1 - x0, y1 - math.log10(first[1]))
    svg.append(
        f'<path d="M{x(first[0]):.1f},{y(first[1]):.1f}L{x(first[0] * 10**steps):.1f},{y(first[1] * 10**steps):.1f}" '
        'stroke="#999" stroke-dasharray="4 4" fill="none"/>'
    )
    for form, line in series.items():
        path = "L".join(f"{x(a):.1f},{y(b):.1f}" for a, b in line)
        svg.append(f'<path d="M{path}" stroke="{COLOURS[form]}" stroke-width="2" fill="none"/>')
        svg += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{COLOURS[form]}"/>' for a, b in line]
    return svg


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("hourbill", type=lambda path: Path(path).resolve())
    arguments.add_argument("data", nargs="+", type=lambda path: Path(path).resolve())
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--svg", type=Path)
    given = arguments.parse_args()
    wall, memory = {"csv": [], "parquet": []}, {"csv": [], "parquet": []}
    print("| entries | CSV wall | CPU | memory | Parquet wall | CPU | memory |\n|---|---|---|---|---|---|---|", flush=True)
    for data in sorted(given.data, key=entries):
        rows, cells = entries(data), []
        for form in wall:
            seconds, cpu, peak = measured(given.hourbill, data, form, given.rounds)
            wall[form].append((rows, seconds))
            memory[form].append((rows, peak))
            cells.append(f"{seconds:.2f} s | {cpu:.2f} s | {peak:,.0f} MB")
        print(f"| {rows:,} | {' | '.join(cells)} |", flush=True)
    if given.svg:
        body = chart("wall time", "s", wall, 0) + chart("peak memory", "MB", memory, WIDTH / 2)
        keys = enumerate(COLOURS.items())
        body += [
            f'<text x="{WIDTH / 2 + 10 + 70 * nth}" y="{HEIGHT - 4}" fill="{colour}">{form}</text>' for nth, (form, colour) in keys
        ]
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
        given.svg.write_text("\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *body, "</svg>"]) + "\n")


if __name__ == "__main__":
    main()
