"""One way to name, find, write and rebuild objects, for every family (layers, losses, optimizers, ...).

The written form is Keras 3's: `{"module", "class_name", "config", "registered_name"}`. Reading builds only classes
and functions that are already known here: the library's own, those that a user registered or passes as
`custom_objects`, and the user's own subclasses that exist in this process. Nothing is imported, and code inside a
file runs only if `safe_mode is False`.
"""

import base64
import contextlib
import difflib
import inspect
import marshal
import threading
import types
import weakref

import numpy as np
import torch

from kerastorch.core import tree
from kerastorch.core.naming import to_snake_case

CLASSES: dict[tuple[str, str], type] = {}  # the library's classes, by Keras path
FUNCTIONS: dict[tuple[str, str], object] = {}  # the library's functions, by Keras path
_FUNCTION_NAMES: dict[object, tuple[str, str]] = {}
_user_classes: "weakref.WeakValueDictionary[tuple[str, str], type]" = weakref.WeakValueDictionary()
_global_custom_objects: dict[str, object] = {}
_registered_names: dict[object, str] = {}


class _State(threading.local):
    scopes = ()
    safe_mode = True
    shared = None  # inside a sharing scope: configs by the identity of their object, or objects by shared id


_state = _State()
LIBRARIES = ("kerastorch", "compat")


def is_library(module):
    """Tell whether a module name belongs to the library rather than to its user."""
    return module.split(".", 1)[0] in LIBRARIES


def keras_path(cls):
    """Return the Keras module and class name under which a library class is written."""
    module = cls.__dict__.get("keras_module")
    if module is None:
        parts = cls.__module__.split(".")
        depth = 3 if parts[1:3] == ["optimizers", "schedules"] else 2
        module = ".".join(["keras", *parts[1:depth]])
    return module, cls.__dict__.get("keras_name", cls.__name__)


def register_class(cls):
    """Make a class known, under its Keras path or, for a user's class, under its own module and name."""
    if is_library(cls.__module__):
        CLASSES[keras_path(cls)] = cls
    else:
        _user_classes[(cls.__module__, cls.__name__)] = cls


def register_function(module, fn, name=None):
    """Make a library function known under a Keras module path."""
    FUNCTIONS[(module, name or fn.__name__)] = fn
    _FUNCTION_NAMES.setdefault(fn, (module, name or fn.__name__))


def register_keras_serializable(package="Custom", name=None):
    """Decorator that registers a class or function, so that files that name it can be loaded.

    Args:
        package: The prefix of the registered name.
        name: The name, by default that of the class or function.

    >>> @keras.saving.register_keras_serializable(package="docs")
    ... class Twice(keras.layers.Layer):
    ...     def call(self, x):
    ...         return 2 * x
    >>> keras.saving.get_registered_name(Twice)
    'docs>Twice'
    """

    def decorate(obj):
        class_name = name if name is not None else obj.__name__
        registered_name = f"{package}>{class_name}"
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            raise ValueError(
                "Cannot register a class that does not have a get_config() method. "
                f"Received: {obj.__name__}. Add get_config(self) returning the arguments of __init__."
            )
        _global_custom_objects[registered_name] = obj
        _registered_names[obj] = registered_name
        return obj

    return decorate


def get_registered_name(obj):
    """Return the registered name of a class or function, or its own name.

    >>> keras.saving.get_registered_name(keras.layers.Dense)
    'Dense'
    """
    return _registered_names.get(obj, obj.__name__) if callable(obj) else obj


def get_registered_object(name, custom_objects=None, module_objects=None):
    """Return the class or function registered under `name`, or None.

    >>> keras.saving.get_registered_object("none") is None
    True
    >>> keras.saving.get_registered_object("mine", custom_objects={"mine": max})
    <built-in function max>
    """
    for objects in (custom_objects or {}, *_custom_scopes(), _global_custom_objects, module_objects or {}):
        if name in objects:
            return objects[name]
    return None


def get_custom_objects():
    """Return the live dict of globally registered objects.

    >>> @keras.saving.register_keras_serializable("docs")
    ... def thrice(x):
    ...     return 3 * x
    >>> keras.saving.get_custom_objects()["docs>thrice"] is thrice
    True
    """
    return _global_custom_objects


