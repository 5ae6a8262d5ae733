"""`tf.version`: the version of TensorFlow whose names and behaviour these are."""

VERSION = "2.21.0"
GIT_VERSION = "v2.21.0-kerastorch"
COMPILER_VERSION = ""
GRAPH_DEF_VERSION = 2408
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0
