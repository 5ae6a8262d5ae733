"""Names of Keras 2's old optimizers, which Keras 3 only answers with an error."""


class Optimizer:
    """Refuses, as Keras 3 does."""

    def __init__(self, *args, **kwargs):
        raise ImportError(
            "`keras.optimizers.legacy` is not supported in Keras 3. Use the optimizer of the same name in "
            "`keras.optimizers`."
        )


Adagrad = Adam = Ftrl = RMSprop = SGD = Optimizer
