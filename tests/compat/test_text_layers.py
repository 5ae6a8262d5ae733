"""Text layers on the tensors of `tf`: alone, in `Dataset.map`, in models, with ragged tensors."""

import numpy as np
import pytest

import compat as tf

TEXTS = ["a b", "b c c", "c"]
VOCABULARY = ["b", "a", "c"]


def test_layers_return_tensors_of_tf():
    layer = tf.keras.layers.TextVectorization(vocabulary=VOCABULARY)
    out = layer(tf.constant(TEXTS))
    assert isinstance(out, tf.Tensor) and out.numpy().tolist() == [[3, 2, 0], [2, 4, 4], [4, 0, 0]]
    assert isinstance(layer(TEXTS), tf.Tensor)
    inverse = tf.keras.layers.StringLookup(vocabulary=VOCABULARY, invert=True)
    assert inverse(tf.constant([1, 0])).numpy().tolist() == [b"b", b"[UNK]"]
    assert inverse(tf.constant(1)).numpy() == b"b"


@pytest.mark.parametrize("make", [lambda L: L.StringLookup, lambda L: L.TextVectorization])
def test_adapt_and_map_over_a_dataset(make):
    dataset = tf.data.Dataset.from_tensor_slices(TEXTS).batch(2)
    layer = make(tf.keras.layers)()
    layer.adapt(dataset)
    assert "[UNK]" in layer.get_vocabulary()
    batches = list(dataset.map(layer))
    assert len(batches) == 2 and all(batch.dtype == tf.int64 for batch in batches)
    limited = make(tf.keras.layers)()
    limited.adapt(dataset.repeat(), steps=1)
    assert len(limited.get_vocabulary()) <= len(layer.get_vocabulary())


def test_numbers_in_a_dataset():
    data = np.arange(12.0).reshape(4, 3).astype("float32")
    dataset = tf.data.Dataset.from_tensor_slices(data)
    layer = tf.keras.layers.Normalization()
    layer.adapt(dataset.batch(3))
    np.testing.assert_allclose(layer.mean.numpy(), data.mean(0, keepdims=True))
    mapped = next(iter(dataset.batch(2).map(layer)))
    np.testing.assert_allclose(mapped.numpy(), (data[:2] - data.mean(0)) / data.std(0), rtol=1e-5)
    single = tf.keras.layers.Normalization()
    single.adapt(tf.data.Dataset.range(10).map(lambda x: tf.cast(x, tf.float32)).batch(4))
    assert single.mean.numpy().tolist() == [[4.5]]
    bins = tf.keras.layers.Discretization(num_bins=2)
    bins.adapt(dataset.batch(2))
    assert next(iter(dataset.map(bins))).dtype == tf.int32
    hashed = tf.keras.layers.Hashing(3)
    assert next(iter(tf.data.Dataset.from_tensor_slices(TEXTS).map(hashed))).dtype == tf.int64


def test_text_in_models_is_indexed():
    inputs = tf.keras.Input((), dtype="string")
    column = inputs[:, tf.newaxis]
    assert column.shape == (None, 1) and column.dtype == "string"
    model = tf.keras.Model(inputs, tf.keras.layers.StringLookup(vocabulary=VOCABULARY)(column))
    assert model(tf.constant(["a", "c", "?"])).numpy().tolist() == [[2], [3], [0]]


def test_a_model_of_text_and_numbers_is_called_symbolically():
    inputs = {"word": tf.keras.Input((1,), dtype="string"), "number": tf.keras.Input((1,))}
    word = tf.keras.layers.StringLookup(vocabulary=VOCABULARY)(inputs["word"])
    word = tf.keras.layers.CategoryEncoding(4)(word)
    head = tf.keras.Model(inputs, tf.keras.layers.Concatenate()([inputs["number"], word]))
    model = tf.keras.Model(inputs, head(inputs))
    assert model.output.shape == (None, 5)
    one = {"word": np.array(["a"]), "number": np.ones(1, "float32")}
    assert model(one).numpy().tolist() == [[1, 0, 0, 1, 0]]


