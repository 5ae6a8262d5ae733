"""`tf.keras` is `kerastorch`: the same modules, classes and functions.

>>> tf.keras.layers is keras.layers
True
"""

from kerastorch import *  # noqa: F403
from kerastorch import __version__ as __version__

from .._alias import alias_submodules as _alias_submodules

_alias_submodules(__name__, "kerastorch")
