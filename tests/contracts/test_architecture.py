"""Rules that hold for the whole tree: who imports whom, where imports stand, how long files are."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[2]
FILES = sorted(path for package in ("kerastorch", "compat") for path in (ROOT / package).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in FILES]

# Each level imports only what stands before it, or beside it on the same level.
LEVELS = [
    {"core", "version"},
    {"random", "tree", "config"},
    {"ops"},
    {"activations", "initializers", "regularizers", "constraints", "dtype_policies", "quantizers"},
    {"losses", "metrics", "optimizers"},
    {"layers"},
    {"callbacks"},
    {"training"},
    {"models"},
    {"saving"},
    {"export", "mixed_precision", "distribution", "applications", "datasets", "utils"}
    | {"preprocessing", "legacy", "backend", "wrappers", "distillation", "visualization"},
    {"migrate", "as_tensorflow"},
]
# What is allowed against the direction: the package's own face, and its command line.
TOP = {"__init__", "__main__"}


def level_of(name):
    for index, names in enumerate(LEVELS):
        if name in names:
            return index
    raise AssertionError(f"kerastorch/{name} has no level: add it to LEVELS in {__file__}")


def imports(tree):
    """Yield (node, module) of each absolute import in a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node, node.module
            if node.module in ("kerastorch", "compat"):
                for alias in node.names:
                    yield node, f"{node.module}.{alias.name}"


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_imports_go_one_way(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    wrong = []
    for _, module in imports(parse(path)):
        root, *rest = module.split(".")
        if parts[0] == "kerastorch" and root in ("compat", "keras", "tensorflow", "tf_keras"):
            wrong.append(module)
        inside = parts[0] == "kerastorch" and root == "kerastorch" and rest and parts[1] not in TOP
        if inside and level_of(rest[0]) > level_of(parts[1]):
            wrong.append(module)
        if parts[0] == "compat" and root in ("keras", "tensorflow", "tf_keras"):
            wrong.append(module)
    assert not wrong, f"{path.name} imports what stands to its right: {sorted(set(wrong))}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_own_packages_are_imported_at_the_top(path):
    inner = []
    for function in ast.walk(parse(path)):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for node, module in imports(function):
                if module.split(".")[0] in ("kerastorch", "compat"):
                    inner.append(f"line {node.lineno}: {module}")
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom) and node.level:
                    inner.append(f"line {node.lineno}: relative import")
    assert not inner, f"imports of the library inside functions: {inner}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_are_one_idea(path):
    assert path.read_text(encoding="utf-8").count("\n") <= 600


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"], ids=lambda p: p.parent.name)
def test_init_files_only_list_names(path):
    if path.parent in (ROOT / "kerastorch", ROOT / "compat"):
        pytest.skip("the two packages' own faces also set versions and register")
    other = [
        node for node in parse(path).body if not isinstance(node, (ast.ImportFrom, ast.Import, ast.Expr))
    ]
    assert not [node for node in other if not isinstance(node, ast.Assign)], (
        f"{path} does more than list names"
    )


def test_nothing_is_imported_twice_over():
    """The oracles and heavy packages stay out of an import of the library."""
    heavy = {"pandas", "matplotlib", "torchvision", "tensorflow", "keras", "sklearn", "PIL"}
    at_top = []
    for path in FILES:
        for node in parse(path).body:
            if isinstance(node, ast.Import):
                at_top += [f"{path}: {a.name}" for a in node.names if a.name.split(".")[0] in heavy]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module.split(".")[0] in heavy:
                at_top.append(f"{path}: {node.module}")
    assert not at_top