def test_ragged_outputs_and_inputs():
    layer = tf.keras.layers.TextVectorization(vocabulary=VOCABULARY, ragged=True)
    out = layer(TEXTS)
    assert isinstance(out, tf.RaggedTensor) and out.to_list() == [[3, 2], [2, 4, 4], [4]]
    short = tf.keras.layers.TextVectorization(vocabulary=VOCABULARY, ragged=True, output_sequence_length=2)
    assert short(TEXTS).to_list() == [[3, 2], [2, 4], [4]]
    words = tf.strings.split(TEXTS)
    assert tf.keras.layers.StringLookup(vocabulary=VOCABULARY)(words).to_list() == [[2, 1], [1, 3, 3], [3]]
    counted = tf.keras.layers.StringLookup(vocabulary=VOCABULARY, output_mode="count")(words)
    assert counted.numpy().tolist() == [[0, 1, 1, 0], [0, 1, 0, 2], [0, 0, 0, 1]]
    learned = tf.keras.layers.StringLookup()
    learned.adapt(words)
    assert learned.get_vocabulary() == ["[UNK]", "c", "b", "a"]
    assert tf.keras.layers.Hashing(5)(words).shape == (3, None)


def test_functions_of_tf_in_the_layer():
    layer = tf.keras.layers.TextVectorization(
        standardize=lambda x: tf.strings.regex_replace(tf.strings.lower(x), "<br />", " "),
        split=lambda x: tf.strings.split(x, sep=" "),
        vocabulary=VOCABULARY,
    )
    assert layer(["A<br />B", "c"]).numpy().tolist() == [[3, 2], [4, 0]]


def model_on_text():
    return tf.keras.Sequential(
        [
            tf.keras.Input((1,), dtype=tf.string),
            tf.keras.layers.TextVectorization(vocabulary=VOCABULARY, output_sequence_length=3),
            tf.keras.layers.Embedding(6, 4, mask_zero=True),
            tf.keras.layers.LSTM(3),
            tf.keras.layers.Dense(1),
        ]
    )


def test_a_model_learns_from_a_dataset_of_text():
    model = model_on_text()
    model.compile("adam", "mse")
    dataset = tf.data.Dataset.from_tensor_slices((TEXTS, [0.0, 1.0, 0.0])).batch(2)
    assert np.isfinite(model.fit(dataset, epochs=2, verbose=0).history["loss"]).all()
    assert model.predict(tf.constant(TEXTS), verbose=0).shape == (3, 1)
    assert model(tf.constant([["a b"]])).shape == (1, 1)


class Lower(tf.keras.layers.Layer):
    def call(self, x):
        assert isinstance(x, tf.Tensor) and x.dtype == tf.string
        return tf.strings.lower(x)


def test_layers_of_the_user_see_strings():
    inputs = tf.keras.Input((1,), dtype="string")
    outputs = tf.keras.layers.StringLookup(vocabulary=VOCABULARY)(Lower()(inputs))
    model = tf.keras.Model(inputs, outputs)
    assert model(tf.constant([["A"], ["B"]])).numpy().tolist() == [[2], [1]]
    assert Lower()(["Q"]).numpy().tolist() == [b"q"]


def test_feature_space_in_a_dataset():
    data = {"size": ["s", "m", "l"], "price": [1.0, 2.0, 3.0]}
    dataset = tf.data.Dataset.from_tensor_slices(data)
    space = tf.keras.utils.FeatureSpace({"size": "string_categorical", "price": "float_normalized"})
    space.adapt(dataset)
    assert next(iter(dataset.batch(3).map(space))).shape == (3, 5)
    assert isinstance(space(data), tf.Tensor)


def test_sparse_outputs():
    layer = tf.keras.layers.StringLookup(vocabulary=VOCABULARY, output_mode="count", sparse=True)
    out = layer(["a", "a", "q"])
    assert isinstance(out, tf.SparseTensor)
    assert tf.sparse.to_dense(out).numpy().tolist() == [1, 0, 2, 0]


def test_sparse_inputs():
    words = tf.SparseTensor([[0, 0], [1, 2]], tf.constant(["b", "q"]), [2, 3])
    out = tf.keras.layers.StringLookup(vocabulary=VOCABULARY)(words)
    assert isinstance(out, tf.SparseTensor) and out.values.numpy().tolist() == [1, 0]
    assert tf.keras.layers.Hashing(3)(words).values.dtype == tf.int64