class CustomObjectScope:
    """Context in which a dict of names to classes and functions is known to every load.

    Args:
        custom_objects: The dict.

    >>> with keras.saving.CustomObjectScope({"double": lambda x: 2 * x}):
    ...     layer = keras.layers.Activation("double")
    """

    def __init__(self, custom_objects):
        self.custom_objects = custom_objects or {}

    def __enter__(self):
        _state.scopes = (self.custom_objects, *_state.scopes)
        return self

    def __exit__(self, *exc):
        _state.scopes = _state.scopes[1:]


custom_object_scope = CustomObjectScope


@contextlib.contextmanager
def safe_mode_scope(safe_mode):
    """Context that sets whether code inside files is refused; only the value False turns that off."""
    previous, _state.safe_mode = _state.safe_mode, safe_mode is not False
    try:
        yield
    finally:
        _state.safe_mode = previous


def in_safe_mode():
    """Tell whether code inside files is refused."""
    return _state.safe_mode


@contextlib.contextmanager
def sharing_scope():
    """Context in which an object that is written in several places becomes one object again when it is read."""
    previous, _state.shared = _state.shared, {}
    try:
        yield
    finally:
        _state.shared = previous


def _custom_scopes():
    return _state.scopes


def suggest(name, known):
    """Return " Did you mean ...?" for the closest known name, or an empty string."""
    close = difflib.get_close_matches(str(name), [str(k) for k in known])
    close.sort(key=lambda other: sorted(other) != sorted(str(name)))  # letters that changed places come first
    return f" Did you mean {close[0]!r}?" if close else ""


FAMILIES: dict[str, "Family"] = {}


class Family:
    """The objects of one kind that strings, configs and callables stand for.

    Args:
        kind: What an error calls them ("loss").
        module: Their Keras module ("keras.losses").
        base: Their base class, or None for a family of functions.
        aliases: Further names, for classes and functions.
    """

    def __init__(self, kind, module, base=None, aliases=None):
        self.kind, self.module, self.base = kind, module, base
        FAMILIES[kind] = self
        self._objects, self._seen = dict(aliases or {}), 0
        for fn in dict.fromkeys(obj for obj in self._objects.values() if not inspect.isclass(obj)):
            if hasattr(fn, "__name__"):
                register_function(module, fn)

    @property
    def objects(self):
        """The classes and functions by name: the aliases, and every class of the base in the Keras module."""
        if self._seen != len(CLASSES) and self.base is not None:
            self._seen = len(CLASSES)
            for (path, name), cls in CLASSES.items():
                if path == self.module and issubclass(cls, self.base):
                    self._objects.setdefault(name, cls)
                    self._objects.setdefault(to_snake_case(name), cls)
        return self._objects

    def find(self, name, custom_objects=None):
        """Return the class or function called `name`."""
        found = get_registered_object(name, custom_objects, self.objects)
        if found is None:
            raise ValueError(
                f"Could not interpret {self.kind} identifier: {name!r}.{suggest(name, self.objects)} "
                f"Pass the name of a built-in {self.kind}, a callable, or register your own with "
                "`keras.saving.register_keras_serializable`."
            )
        return found

    def get(self, identifier):
        """Return the object that a name, a config, a class or a callable stands for (None for None)."""
        if identifier is None:
            return None
        if isinstance(identifier, dict):
            return self.deserialize(identifier)
        obj = self.find(identifier) if isinstance(identifier, str) else identifier
        if inspect.isclass(obj):
            obj = obj()
        if callable(obj) or (self.base is not None and isinstance(obj, self.base)):
            return obj
        raise ValueError(
            f"Could not interpret {self.kind} identifier: {identifier}. "
            f"Expected a string, a config, or a callable. Received type: {type(identifier).__name__}"
        )

    def serialize(self, obj):
        """Return the config of an object; a built-in function is written as its name."""
        return serialize_value(obj)

    def deserialize(self, config, custom_objects=None):
        """Return the object that a config (or a name) describes."""
        if isinstance(config, str):
            obj = self.find(config, custom_objects)
            return obj() if inspect.isclass(obj) and self.base is not None else obj
        obj = deserialize_keras_object(config, custom_objects=custom_objects, module_objects=self.objects)
        if self.base is not None and not isinstance(obj, self.base) and not callable(obj):
            raise ValueError(f"The config does not describe a {self.kind}. Received: {config}")
        return obj


