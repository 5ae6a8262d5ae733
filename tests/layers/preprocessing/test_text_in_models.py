"""Text layers inside models, alone on every kind of text, and saved."""

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch import layers

TEXTS = np.array(["a b", "b c c", "c", "a a a a"])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0], "float32")
KINDS = {
    "list": lambda: ["b", "q"],
    "tuple": lambda: ("b", "q"),
    "unicode array": lambda: np.array(["b", "q"]),
    "bytes array": lambda: np.array([b"b", b"q"]),
    "object array": lambda: np.array(["b", "q"], dtype=object),
    "objects of bytes": lambda: np.array([b"b", b"q"], dtype=object),
}


def vectorizer(**options):
    layer = layers.TextVectorization(**options)
    layer.adapt(TEXTS)
    return layer


def functional():
    inputs = keras.Input((1,), dtype="string")
    x = vectorizer(output_sequence_length=4)(inputs)
    x = layers.GlobalAveragePooling1D()(layers.Embedding(8, 3)(x))
    return keras.Model(inputs, layers.Dense(1)(x))


def sequential(first=True):
    start = [keras.Input((1,), dtype="string")] if first else []
    return keras.Sequential([*start, vectorizer(output_mode="multi_hot"), layers.Dense(1)])


MODELS = {
    "functional": functional,
    "sequential": sequential,
    "sequential without input": lambda: sequential(False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_text(kind):
    lookup, vectorize = layers.StringLookup(vocabulary=["a", "b"]), layers.TextVectorization(vocabulary=["b"])
    assert lookup(KINDS[kind]()).tolist() == [2, 0]
    assert vectorize(KINDS[kind]()).tolist() == [[2], [1]]
    assert layers.Hashing(100)(KINDS[kind]()).dtype is torch.int64


def test_a_single_text():
    assert layers.StringLookup(vocabulary=["a", "b"])("b").item() == 2
    assert layers.TextVectorization(vocabulary=["b"])("b c").tolist() == [2, 1]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_models_train_on_text(name, shape):
    model = MODELS[name]()
    model.compile("adam", "mse")
    history = model.fit(TEXTS.reshape(shape), TARGETS, epochs=2, batch_size=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert model.predict(TEXTS.reshape(shape), verbose=0).shape == (4, 1)
    assert np.isfinite(model.evaluate(TEXTS.reshape(shape), TARGETS, verbose=0))


def test_models_train_on_generated_text():
    model = functional()
    model.compile("sgd", "mse")
    batches = [(TEXTS[:2, None], TARGETS[:2]), (TEXTS[2:, None], TARGETS[2:])]
    assert len(model.fit((batch for batch in batches), verbose=0).history["loss"]) == 1


def test_text_beside_numbers():
    text, numbers = keras.Input((1,), dtype="string", name="text"), keras.Input((2,), name="numbers")
    joined = layers.Concatenate()([vectorizer(output_mode="count")(text), layers.Normalization()(numbers)])
    model = keras.Model({"text": text, "numbers": numbers}, layers.Dense(1)(joined))
    out = model.predict({"text": TEXTS, "numbers": np.ones((4, 2))}, verbose=0)
    assert out.shape == (4, 1)


def test_strings_come_out_of_a_model():
    inputs = keras.Input((2,), dtype="int64")
    model = keras.Model(inputs, layers.StringLookup(vocabulary=["a", "b"], invert=True)(inputs))
    assert model.output.dtype == "string"
    assert model.predict(np.array([[1, 2], [0, 1]]), verbose=0).tolist() == [[b"a", b"b"], [b"[UNK]", b"a"]]


def test_inverse_lookup_alone_gives_strings():
    layer = layers.StringLookup(vocabulary=["a", "é"], invert=True, mask_token="-")
    assert layer([[2, 3], [0, 9]]) == [["a", "é"], ["-", "[UNK]"]]


def test_functions_of_the_user():
    layer = layers.TextVectorization(
        standardize=lambda x: np.char.upper(x), split=lambda x: [text.split("-") for text in x]
    )
    layer.adapt(["a-b", "b"])
    assert layer.get_vocabulary() == ["", "[UNK]", "B", "A"]
    assert layer(["b-a-c"]).tolist() == [[2, 3, 1]]


@pytest.mark.parametrize("name", MODELS)
def test_saved_models_keep_their_vocabulary(name, tmp_path):
    model = MODELS[name]()
    expected = model.predict(TEXTS[:, None], verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(TEXTS[:, None], verbose=0), expected, rtol=1e-6)


def test_weights_of_tf_idf_are_saved(tmp_path):
    model = keras.Sequential([keras.Input((1,), dtype="string"), vectorizer(output_mode="tf_idf")])
    expected = model.predict(TEXTS, verbose=0)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        keras.saving.load_model(tmp_path / "model.keras").predict(TEXTS, verbose=0), expected
    )


def test_vocabulary_files(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("foo\nbär\n", encoding="utf-8")
    layer = layers.StringLookup(vocabulary=str(path), mask_token="")
    assert layer.get_vocabulary() == ["", "[UNK]", "foo", "bär"]
    assert layer.get_config()["vocabulary"] is None
    (tmp_path / "numbers.txt").write_text("7\n9")
    assert layers.IntegerLookup(vocabulary=str(tmp_path / "numbers.txt")).get_vocabulary() == [-1, 7, 9]
    with pytest.raises(ValueError, match="does not exist"):
        layers.StringLookup(vocabulary=str(tmp_path / "nothing.txt"))
    with pytest.raises(ValueError, match="vocabulary file outside of the model archive"):
        layers.deserialize(
            {**keras.layers.serialize(layer), "config": {**layer.get_config(), "vocabulary": str(path)}}
        )


def test_text_for_a_layer_of_numbers_is_refused():
    with pytest.raises(ValueError, match="text"):
        layers.Dense(1)(np.array(["a"]))
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="text"):
        model(np.array([["a"]]))


ERRORS = [
    (lambda: layers.StringLookup(max_tokens=1), "`max_tokens` must be greater than 1"),
    (lambda: layers.StringLookup(num_oov_indices=-1), "`num_oov_indices`"),
    (lambda: layers.StringLookup(output_mode="x"), "output_mode"),
    (lambda: layers.StringLookup(invert=True, output_mode="count"), "when `invert` is true"),
    (lambda: layers.StringLookup(pad_to_max_tokens=True), "must set `max_tokens`"),
    (lambda: layers.StringLookup(vocabulary=["a"], idf_weights=[1.0]), "`idf_weights` should only be set"),
    (lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), "`idf_weights` argument must"),
    (lambda: layers.StringLookup(vocabulary=["a", "a"]), "repeated"),
    (lambda: layers.StringLookup(vocabulary=[]), "empty vocabulary"),
    (lambda: layers.StringLookup(vocabulary=["a", "m"], mask_token="m"), "reserved mask token"),
    (lambda: layers.StringLookup(vocabulary=["a", "[UNK]"], invert=True), "reserved OOV token"),
    (lambda: layers.StringLookup(vocabulary=list("abc"), max_tokens=3), "larger than the maximum vocab size"),
    (lambda: layers.StringLookup(vocabulary=["a"]).adapt(["b"]), "after setting a static vocabulary"),
    (lambda: layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]), "found OOV values"),
    (lambda: layers.StringLookup(vocabulary=["a"])([1]), "vocabulary of text"),
    (lambda: layers.StringLookup(sparse=True, output_mode="count"), "`sparse=True` can only be used"),
    (lambda: layers.IntegerLookup(vocabulary_dtype="int32"), "Only `vocabulary_dtype='int64'`"),
    (lambda: layers.IntegerLookup(salt=3), "oov_method='farmhash'"),
    (lambda: layers.TextVectorization(ngrams="2"), "`ngrams` must be None"),
    (lambda: layers.TextVectorization(split="words"), "split"),
    (lambda: layers.TextVectorization(output_sequence_length=2.5), "`output_sequence_length` must be either"),
    (lambda: layers.TextVectorization(ragged=True), "`ragged=True` can only be used"),
    (lambda: layers.TextVectorization(vocabulary=["a"])([["a", "b"]]), "last shape dimension must be 1"),
    (lambda: layers.Hashing(0), "`num_bins`"),
    (lambda: layers.Hashing(3, salt="x"), "`salt` argument for `Hashing`"),
    (lambda: layers.Hashing(3, dtype="float32"), "should be an integer"),
    (lambda: layers.HashedCrossing(3)(np.array([1])), "list or tuple"),
    (lambda: layers.HashedCrossing(3)([np.array([1])]), "at least two inputs"),
    (lambda: layers.HashedCrossing(3)([np.array([1]), np.array([1, 2])]), "equal shape"),
    (lambda: layers.HashedCrossing(3)([np.array([1]), np.array([1.5])]), "integer or string dtype"),
    (lambda: layers.CategoryEncoding(), "num_tokens must be set"),
    (lambda: layers.Discretization(), "either `num_bins` or `bin_boundaries`"),
    (lambda: layers.Discretization([1.0]).adapt(np.ones(3)), "Cannot adapt"),
    (lambda: layers.Discretization(num_bins=3)([1.0]), "call `adapt"),
    (lambda: layers.Normalization(mean=1.0), "both `mean` and `variance`"),
    (lambda: layers.Normalization().adapt([]), "empty iterable"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[message for _, message in ERRORS])
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_size_of_vectors_is_fixed_once_known():
    layer = layers.StringLookup(output_mode="multi_hot")
    with pytest.raises(RuntimeError, match="you must set the layer's vocabulary before calling it"):
        layer(["a"])
    layer.set_vocabulary(["a"])
    with pytest.raises(RuntimeError, match="vocabulary size cannot be changed"):
        layer.set_vocabulary(["a", "b"])


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.full((3,), float(index)), 0


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return np.full((2, 3), [[2.0 * index], [2.0 * index + 1]]), np.zeros(2)


