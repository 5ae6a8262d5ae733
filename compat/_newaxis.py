"""`tf.newaxis`, which in an index makes a new axis of size 1."""

newaxis = None