def serialize_value(value):
    """Return one value of a config: like `serialize_keras_object`, a built-in function being just its name."""
    if isinstance(value, types.FunctionType) and value in _FUNCTION_NAMES:
        return _FUNCTION_NAMES[value][1]
    return serialize_keras_object(value)


def serialize_keras_object(obj):
    """Return a JSON-ready description of an object, in Keras 3's format.

    >>> keras.saving.serialize_keras_object(keras.initializers.Zeros())["class_name"]
    'Zeros'
    """
    if obj is None or isinstance(obj, (bool, str, int, float)):
        return obj.item() if isinstance(obj, np.generic) else obj
    if isinstance(obj, (list, tuple)):
        values = [serialize_value(x) for x in obj]
        return tuple(values) if isinstance(obj, tuple) else values
    if isinstance(obj, dict):
        return {key: serialize_value(value) for key, value in obj.items()}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, slice):
        parts = {key: serialize_keras_object(getattr(obj, key)) for key in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": parts}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    if hasattr(obj, "get_config"):
        return _serialize_instance(obj)
    if isinstance(obj, torch.Tensor):
        dtype = str(obj.dtype).removeprefix("torch.")
        return {"class_name": "__tensor__", "config": {"value": obj.detach().cpu().tolist(), "dtype": dtype}}
    if isinstance(obj, torch.dtype):
        return str(obj).removeprefix("torch.")
    if isinstance(obj, np.dtype):
        return obj.name
    if isinstance(obj, types.FunctionType) and obj.__name__ == "<lambda>":
        return {"class_name": "__lambda__", "config": {"value": dump_function(obj)}}
    if callable(obj) and hasattr(obj, "__name__"):
        return _serialize_function(obj)
    raise ValueError(
        f"Cannot serialize object {obj} of type {type(obj)}. "
        "To be serializable, a class must implement the `get_config()` method."
    )


def _serialize_instance(obj):
    cls = type(obj)
    if CLASSES.get(path := keras_path(cls) if is_library(cls.__module__) else None) is cls:
        module, class_name = path
        registered_name = (
            class_name if module.startswith("keras.src.") else None
        )  # Keras does not export these
    else:
        module, class_name, registered_name = cls.__module__, cls.__name__, get_registered_name(cls)
    config = {key: serialize_value(value) for key, value in obj.get_config().items()}
    description = {
        "module": None if module == "__main__" else module,
        "class_name": class_name,
        "config": config,
        "registered_name": registered_name,
    }
    if _state.shared is not None:
        first = _state.shared.setdefault(id(obj), description)
        if first is not description:
            first["shared_object_id"] = description["shared_object_id"] = id(obj)
    for key, method in (("build_config", "get_build_config"), ("compile_config", "get_compile_config")):
        extra = getattr(obj, method)() if hasattr(obj, method) else None
        if extra is not None:
            description[key] = serialize_keras_object(extra)
    return description


def _serialize_function(fn):
    name = _FUNCTION_NAMES[fn][1] if fn in _FUNCTION_NAMES else get_registered_name(fn)
    if inspect.isclass(fn):
        return {"module": fn.__module__, "class_name": fn.__name__, "config": {}, "registered_name": name}
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def dump_function(fn):
    code = base64.b64encode(marshal.dumps(fn.__code__)).decode("ascii")
    closure = tuple(cell.cell_contents for cell in fn.__closure__) if fn.__closure__ else None
    return [code, fn.__defaults__, closure]


def load_function(value, globs=None):
    """Rebuild a lambda from its bytecode; only reached when `safe_mode` is False."""
    code, defaults, closure = value
    cells = tuple(types.CellType(cell) for cell in closure) if closure else None
    code = marshal.loads(base64.b64decode(code))
    defaults = tuple(defaults) if defaults else None
    return types.FunctionType(code, globs or {"__builtins__": __builtins__}, "<lambda>", defaults, cells)


def deserialize_keras_object(config, custom_objects=None, safe_mode=True, **kwargs):
    """Return the object that `serialize_keras_object` described.

    Args:
        config: The description.
        custom_objects: Names of the user's classes and functions.
        safe_mode: Refuses code inside the description unless it `is False`.

    >>> config = keras.saving.serialize_keras_object(keras.initializers.Constant(2.0))
    >>> keras.saving.deserialize_keras_object(config).value
    2.0
    """
    module_objects = kwargs.pop("module_objects", None)
    if custom_objects:
        with CustomObjectScope(custom_objects):
            return deserialize_keras_object(config, safe_mode=safe_mode, module_objects=module_objects)
    if safe_mode is False and _state.safe_mode:
        with safe_mode_scope(False):
            return deserialize_keras_object(config, safe_mode=False, module_objects=module_objects)
    if config is None or isinstance(config, (bool, int, float)):
        return config
    if isinstance(config, str):
        found = get_registered_object(config, module_objects=module_objects)
        return config if found is None else (found() if inspect.isclass(found) else found)
    if isinstance(config, (list, tuple)):
        return type(config)(deserialize_keras_object(x, module_objects=module_objects) for x in config)
    if not isinstance(config, dict):
        if hasattr(config, "get_config") or inspect.isfunction(config):
            return config  # `from_config` already rebuilt it
        raise TypeError(f"Could not parse config: {config}")
    if "class_name" not in config or "config" not in config:
        return {
            key: deserialize_keras_object(value, module_objects=module_objects)
            for key, value in config.items()
        }
    class_name, inner = config["class_name"], config["config"]
    if not isinstance(class_name, str):
        raise TypeError(f"`class_name` must be a string. Received: class_name={class_name!r}")
    if class_name in _SPECIAL:
        return _SPECIAL[class_name](inner)
    if class_name == "function":
        return _find_function(config, module_objects)
    cls = _find_class(config, module_objects)
    if not inspect.isclass(cls):
        return cls
    if inner is None:
        inner = {}
    if not isinstance(inner, dict):
        raise TypeError(
            f"Expected 'config' to be a dict for {class_name}. Received: config={inner!r}, in {config}"
        )
    shared_id = config.get("shared_object_id") if _state.shared is not None else None
    if isinstance(shared_id, int) and isinstance(_state.shared.get(shared_id), cls):
        return _state.shared[shared_id]
    instance = _build_instance(cls, class_name, inner, config)
    if isinstance(shared_id, int):
        _state.shared[shared_id] = instance
    return instance


def _build_instance(cls, class_name, inner, config):
    if not hasattr(cls, "from_config"):
        raise TypeError(
            f"Unable to reconstruct an instance of `{class_name}`: the class has no `from_config()` method. Define it, "
            "and `get_config()`."
        )
    try:
        instance = cls.from_config(inner)
    except TypeError as e:
        raise TypeError(
            f"<class '{cls.__module__}.{cls.__name__}'> could not be deserialized properly. Please ensure "
            "that "
            "components that are Python object instances (layers, models, etc.) returned by "
            "`get_config()` are "
            f"explicitly deserialized in the model's `from_config()` method.\n\n"
            f"config={inner}\n\nException encountered: {e}"
        ) from e
    if config.get("build_config") and hasattr(instance, "build_from_config"):
        instance.build_from_config(config["build_config"])
    if config.get("compile_config") and hasattr(instance, "compile_from_config"):
        instance.compile_from_config(config["compile_config"])
    return instance


def _find_class(config, module_objects):
    class_name, module, registered_name = (
        config["class_name"],
        config.get("module"),
        config.get("registered_name"),
    )
    for name in (registered_name, class_name):
        found = get_registered_object(name) if name else None
        if found is not None:
            return found
    found = _user_classes.get(("__main__" if module is None else module, class_name))
    if found is not None:
        return found
    found = CLASSES.get((module, class_name))
    if found is None and (module is None or module.startswith(("keras", "tf_keras", "tensorflow"))):
        found = (module_objects or {}).get(class_name) or _unique_class(class_name)
    if found is None:
        known = [name for _, name in CLASSES]
        raise TypeError(
            f"Could not locate class '{class_name}'.{suggest(class_name, known)} "
            "Make sure custom classes and functions are decorated with "
            "`@keras.saving.register_keras_serializable()` or passed as `custom_objects`. "
            f"Full object config: {config}"
        )
    _check_registered_name(registered_name, class_name, config)
    return found


def _check_registered_name(registered_name, name, config):
    """Refuse a config that claims to be of a registered object which is not here, and names one of the library."""
    if registered_name and registered_name not in (name, "function"):
        raise ValueError(
            f"The config says that it is of the registered object {registered_name!r}, which is not known here, but "
            f"its name {name!r} resolved to a Keras built-in. Register the object with "
            "`@keras.saving.register_keras_serializable()`, or pass it as `custom_objects`. "
            f"Full object config: {config}"
        )


def _unique_class(class_name):
    """Return the library's class of that name, for configs whose module is absent or private to Keras."""
    found = {cls for (_, name), cls in CLASSES.items() if name == class_name}
    return found.pop() if len(found) == 1 else None


def _find_function(config, module_objects):
    name, module = config["config"], config.get("module")
    if not isinstance(name, str):
        raise TypeError(
            f"Expected 'config' to be a non-null str, the name of a function. Received: config={name!r}, in {config}"
        )
    registered_name = config.get("registered_name")
    for candidate in (None if registered_name == "function" else registered_name, name):
        found = get_registered_object(candidate, module_objects=module_objects) if candidate else None
        if found is not None:
            return found
    found = _registered_as(name) if module == "builtins" else None
    if found is not None:
        return found
    found = FUNCTIONS.get((module, name))
    if found is None and module == "builtins":
        found = next((fn for (_, key), fn in FUNCTIONS.items() if key == name), None)
    if found is None:
        raise TypeError(
            f"Could not locate function '{name}'. Make sure custom functions are decorated with "
            "`@keras.saving.register_keras_serializable()` or passed as `custom_objects`. "
            f"Full object config: {config}"
        )
    _check_registered_name(registered_name, name, config)
    return found


def _registered_as(name):
    """Return the one registered function whose name is `name` without its package, as Keras 3.6 wrote it, or None."""
    found = {obj for key, obj in _global_custom_objects.items() if key.endswith(f">{name}") and callable(obj)}
    return found.pop() if len(found) == 1 else None


def _special_lambda(config):
    if _state.safe_mode:
        raise ValueError(
            "Requested the deserialization of a Python lambda. This carries a potential risk of arbitrary "
            "code "
            "execution and thus it is disallowed by default. If you trust the source of the artifact, you "
            "can "
            "override this error by passing `safe_mode=False` to the loading function, or calling "
            "`keras.config.enable_unsafe_deserialization()`."
        )
    return load_function(config["value"])


def _special_typespec(config):
    if not isinstance(config, (list, tuple)):
        raise TypeError(
            f"Expected 'config' to be a list or a tuple for a __typespec__. Received: config={config!r}"
        )
    raise TypeError(
        f"A TypeSpec of TensorFlow cannot be rebuilt here. Received: {config}. Save the model without it."
    )


def _special_tensor(config):
    return torch.tensor(config["value"], dtype=getattr(torch, config["dtype"]))


_SPECIAL = {
    "__tensor__": _special_tensor,
    "__numpy__": lambda config: np.array(config["value"], dtype=np.dtype(config["dtype"])),
    "__bytes__": lambda config: config["value"].encode("utf-8"),
    "__ellipsis__": lambda config: Ellipsis,
    "__slice__": lambda config: slice(
        *(deserialize_keras_object(config[k]) for k in ("start", "stop", "step"))
    ),
    "__tuple__": lambda config: tuple(deserialize_keras_object(x) for x in config["value"]),
    "__lambda__": _special_lambda,
    "__typespec__": _special_typespec,
}


def enable_unsafe_deserialization():
    """Allow code inside model files for the rest of this process (only for files that you made yourself)."""
    _State.safe_mode = False


def is_serialized(value):
    """Tell whether a value is the description of an object."""
    return isinstance(value, dict) and "class_name" in value and "config" in value


def deserialize_nested(value):
    """Return a config value with every description in it rebuilt, and everything else left alone."""
    if is_serialized(value):
        return deserialize_keras_object(value)
    if isinstance(value, list) and any(tree.is_nested(x) for x in value):
        return [deserialize_nested(x) for x in value]
    if isinstance(value, dict) and any(is_serialized(x) for x in value.values()):
        return {key: deserialize_nested(x) for key, x in value.items()}
    return value
