"""The benchmark's own arithmetic; .ci/run runs it for a moment."""

import datetime
import importlib
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module


def test_table_and_conditions(benchmark):
    cases, report = benchmark("cases"), benchmark("report")
    measured = {cases.CASES[0]: {"tuned": [2.0, 1.0, 9.0], "ours": [3.0, 2.5, 2.0]}}
    assert report.case_table(measured, "tuned") == (
        "| ms a step, or a call | tuned | ours |\n|---|---:|---:|\n"
        "| Train the quickstart model, batch 32 | 2.000 (1.00x) | 2.500 (1.25x) |"
    )
    text = report.conditions({"torch": "2.13"}, 3, datetime.date(2026, 1, 2))
    assert text.startswith("Medians of 3 rounds in turn, 2026-01-02: ") and text.endswith("torch 2.13.")


def test_the_readme_is_filled_between_the_marks(benchmark, tmp_path):
    report = benchmark("report")
    path = tmp_path / "README.md"
    path.write_text("before\n<!-- benchmark -->\nold\n<!-- /benchmark -->\nafter\n")
    report.write_into(path, "new")
    report.write_into(path, "new")
    assert path.read_text() == "before\n<!-- benchmark -->\nnew\n<!-- /benchmark -->\nafter\n"
    path.write_text("no marks")
    with pytest.raises(ValueError, match="must hold the marks"):
        report.write_into(path, "new")


def test_cases(benchmark):
    cases = benchmark("cases")
    assert len({case.name for case in cases.CASES}) == len(cases.CASES)
    quickstart = cases.CASES[0]
    assert (quickstart.steps, quickstart.quick().steps) == (1875, 10)
    x, y = cases.data(quickstart.quick())
    assert x.shape == (320, 28, 28) and x.dtype == "float64" and y.shape == (320,)
