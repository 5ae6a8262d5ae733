"""Pictures of models, drawn by pydot and Graphviz."""

import html
import itertools
import os

from kerastorch.core import tree
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.models.functional import Functional
from kerastorch.models.sequential import Sequential

_MISSING = "You must install {what} (`pip install {package}`) for {function} to work."


def model_to_dot(
    model,
    show_shapes=False,
    show_dtype=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    subgraph=False,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """Return a model as a graph of pydot's.

    Args:
        model: A built model.
        show_shapes: Whether boxes show the shapes of inputs and outputs.
        show_dtype: Whether they show the dtype of the output.
        show_layer_names: Whether they show names.
        rankdir: "TB" from top to bottom, "LR" from left to right.
        expand_nested: Whether models inside are drawn with their layers.
        dpi: The resolution.
        subgraph: Whether to return a `pydot.Cluster` instead of a `pydot.Dot`.
        show_layer_activations: Whether boxes show activations.
        show_trainable: Whether they show if the weights are trained.
        splines: The form of the lines: "ortho", "curved", "polyline", "spline", "line".
    """
    if not model.built:
        raise ValueError(
            "This model has not yet been built. Build the model first by calling `build()` or by calling the model on "
            "a batch of data."
        )
    if kwargs.pop("layer_range", None) is not None:
        raise ValueError("Argument `layer_range` is no longer supported.")
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
    pydot = _pydot("model_to_dot")
    if subgraph:
        dot = pydot.Cluster(style="dashed", graph_name=model.name)
        dot.set("label", model.name)
        dot.set("labeljust", "l")
    else:
        dot = pydot.Dot()
        for name, value in (("rankdir", rankdir), ("concentrate", True), ("dpi", dpi), ("splines", splines)):
            dot.set(name, value)
        dot.set_node_defaults(shape="record")
    show = {
        "names": show_layer_names,
        "shapes": show_shapes,
        "dtype": show_dtype,
        "activations": show_layer_activations,
        "trainable": show_trainable,
    }
    _draw(pydot, dot, model, show, expand_nested)
    return dot


def _draw(pydot, dot, model, show, expand):
    """Put the boxes and arrows of a model into a graph; return its first and its last box."""
    if not isinstance(model, (Functional, Sequential)):
        dot.add_node(_box(pydot, model, show))
        return id(model), id(model)
    ends = {}
    layers = model.layers if isinstance(model, Sequential) else list(model.operations)
    for layer in layers:
        if expand and isinstance(layer, (Functional, Sequential)):
            cluster = pydot.Cluster(style="dashed", graph_name=layer.name)
            cluster.set("label", layer.name)
            cluster.set("labeljust", "l")
            ends[id(layer)] = _draw(pydot, cluster, layer, show, expand)
            dot.add_subgraph(cluster)
        else:
            dot.add_node(_box(pydot, layer, show))
            ends[id(layer)] = id(layer), id(layer)
    for before, after in _arrows(model, layers):
        arrow = pydot.Edge(str(ends[id(before)][1]), str(ends[id(after)][0]))
        arrow.set("penwidth", "2")
        if not dot.get_edge(arrow.get_source(), arrow.get_destination()):
            dot.add_edge(arrow)
    return (ends[id(layers[0])][0], ends[id(layers[-1])][1]) if layers else (id(model), id(model))


def _arrows(model, layers):
    """Yield pairs of layers of which the second takes what the first gives."""
    if isinstance(model, Sequential):
        yield from itertools.pairwise(layers)
        return
    makers = {}
    for layer in layers:
        for node in getattr(layer, "_inbound_nodes", ()):
            for x in node.outputs:
                makers[id(x)] = layer
    for node in model._graph.nodes:
        for x in node.input_tensors:
            if id(x) in makers:
                yield makers[id(x)], node.operation


def _box(pydot, layer, show):
    node = pydot.Node(str(id(layer)), label=_label(layer, show))
    for name, value in (("fontname", "Helvetica"), ("border", "0"), ("margin", "0")):
        node.set(name, value)
    return node


def _label(layer, show):
    """The table in a box, as Graphviz writes tables."""
    kind = html.escape(type(layer).__name__)
    cells = []
    if show["shapes"]:
        if kind != "InputLayer":
            cells.append(("white", f"Input shape: <b>{_described(layer, 'input', 'shape')}</b>"))
        cells.append(("white", f"Output shape: <b>{_described(layer, 'output', 'shape')}</b>"))
    if show["dtype"]:
        cells.append(("white", f"Output dtype: <b>{_described(layer, 'output', 'dtype')}</b>"))
    if show["trainable"] and getattr(layer, "weights", None):
        trains = layer.trainable
        text = "Trainable" if trains else "Non-trainable"
        cells.append(("forestgreen" if trains else "firebrick", f"<b>{text}</b>"))
    span = max(1, len(cells))
    title = f"<b>{html.escape(layer.name)}</b> ({kind})" if show["names"] else f"<b>{kind}</b>"
    rows = [_row(span, "black", f'<font point-size="16" color="white">{title}</font>')]
    activation = getattr(layer, "activation", None)
    if show["activations"] and activation is not None:
        name = getattr(activation, "name", None) or getattr(activation, "__name__", str(activation))
        rows.append(
            _row(span, "white", f'<font point-size="14">Activation: <b>{html.escape(name)}</b></font>')
        )
    if cells:
        inside = "".join(
            f'<td bgcolor="{colour}"><font point-size="14" color="{"black" if colour == "white" else "white"}">'
            f"{text}</font></td>"
            for colour, text in cells
        )
        rows.append(f"<tr>{inside}</tr>")
    return f'<<table border="0" cellborder="1" bgcolor="black" cellpadding="10">{"".join(rows)}</table>>'


def _row(span, colour, text):
    return f'<tr><td colspan="{span}" bgcolor="{colour}">{text}</td></tr>'


def _described(layer, which, what):
    try:
        value = tree.map_structure(lambda x: getattr(x, what), getattr(layer, which))
    except (ValueError, AttributeError):
        return "?"
    if isinstance(value, KerasTensor) or value is None:
        return "?"
    if isinstance(value, dict):
        value = ", ".join(f"{key}: {part}" for key, part in value.items())
    return html.escape(str(value).replace("{", "").replace("}", ""))


def plot_model(
    model,
    to_file="model.png",
    show_shapes=False,
    show_dtype=False,
    show_layer_names=False,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """Write the picture of a model to a file; in a notebook, return it too.

    Args:
        model: A built model.
        to_file: The file, whose ending says the format.
        show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi, show_layer_activations, show_trainable,
            splines: See `model_to_dot`.
    """
    if not model.built:
        raise ValueError(
            "This model has not yet been built. Build the model first by calling `build()` or by calling the model on "
            "a batch of data."
        )
    pydot = _pydot("plot_model")
    dot = model_to_dot(
        model,
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        rankdir=rankdir,
        expand_nested=expand_nested,
        dpi=dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
        **kwargs,
    )
    to_file = str(to_file)
    extension = os.path.splitext(to_file)[1][1:]
    try:
        dot.write(to_file if extension else f"{to_file}.png", format=extension or "png")
    except (OSError, pydot.PydotException) as error:
        raise ImportError(
            "You must install graphviz (see instructions at https://graphviz.gitlab.io/download/) for `plot_model` to "
            f"work. ({error})"
        ) from error
    if extension == "pdf":
        return None
    try:
        from IPython import display
    except ImportError:
        return None
    return display.Image(filename=to_file if extension else f"{to_file}.png")


def _pydot(function):
    """Return the module that draws, whatever its name."""
    for name in ("pydot", "pydotplus", "pydot_ng"):
        try:
            return __import__(name)
        except ImportError:
            continue
    raise ImportError(_MISSING.format(what="pydot", package="pydot", function=function))
