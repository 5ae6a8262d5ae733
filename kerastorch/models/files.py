"""`keras.models.save_model` and `load_model`: names of what `keras.saving` does."""

from kerastorch.models.model import FILES


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Save a model to a `.keras` file: see `keras.saving.save_model`."""
    return FILES["save_model"](model, filepath, overwrite=overwrite, zipped=zipped, **kwargs)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """Load a model from a `.keras` file: see `keras.saving.load_model`.

    >>> import os, tempfile
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="only")])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(os.path.join(folder, "model.keras"))
    ...     again = keras.models.load_model(os.path.join(folder, "model.keras"))
    >>> again.layers[0].name
    'only'
    """
    return FILES["load_model"](filepath, custom_objects=custom_objects, compile=compile, safe_mode=safe_mode)