SOURCES = {
    "array": lambda: np.arange(4.0)[:, None] * np.ones(3),
    "tensor": lambda: torch.arange(4.0)[:, None] * torch.ones(3),
    "list of batches": lambda: [np.zeros((1, 3)), np.arange(1.0, 4.0)[:, None] * np.ones(3)],
    "generator": lambda: (np.full((1, 3), float(i)) for i in range(4)),
    "loader": lambda: torch.utils.data.DataLoader(Rows(), batch_size=3),
    "PyDataset": lambda: Batches(),
}


@pytest.mark.parametrize("source", SOURCES)
def test_normalization_learns_from(source):
    layer = layers.Normalization()
    layer.adapt(SOURCES[source]())
    np.testing.assert_allclose(layer.mean.numpy(), [[1.5] * 3], rtol=1e-6)
    np.testing.assert_allclose(layer.variance.numpy(), [[1.25] * 3], rtol=1e-6)


def test_feature_space_saves_and_feeds_a_model(tmp_path):
    data = {"price": [0.0, 0.1, 0.2, 0.3], "size": ["s", "m", "l", "m"], "rooms": [1, 2, 2, 3]}
    space = keras.utils.FeatureSpace(
        {"price": "float_normalized", "size": "string_categorical", "rooms": "integer_categorical"},
        crosses=[("size", "rooms")],
        crossing_dim=8,
    )
    with pytest.raises(ValueError, match="You need to call"):
        space(data)
    space.adapt(data)
    expected = space(data)
    assert expected.shape == (4, 1 + 4 + 4 + 8)
    assert space({"price": 0.1, "size": "m", "rooms": 2}).shape == (17,)
    model = keras.Model(space.get_inputs(), layers.Dense(1)(space.get_encoded_features()))
    model.compile("sgd", "mse")
    columns = {name: np.array(values)[:, None] for name, values in data.items()}
    model.fit(columns, TARGETS, verbose=0)
    space.save(tmp_path / "space.keras")
    again = keras.saving.load_model(tmp_path / "space.keras")
    torch.testing.assert_close(again(data), expected)


def test_many_texts_are_looked_up_as_single_ones():
    rng = np.random.default_rng(0)
    words = np.array(
        [f"w{i}" for i in range(300)] + ["é" * n for n in range(1, 12)] + ["a\0", "a", "\0", "x" * 15]
    )
    texts = [" ".join(row) for row in words[rng.integers(0, len(words), (40, 30))]] + [
        "",
        " \t\n ",
        "w1\x0bw2\x0cw3 ",
    ]
    layer = layers.TextVectorization(standardize=None, max_tokens=150)
    layer.adapt(texts)
    together = layer(texts)
    alone = [[n for n in layer([text])[0].tolist() if n] for text in texts]
    assert [[n for n in row if n] for row in together.tolist()] == alone
    counted = layers.TextVectorization(
        standardize=None, output_mode="count", vocabulary=layer.get_vocabulary()[2:]
    )
    np.testing.assert_array_equal(counted(texts), np.concatenate([counted([text]) for text in texts]))
