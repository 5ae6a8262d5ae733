"""Descriptions of objects as Keras 2 wrote them: a class name and a config."""

import inspect

from kerastorch.core import registry


def serialize_keras_object(instance):
    """Return the name and config of an object, in Keras 2's format; of a function, its name.

    Args:
        instance: An object with `get_config`, a function, or None.

    >>> keras.legacy.saving.serialize_keras_object(keras.regularizers.L2(0.5))
    {'class_name': 'L2', 'config': {'l2': 0.5}}
    """
    if instance is None:
        return None
    instance = inspect.unwrap(instance) if inspect.isfunction(instance) else instance
    if hasattr(instance, "get_config"):
        config = {key: _written(value) for key, value in instance.get_config().items()}
        return {"class_name": registry.get_registered_name(type(instance)), "config": config}
    if hasattr(instance, "__name__"):
        return registry.get_registered_name(instance)
    raise ValueError(f"Cannot serialize {instance} because it doesn't implement `get_config()`.")


def _written(value):
    if hasattr(value, "get_config"):
        return {**serialize_keras_object(value), "__passive_serialization__": True}
    return registry.get_registered_name(value) if inspect.isfunction(value) else value


def deserialize_keras_object(
    identifier, module_objects=None, custom_objects=None, printable_module_name="object"
):
    """Return the object that a description in Keras 2's format stands for.

    Args:
        identifier: A dict of a class name and a config, the name of a function or class, or a function.
        module_objects: The classes and functions by name among which to look.
        custom_objects: The user's own.
        printable_module_name: What to call the object in errors.

    >>> config = {"class_name": "L2", "config": {"l2": 0.5}}
    >>> keras.legacy.saving.deserialize_keras_object(config, vars(keras.regularizers)).l2
    0.5
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        if "class_name" not in identifier or "config" not in identifier:
            raise ValueError(
                f"Improper config format for {identifier}. Please ensure it holds `class_name` and `config`."
            )
        cls = _find(identifier["class_name"], module_objects, custom_objects, printable_module_name)
        config = identifier["config"]
        with registry.CustomObjectScope(custom_objects):
            return cls.from_config(config) if hasattr(cls, "from_config") else cls(**config)
    if isinstance(identifier, str):
        found = _find(identifier, module_objects, custom_objects, printable_module_name)
        return found() if inspect.isclass(found) else found
    if inspect.isfunction(identifier):
        return identifier
    raise ValueError(f"Could not interpret serialized {printable_module_name}: {identifier}")


def _find(name, module_objects, custom_objects, what):
    found = registry.get_registered_object(name, custom_objects, module_objects)
    if found is None:
        raise ValueError(
            f"Unknown {what}: '{name}'. Please ensure you are using a `keras.utils.custom_object_scope` and that this "
            "object is included in the scope, or pass it in `custom_objects`."
        )
    return found
