"""Config: named values, as attributes and as a dict."""

import difflib
import json


class Config:
    """A dict of named values that are attributes too, and that can be frozen.

    >>> config = keras.utils.Config(learning_rate=0.1)
    >>> config.momentum = 0.9
    >>> config["momentum"], config.as_dict()
    (0.9, {'learning_rate': 0.1, 'momentum': 0.9})
    >>> config.freeze()
    >>> config.momentum = 0.8
    Traceback (most recent call last):
    ValueError: Cannot mutate attribute(s) because the config is frozen. ...
    """

    def __init__(self, **kwargs):
        object.__setattr__(self, "_config", kwargs)
        object.__setattr__(self, "_frozen", False)

    @property
    def frozen(self):
        """Whether values can no longer be changed."""
        return self._frozen

    def freeze(self):
        """Refuse changes from now on."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self):
        """Allow changes again."""
        object.__setattr__(self, "_frozen", False)

    def _changing(self):
        if self._frozen:
            raise ValueError(
                "Cannot mutate attribute(s) because the config is frozen. Call `unfreeze()` first."
            )
        return self._config

    def as_dict(self):
        """Return the values as a dict."""
        return dict(self._config)

    def to_json(self):
        """Return the values as JSON."""
        return json.dumps(self._config)

    def keys(self):
        """Return the names."""
        return self._config.keys()

    def values(self):
        """Return the values."""
        return self._config.values()

    def items(self):
        """Return pairs of names and values."""
        return self._config.items()

    def pop(self, *args):
        """Remove a name and return its value."""
        return self._changing().pop(*args)

    def update(self, *args, **kwargs):
        """Set several values."""
        self._changing().update(*args, **kwargs)

    def get(self, keyname, value=None):
        """Return the value of a name, or `value` if there is none."""
        return self._config.get(keyname, value)

    def __setattr__(self, name, value):
        if hasattr(type(self), name):
            raise AttributeError(f"'{name}' is a method of Config: set it as config['{name}'].")
        self._changing()[name] = value

    def __getattr__(self, name):
        if name.startswith("__") or name in ("_config", "_frozen"):
            raise AttributeError(name)
        if name in self._config:
            return self._config[name]
        message = f"Unknown attribute: '{name}'."
        close = difflib.get_close_matches(name, self._config, n=1, cutoff=0.7)
        if close:
            message += f" Did you mean '{close[0]}'?"
        raise AttributeError(message)

    def __setitem__(self, key, item):
        self._changing()[key] = item

    def __getitem__(self, key):
        return self._config[key]

    def __delitem__(self, key):
        del self._changing()[key]

    def __contains__(self, item):
        return item in self._config

    def __iter__(self):
        return iter(sorted(self._config))

    def __len__(self):
        return len(self._config)

    def __repr__(self):
        return f"<Config {self._config}>"

    def __reduce__(self):
        return _restored, (self._config, self._frozen)


def _restored(values, frozen):
    config = Config(**values)
    if frozen:
        config.freeze()
    return config
