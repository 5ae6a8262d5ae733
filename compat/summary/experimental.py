"""`tf.summary.experimental`: the step of summaries that are given none."""

from ._writer import get_step as get_step
from ._writer import set_step as set_step
