"""`tf.experimental`."""

from . import numpy as numpy
