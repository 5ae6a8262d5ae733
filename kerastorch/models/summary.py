"""`model.summary()`: a table of layers, output shapes and parameters."""

import re
import shutil

from kerastorch.core import settings, tree

_UNITS = ("KB", "MB", "GB", "TB", "PB")


def memory_text(size):
    """Return a number of bytes as text.

    >>> from kerastorch.models.summary import memory_text
    >>> memory_text(300), memory_text(407080)
    ('300.00 B', '397.54 KB')
    """
    value, unit = float(size), "B"
    for larger in _UNITS:
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.2f} {unit}"


def _bold(text, color=None):
    return f"[bold][color({color})]{text}[/][/]" if color else f"[bold]{text}[/]"


def _number(text):
    return f"[color(34)]{text}[/]"


def _shape_text(shape):
    return (
        "("
        + ", ".join("[color(45)]None[/]" if size is None else _number(str(size)) for size in shape)
        + (",)" if len(shape) == 1 else ")")
    )


def _output_text(layer):
    """Return the output shapes of a layer, or "?" before it was ever called."""
    nodes = layer._inbound_nodes
    if nodes:
        shapes = [_shape_text(x.shape) for x in nodes[-1].outputs]
    elif getattr(layer, "_symbols", None) is not None:
        shapes = _shape_text(layer.output_shape)
    else:
        shapes = layer.__dict__.get("_called_shapes") or list(
            (getattr(layer, "_build_shapes", None) or {}).values()
        )
        if not shapes:
            return "?"
        shape = layer.compute_output_shape(*shapes)
        shapes = tree.map_structure_up_to(_up_to_shapes(shape), _shape_text, shape)
    flat = tree.flatten(shapes)
    return flat[0] if len(flat) == 1 else str(shapes).replace("'", "")


def _up_to_shapes(structure):
    if isinstance(structure, tuple) and all(size is None or isinstance(size, int) for size in structure):
        return 0
    if isinstance(structure, dict):
        return {key: _up_to_shapes(x) for key, x in structure.items()}
    return type(structure)(_up_to_shapes(x) for x in structure)


def _is_stack(model):
    """Tell whether the layers are a plain stack, which needs no column of connections."""
    graph = getattr(model, "_graph", None)
    if graph is None:
        return True
    if len(graph.inputs) > 1 or any(len(node.input_tensors) > 1 for node in graph.nodes):
        return False
    counts = {}
    for node in graph.nodes:
        for x in node.input_tensors:
            counts[id(x)] = counts.get(id(x), 0) + 1
    operations = [id(node.operation) for node in graph.nodes]
    return all(count == 1 for count in counts.values()) and len(set(operations)) == len(operations)


def _connections(layer, model):
    own = {id(node) for node in model._graph.nodes}
    parts = []
    for node in layer._inbound_nodes:
        if id(node) in own:
            for x in node.input_tensors:
                history = x._keras_history
                parts.append(
                    f"{history.operation.name}[{_number(history.node_index)}][{_number(history.tensor_index)}]"
                )
    return ", ".join(parts) or "-"


def _count(variables):
    unique = {id(v): v for v in variables}.values()
    return sum(v.numel() for v in unique), sum(v.numel() * v.element_size() for v in unique)


def _range(layers, layer_range):
    if layer_range is None:
        return layers
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(
            f"layer_range must be a list or tuple of two strings. Received: layer_range = {layer_range}"
        )
    first, last = (
        [i for i, layer in enumerate(layers) if re.match(name, layer.name)] for name in layer_range
    )
    if not first or not last:
        raise ValueError(
            f"Passed layer_names do not match the layer names in the model. Received: {layer_range}"
        )
    start, end = sorted([min(first), max(last)]) if min(first) <= max(last) else (min(last), max(first))
    return layers[start : end + 1]


def print_summary(
    model,
    line_length=None,
    positions=None,
    print_fn=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
):
    """Print the table; the arguments are those of `Model.summary`."""
    stack = _is_stack(model)
    layers = model.operations if hasattr(model, "_graph") else model.layers
    if stack:
        length, positions = 88, positions or [0.45, 0.80, 1.0]
        header, alignment = ["Layer (type)", "Output Shape", "Param #"], ["left", "left", "right"]
    else:
        length, positions = 108, positions or [0.3, 0.56, 0.74, 1.0]
        header = ["Layer (type)", "Output Shape", "Param #", "Connected to"]
        alignment = ["left", "left", "right", "left"]
    if show_trainable:
        length += 12
        positions = [p * 0.90 for p in positions] + [1.0]
        header, alignment = [*header, "Trainable"], [*alignment, "center"]
    length = line_length or min(length, shutil.get_terminal_size().columns - 4)
    import rich.table

    table = rich.table.Table(*_columns(header, alignment, positions, length), width=length, show_lines=True)

    def add(layer, level):
        table.add_row(*_fields(layer, level, model, stack, show_trainable))
        if expand_nested and getattr(layer, "layers", None):
            for inner in layer.layers:
                add(inner, level + 1)

    for layer in _range(layers, layer_range):
        add(layer, 0)
    _print(model, table, print_fn)


def _columns(header, alignment, positions, length):
    import rich.table

    columns, current = [], 0
    for name, side, position in zip(header, alignment, positions):
        width = int(position * length) - current if position <= 1 else int(position) - current
        if width < 4:
            raise ValueError("Insufficient console width to print summary.")
        current += width
        columns.append(rich.table.Column(name, justify=side, width=width))
    return columns


def _fields(layer, level, model, stack, show_trainable):
    import rich.markup

    prefix = "   " * level + "└ " if level else ""
    kind = getattr(layer, "class_name", None) or type(layer).__name__
    name = f"{rich.markup.escape(prefix + layer.name)} ([color(33)]{rich.markup.escape(kind)}[/])"
    if not hasattr(layer, "built"):
        params = _number(0)
    elif not layer.built:
        params = f"{_number(0)} (unbuilt)"
    else:
        params = _number(f"{layer.count_params():,}")
    fields = [name, _output_text(layer), params]
    if not stack:
        fields.append(_connections(layer, model) if level == 0 else "-")
    if show_trainable:
        weights = getattr(layer, "weights", ())
        fields.append((_bold("Y", 34) if layer.trainable else _bold("N", 9)) if weights else _bold("-"))
    return fields


def _print(model, table, print_fn):
    import rich.console
    import rich.markup

    lines = []
    trainable, non_trainable = _count(model.trainable_weights), _count(model.non_trainable_weights)
    optimizer = model.optimizer if model.compiled else None
    built = optimizer is not None and getattr(optimizer, "built", False)
    extra = _count(optimizer.variables) if built else (0, 0)
    total = tuple(map(sum, zip(trainable, non_trainable, extra)))
    rows = [("Total", total), ("Trainable", trainable), ("Non-trainable", non_trainable)]
    for title, (count, size) in [*rows, *([("Optimizer", extra)] if built else [])]:
        lines.append(f"{_bold(f' {title} params: ')}{_number(f'{count:,}')} ({memory_text(size)})")
    captured = print_fn is not None or not settings.is_interactive_logging_enabled()
    console = (
        rich.console.Console(highlight=False, force_terminal=False, color_system=None)
        if captured
        else rich.console.Console(highlight=False)
    )
    if captured:
        console.begin_capture()
    console.print(_bold(f'Model: "{rich.markup.escape(model.name)}"'))
    console.print(table)
    for line in lines:
        console.print(line)
    if captured:
        (print_fn or print)(console.end_capture())
