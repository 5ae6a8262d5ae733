"""What a symbolic tensor is computed from."""


def get_source_inputs(tensor):
    """Return the list of the symbolic inputs that a symbolic tensor is computed from.

    >>> x = keras.Input((2,), name="x")
    >>> keras.utils.get_source_inputs(keras.layers.Dense(3)(x) + 1)
    [<KerasTensor shape=(None, 2), dtype=float32, sparse=False, ragged=False, name=x>]
    """
    if not hasattr(tensor, "_keras_history"):
        return tensor
    operation, node_index, _ = tensor._keras_history
    if operation is None or not operation._inbound_nodes:
        return [tensor]
    node = operation._inbound_nodes[node_index]
    if node.is_input:
        return list(node.outputs)
    sources = []
    for source in node.input_tensors:
        sources += [x for x in get_source_inputs(source) if all(x is not have for have in sources)]
    return sources
