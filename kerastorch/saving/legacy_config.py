"""The configs of Keras 1 and 2, read as those of Keras 3, and written without what these do not know."""

from kerastorch.core import registry

# Arguments that Keras 2 wrote and Keras 3 has no more; none of them changes a value.
_GONE = {
    "DepthwiseConv2D": ("groups",),
    "DepthwiseConv1D": ("groups",),
    "SeparableConv1D": ("groups",),
    "SeparableConv2D": ("groups",),
    "Conv2DTranspose": ("groups",),
    "Conv3DTranspose": ("groups",),
    "Lambda": ("module", "function_type", "output_shape_type", "output_shape_module"),
    "LSTM": ("implementation", "time_major"),
    "GRU": ("implementation", "time_major"),
    "SimpleRNN": ("implementation", "time_major"),
    "RNN": ("time_major",),
    "LSTMCell": ("implementation",),
    "GRUCell": ("implementation",),
    "Embedding": ("input_length", "sparse"),
}


def plain(config):
    """Return a model's config with its layers described by class name and config alone, as Keras 2 reads them."""
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        return config
    return {**config, "layers": [_plain_layer(layer) for layer in config["layers"]]}


def _plain_layer(layer):
    kept = {key: value for key, value in layer.items() if key in ("name", "inbound_nodes")}
    name = layer.get("registered_name") or layer["class_name"]
    return {"class_name": name, "config": plain(layer["config"]), **kept}


def modern(description):
    """Return the description of a model, layer or optimizer in a form that Keras 3 reads."""
    if not isinstance(description, dict) or not isinstance(description.get("config"), (dict, list)):
        return description
    description = {key: value for key, value in description.items() if key != "shared_object_id"}
    class_name, config = description.get("class_name"), description["config"]
    if isinstance(config, list):  # Keras 1's Sequential
        config = {"name": None, "layers": config}
    if isinstance(config.get("layers"), list) and "module" not in description:
        config = _modern_model(class_name, config)
    else:
        config = _modern_config(class_name, config)
    module = _module(class_name)
    return (
        {"module": module, **description, "config": config} if module else {**description, "config": config}
    )


def _module(class_name):
    for module in ("keras.layers", "keras", "keras.optimizers", "keras.src.models.functional"):
        if (module, class_name) in registry.CLASSES:
            return module
    return None


def _modern_config(class_name, config):
    config = {key: value for key, value in config.items() if key not in _GONE.get(class_name, ())}
    shape = config.pop("batch_input_shape", None)
    if class_name == "InputLayer" and shape is not None:
        config["batch_shape"] = shape
    axis = config.get("axis")
    if class_name == "BatchNormalization" and isinstance(axis, (list, tuple)) and len(axis) == 1:
        config["axis"] = int(axis[0])
    if class_name == "Lambda" and isinstance(config.get("function"), list):
        config["function"] = {"class_name": "__lambda__", "config": {"value": config["function"]}}
    for key in ("layer", "forward_layer", "backward_layer", "cell"):
        if isinstance(config.get(key), dict):
            config[key] = modern(config[key])
    if isinstance(config.get("cells"), list):
        config["cells"] = [modern(cell) for cell in config["cells"]]
    return {key: _modern_value(value) for key, value in config.items()}


def _modern_value(value):
    if isinstance(value, dict) and value.get("class_name") == "Policy":  # a dtype policy of Keras 2
        return value["config"]["name"]
    if isinstance(value, dict) and "shared_object_id" in value and "class_name" in value:
        return {key: x for key, x in value.items() if key != "shared_object_id"}
    return value


def _modern_model(class_name, config):
    layers = [layer for layer in config["layers"] if isinstance(layer, dict)]
    config = {key: value for key, value in config.items() if key != "layers"}
    config["layers"] = [modern(layer) for layer in layers]
    if "input_layers" not in config:
        config.setdefault("name", None)
        first = layers[0] if layers else {}
        shape = (
            first.get("config", {}).get("batch_input_shape")
            if isinstance(first.get("config"), dict)
            else None
        )
        if shape is not None and first.get("class_name") != "InputLayer":
            dtype = first["config"].get("dtype")
            dtype = dtype if isinstance(dtype, str) and first.get("class_name") != "Embedding" else "float32"
            given = {
                "batch_shape": shape,
                "dtype": dtype,
                "name": f"{first['config'].get('name', 'layer')}_input",
            }
            config["layers"].insert(
                0,
                {
                    "module": "keras.layers",
                    "class_name": "InputLayer",
                    "config": given,
                    "registered_name": None,
                },
            )
        return config
    old = False
    for layer in config["layers"]:
        nodes = layer.get("inbound_nodes") or []
        if any(isinstance(node, list) for node in nodes):
            layer["inbound_nodes"], old = [_modern_node(node) for node in nodes], True
    if old:
        for key in ("input_layers", "output_layers"):
            if isinstance(config[key], list) and len(config[key]) == 1 and isinstance(config[key][0], list):
                config[key] = config[key][0]
    return config


def _modern_node(node):
    """Return a call as Keras 3 writes it, from Keras 2's list of (layer, node, tensor, further arguments)."""
    tensors, kwargs = [], {}
    for name, index, position, *rest in node:
        history = {"shape": [], "dtype": "float32", "keras_history": [name, index, position]}
        tensors.append({"class_name": "__keras_tensor__", "config": history})
        kwargs.update(rest[0] if rest else {})
    return {"args": [tensors[0] if len(tensors) == 1 else tensors], "kwargs": kwargs}
