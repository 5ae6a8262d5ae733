"""Markdown from measurements, and what they were measured on."""

import os
import pathlib
import platform
import re
import statistics

BEGIN, END = "<!-- benchmark -->", "<!-- /benchmark -->"


def case_table(measured, reference):
    """A row a case, a column a contender: the median in milliseconds, and its ratio to the reference."""
    names = list(dict.fromkeys(name for runs in measured.values() for name in runs))
    rows = ["| ms a step, or a call | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for case, runs in measured.items():
        base = statistics.median(runs[reference]) if reference in runs else None
        cells = [_cell(statistics.median(runs[name]), base) for name in names]
        rows.append(f"| {case.title} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _cell(median, base):
    number = f"{median:.3f}" if median < 10 else f"{median:.1f}"
    return number if base is None else f"{number} ({median / base:.2f}x)"


def conditions(versions, rounds, date):
    """The sentence below the tables: when, where, with what, how often."""
    packages = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    threads = os.environ.get("OMP_NUM_THREADS")
    return (
        f"Medians of {rounds} rounds in turn, {date.isoformat()}: {_processor()}, {os.cpu_count()} cores"
        + (f", OMP_NUM_THREADS={threads}" if threads else "")
        + f", Python {platform.python_version()}, {packages}."
    )


def write_into(path, text):
    """Puts the text between the two benchmark marks of a file."""
    content = path.read_text(encoding="utf-8")
    if content.count(BEGIN) != 1 or content.count(END) != 1:
        raise ValueError(f"{path} must hold the marks {BEGIN} and {END} once each")
    before, rest = content.split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def _processor():
    info = pathlib.Path("/proc/cpuinfo")
    match = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return match.group(1).strip() if match else platform.processor() or platform.machine()
