"""Config, get_source_inputs, pictures of models."""

import pickle
import sys
import types

import pytest

import kerastorch as keras


def test_config():
    config = keras.utils.Config(rate=0.1)
    config.momentum = 0.9
    config["seed"] = 1
    assert list(config) == ["momentum", "rate", "seed"] and len(config) == 3 and "seed" in config
    assert config.to_json() == '{"rate": 0.1, "momentum": 0.9, "seed": 1}'
    assert config.get("x", 5) == 5 and config.pop("seed") == 1
    with pytest.raises(AttributeError, match=r"Unknown attribute: 'momentun'. Did you mean 'momentum'?"):
        _ = config.momentun
    config.freeze()
    copied = pickle.loads(pickle.dumps(config))
    assert copied.frozen and copied.as_dict() == config.as_dict()
    for change in (lambda: config.pop("rate"), lambda: config.update(a=1), lambda: setattr(config, "b", 1)):
        with pytest.raises(ValueError, match="config is frozen"):
            change()
    config.unfreeze()
    config.update(rate=2)
    assert config.rate == 2 and repr(config) == "<Config {'rate': 2, 'momentum': 0.9}>"


def test_source_inputs():
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    y = keras.layers.Add()([keras.layers.Dense(2)(a), b, a])
    assert {x.name for x in keras.utils.get_source_inputs(y)} == {"a", "b"}
    assert keras.utils.get_source_inputs(a) == [a]


class _Part:
    """What the drawing of a model needs of pydot."""

    def __init__(self, *args, **options):
        self.args, self.options, self.nodes, self.edges, self.parts = args, options, [], [], []

    def set(self, name, value):
        self.options[name] = value

    set_node_defaults = lambda self, **options: None  # noqa: E731
    add_node = lambda self, node: self.nodes.append(node)  # noqa: E731
    add_edge = lambda self, edge: self.edges.append(edge.args)  # noqa: E731
    add_subgraph = lambda self, part: self.parts.append(part)  # noqa: E731
    get_edge = lambda self, a, b: [e for e in self.edges if e == (a, b)]  # noqa: E731
    get_source = lambda self: self.args[0]  # noqa: E731
    get_destination = lambda self: self.args[1]  # noqa: E731


def test_models_are_drawn(monkeypatch):
    names = dict.fromkeys(("Dot", "Node", "Edge", "Cluster"), _Part)
    monkeypatch.setitem(sys.modules, "pydot", types.SimpleNamespace(**names))
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3), keras.layers.ReLU()])
    x = keras.Input((3,), name="x")
    y = keras.layers.Dense(3, activation="relu", name="first")(x)
    model = keras.Model(x, keras.layers.Add()([inner(y), y]))
    options = dict(show_shapes=True, show_dtype=True, show_layer_activations=True, show_trainable=True)
    dot = keras.utils.model_to_dot(model, **options)
    assert len(dot.nodes) == 4 and len(dot.edges) == 4
    label = next(n.options["label"] for n in dot.nodes if "first" in n.options["label"])
    for text in ("<b>first</b> (Dense)", "Activation: <b>relu</b>", "(None, 3)", "Trainable", "float32"):
        assert text in label
    dot = keras.utils.model_to_dot(model, expand_nested=True)
    assert len(dot.parts) == 1 and len(dot.parts[0].nodes) == 2 and len(dot.edges) == 4


def test_drawing_needs_pydot_and_a_built_model(monkeypatch):
    for name in ("pydot", "pydotplus", "pydot_ng"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ValueError, match="This model has not yet been built"):
        keras.utils.plot_model(keras.Sequential([keras.layers.Dense(1)]))
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(ImportError, match=r"You must install pydot \(`pip install pydot`\)"):
        keras.utils.plot_model(model)
