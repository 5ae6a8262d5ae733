"""Configs from constructor signatures: a class that can be written down and rebuilt without saying how."""

import functools
import inspect

from kerastorch.core import registry

_SKIPPED_KINDS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@functools.cache
def _signature(cls):
    return inspect.signature(cls.__init__)


@functools.cache
def config_names(cls):
    """Return the constructor arguments that make up a config, those of a base class first.

    The walk goes up the bases as long as each constructor passes on `**kwargs`.
    """
    names = []
    for base in cls.__mro__:
        init = base.__dict__.get("__init__")
        if base is Configurable or not issubclass(base, Configurable):
            continue
        if init is None:
            continue
        parameters = list(inspect.signature(init).parameters.values())[1:]
        names = [p.name for p in parameters if p.kind not in _SKIPPED_KINDS and p.name not in names] + names
        if not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
            break
    return tuple(name for name in names if name not in cls.config_exclude)


@functools.cache
def _described_class(cls):
    """Return the class whose constructor the generic `get_config` describes for objects of `cls`.

    That is the class itself. Where a user's class writes its own `get_config`, which adds its own arguments to those
    of its base, it is the library's class below.
    """
    owner = next(i for i, base in enumerate(cls.__mro__) if "get_config" in base.__dict__)
    if registry.is_library(cls.__mro__[owner].__module__):
        return cls
    return next(base for base in cls.__mro__[owner:] if registry.is_library(base.__module__))


class Configurable:
    """Base of everything that has `get_config` and `from_config`.

    The arguments of `__init__` are recorded as they are passed. `get_config` gives, for each of them, the attribute
    of the same name (the resolved value), or else what was passed. A class overrides it only to depart from that.
    """

    config_exclude: tuple[str, ...] = ()  # constructor arguments that are not part of the config

    def __new__(cls, *args, **kwargs):
        instance = super().__new__(cls)
        try:
            bound = _signature(cls).bind(instance, *args, **kwargs)
        except (
            TypeError
        ):  # unpickling passes no arguments; a wrong call fails in __init__ with Python's own words
            return instance
        bound.apply_defaults()
        arguments = dict(list(bound.arguments.items())[1:])
        for name, parameter in _signature(cls).parameters.items():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                arguments.update(arguments.pop(name, {}))
        object.__setattr__(instance, "_init_arguments", arguments)
        return instance

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        registry.register_class(cls)

    def get_config(self):
        """Return the arguments that rebuild this object, ready for JSON."""
        config = {}
        for name in config_names(_described_class(type(self))):
            config[name] = registry.serialize_value(self._config_value(name))
        return config

    def _config_value(self, name):
        try:
            return getattr(self, name)
        except AttributeError:
            pass
        try:
            return self._init_arguments[name]
        except KeyError:
            raise NotImplementedError(
                f"Object {type(self).__name__} was created with `{name}` passed on inside its constructor, so its "
                "value is unknown. Keep it as an attribute of that name, or override `get_config()`."
            ) from None

    @classmethod
    def from_config(cls, config):
        """Return a new object from what `get_config` gave."""
        return cls(**{name: registry.deserialize_nested(value) for name, value in config.items()})
