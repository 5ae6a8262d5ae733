"""Rows for the layers that prepare numbers and texts: name, how to make it, shape, dtype, options."""

NO_TENSORFLOW = {"config": False, "values": False, "symbolic": False, "half": False}  # which Keras's own need
BINS = {"half": False}
WORDS = [1, 2, 3]

ROWS = [
    ("Normalization", lambda L: L.Normalization(axis=-1), (4, 3), "float32"),
    ("Normalization", lambda L: L.Normalization(axis=(1, 2), invert=True), (2, 3, 4), "float32"),
    ("Normalization", lambda L: L.Normalization(axis=None, mean=1.5, variance=4.0), (2, 3), "float32"),
    ("Normalization", lambda L: L.Normalization(mean=[1.0, 2.0], variance=[3.0, 4.0]), (3, 2), "float32"),
    ("Discretization", lambda L: L.Discretization([-0.5, 0.0, 0.5]), (4, 3), "float32", BINS),
    ("Discretization", lambda L: L.Discretization([-0.5, 0.5], output_mode="one_hot"), (4, 1), "float32", BINS),
    ("Discretization", lambda L: L.Discretization([-0.5, 0.5], output_mode="multi_hot"), (4, 3), "float32", BINS),
    ("Discretization", lambda L: L.Discretization([0.0], output_mode="count"), (4, 3), "float32", BINS),
    ("CategoryEncoding", lambda L: L.CategoryEncoding(4), (2, 3), "int32"),
    ("CategoryEncoding", lambda L: L.CategoryEncoding(5, output_mode="one_hot"), (3, 1), "int32"),
    ("CategoryEncoding", lambda L: L.CategoryEncoding(4, output_mode="count"), (2, 6), "int32"),
    ("Hashing", lambda L: L.Hashing(3), (2, 3), "int32", NO_TENSORFLOW),
    ("Hashing", lambda L: L.Hashing(3, salt=5, mask_value=0), (2, 3), "int64", NO_TENSORFLOW),
    ("Hashing", lambda L: L.Hashing(3, output_mode="count"), (2, 3), "int32", NO_TENSORFLOW),
    ("HashedCrossing", lambda L: L.HashedCrossing(7), [(3, 1), (3, 1)], "int32", NO_TENSORFLOW),
    ("HashedCrossing", lambda L: L.HashedCrossing(7, output_mode="one_hot"), [(3, 1), (3, 1)], "int32", NO_TENSORFLOW),
    ("IntegerLookup", lambda L: L.IntegerLookup(vocabulary=WORDS, num_oov_indices=2), (3, 2), "int32", NO_TENSORFLOW),
    ("IntegerLookup", lambda L: L.IntegerLookup(vocabulary=WORDS, mask_token=0), (3, 2), "int64", NO_TENSORFLOW),
]  # fmt: skip

# Layers whose input is text: tested by themselves.
TEXT = {"StringLookup", "TextVectorization"}
