"""`tf.data.experimental`: https://www.tensorflow.org/api_docs/python/tf/data/experimental"""

from ._dataset import AUTOTUNE as AUTOTUNE
from ._dataset import INFINITE_CARDINALITY as INFINITE_CARDINALITY
from ._dataset import UNKNOWN_CARDINALITY as UNKNOWN_CARDINALITY
from ._dataset import assert_cardinality as assert_cardinality
from ._dataset import cardinality as cardinality
from ._options import AutotuneOptions as AutotuneOptions
from ._options import DistributeOptions as DistributeOptions
from ._options import OptimizationOptions as OptimizationOptions
from ._options import ThreadingOptions as ThreadingOptions
