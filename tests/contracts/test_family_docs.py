"""What the docstrings of losses, metrics, optimizers, callbacks and the rest tell; the doctests run the examples."""

import inspect

import pytest

import kerastorch as keras

MODULES = {
    "losses": keras.losses,
    "metrics": keras.metrics,
    "optimizers": keras.optimizers,
    "schedules": keras.optimizers.schedules,
    "callbacks": keras.callbacks,
    "distillation": keras.distillation,
    "saving": keras.saving,
}
PUBLIC = sorted(
    {
        (family, name)
        for family, module in MODULES.items()
        for name, found in vars(module).items()
        if callable(found) and not name.startswith("_") and found.__module__.startswith("kerastorch.")
    }
)


@pytest.mark.parametrize(("family", "name"), PUBLIC)
def test_docstring(family, name):
    found = getattr(MODULES[family], name)
    text = (found.__dict__.get("__doc__") if inspect.isclass(found) else found.__doc__) or ""
    sentence = text.strip().split("\n\n")[0].rstrip()
    assert sentence.endswith((".", ":")), "begins with a sentence, or a formula"
    assert ">>>" in text, "has an example"
    if not inspect.isclass(found):
        return
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    arguments = [p.name for p in inspect.signature(found).parameters.values() if p.kind not in kinds]
    missing = [argument for argument in arguments if argument not in text]
    assert not missing, f"tells the arguments: {missing}"
