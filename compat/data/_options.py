"""`tf.data.Options`: settings of a dataset. Those that only steer TensorFlow's runtime are kept, and change nothing."""


class _Settings:
    """A set of named settings, each None until it is set."""

    _names = ()

    def __init__(self):
        for name in self._names:
            object.__setattr__(self, name, None)

    def __setattr__(self, name, value):
        if name not in self._names:
            raise AttributeError(f"Cannot set the property {name} on {type(self).__name__}.")
        object.__setattr__(self, name, value)

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def merge(self, other):
        """Return settings like these, those that `other` has set winning."""
        merged = type(self)()
        for name in self._names:
            mine, theirs = getattr(self, name), getattr(other, name)
            both = isinstance(mine, _Settings) and isinstance(theirs, _Settings)
            setattr(merged, name, mine.merge(theirs) if both else mine if theirs is None else theirs)
        return merged


class ThreadingOptions(_Settings):
    """Sizes of thread pools: `max_intra_op_parallelism`, `private_threadpool_size`."""

    _names = ("max_intra_op_parallelism", "private_threadpool_size")


class AutotuneOptions(_Settings):
    """How TensorFlow tunes a pipeline while it runs."""

    _names = (
        "autotune_algorithm",
        "cpu_budget",
        "enabled",
        "initial_parallelism",
        "min_parallelism",
        "ram_budget",
    )


class DistributeOptions(_Settings):
    """How a dataset is split between workers."""

    _names = ("auto_shard_policy", "num_devices")


class OptimizationOptions(_Settings):
    """Which rewrites TensorFlow applies to a pipeline."""

    _names = (
        "apply_default_optimizations",
        "filter_fusion",
        "filter_parallelization",
        "inject_prefetch",
        "map_and_batch_fusion",
        "map_and_filter_fusion",
        "map_fusion",
        "map_parallelization",
        "noop_elimination",
        "parallel_batch",
        "seq_interleave_prefetch",
        "shuffle_and_repeat_fusion",
        "warm_start",
    )


class Options(_Settings):
    """Settings of a dataset, for `Dataset.with_options`.

    >>> options = tf.data.Options()
    >>> options.deterministic = True
    >>> tf.data.Dataset.range(3).with_options(options).options().deterministic
    True
    """

    _names = (
        "autotune",
        "dataset_name",
        "deterministic",
        "experimental_deterministic",
        "experimental_distribute",
        "experimental_optimization",
        "experimental_service",
        "experimental_slack",
        "experimental_symbolic_checkpoint",
        "experimental_threading",
        "experimental_warm_start",
        "framework_type",
        "threading",
    )

    def __init__(self):
        super().__init__()
        self.autotune = AutotuneOptions()
        self.experimental_distribute = DistributeOptions()
        self.experimental_optimization = OptimizationOptions()
        self.threading = ThreadingOptions()

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        for old, new in (
            ("experimental_threading", "threading"),
            ("experimental_deterministic", "deterministic"),
        ):
            if name == old and value is not None:
                object.__setattr__(self, new, value)
