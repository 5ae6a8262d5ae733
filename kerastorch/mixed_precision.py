"""Mixed precision under the names that TensorFlow's tutorials use."""

from kerastorch.core.dtypes import DTypePolicy as DTypePolicy
from kerastorch.core.dtypes import DTypePolicy as Policy
from kerastorch.core.dtypes import dtype_policy as dtype_policy
from kerastorch.core.dtypes import dtype_policy as global_policy
from kerastorch.core.dtypes import set_dtype_policy as set_dtype_policy
from kerastorch.core.dtypes import set_dtype_policy as set_global_policy
from kerastorch.optimizers import LossScaleOptimizer as LossScaleOptimizer

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]
