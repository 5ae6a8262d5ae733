"""The README's commands are there to be copied: .ci/run runs them, these tests keep them in order."""

import importlib.util
import pathlib
import re

import pytest

import kerastorch as keras

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def commands():
    return re.findall(r"```bash\n(.*?)```", README, re.DOTALL)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_the_code_shown_runs(monkeypatch, capsys, tmp_path):
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    small = (x_train[:1000], y_train[:1000]), (x_test[:100], y_test[:100])
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: small)
    monkeypatch.chdir(tmp_path)
    first, second, third = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(first, names := {})
    assert names["model"].evaluate(*small[1], verbose=0)[1] > 0.5
    torch_line, onnx_line, *_ = third.splitlines()
    exec(torch_line, names)
    if importlib.util.find_spec("onnxscript"):
        exec(onnx_line, names)
    capsys.readouterr()
    exec(second, {})
    assert capsys.readouterr().out == re.search(r"# (tf.Tensor.*)", second).group(1) + "\n"


def test_two_complete_commands_come_first():
    for command in commands()[:2]:
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install -c constraints.txt")
    assert "python -m kerastorch run examples/quickstart_beginner.py" in commands()[0]
    assert "python -m pytest" in commands()[1]


def test_the_name_on_the_public_index_is_never_installed():
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.py")]:
        assert not re.search(r"pip install (-\S+ )*['\"]?kerastorch", path.read_text()), path


def test_links_and_paths_exist():
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (ROOT / target).exists(), target
    for path in set(re.findall(r"\b(?:examples|benchmarks|docs)/\w+\.\w+", README)):
        assert (ROOT / path).exists(), path


def test_the_benchmark_has_its_place():
    assert README.count("<!-- benchmark -->") == README.count("<!-- /benchmark -->") == 1
