"""Names that `tf.keras` still has beside Keras's own."""


class Reduction:
    """The names of the reductions of losses.

    >>> keras.losses.MeanSquaredError(reduction=keras.losses.Reduction.NONE)([[1.0], [2.0]], [[0.0], [0.0]])
    tensor([1., 4.])
    """

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls):
        """Return all of them.

        >>> keras.losses.Reduction.all()
        ('auto', 'none', 'sum', 'sum_over_batch_size')
        """
        return cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE

    @classmethod
    def validate(cls, key):
        """Raise a ValueError unless `key` is one of them.

        >>> keras.losses.Reduction.validate("sum")
        """
        if key not in cls.all():
            raise ValueError(f"A reduction must be one of {cls.all()}. Received: key={key!r}")
