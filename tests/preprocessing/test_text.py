"""keras.preprocessing.text and sequence against the real Keras, which keeps them as tf.keras's."""

import random

import keras.src.legacy.preprocessing.sequence as real_sequence
import keras.src.legacy.preprocessing.text as real_text
import numpy as np
import pytest

import kerastorch as keras
from kerastorch.preprocessing import sequence, text

TEXTS = ["The cat sat on the mat.", "The dog, the dog! ate my homework", "", "Cats & dogs\tand cats"]
WORDS = [["The", "cat"], ["a", "cat", "a"]]


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        ({}, TEXTS),
        ({"num_words": 4}, TEXTS),
        ({"oov_token": "<unk>"}, TEXTS),
        ({"oov_token": "<unk>", "num_words": 3}, TEXTS),
        ({"char_level": True, "lower": False}, TEXTS),
        ({"filters": "", "split": "t"}, TEXTS),
        ({"analyzer": str.split}, TEXTS),
        ({}, WORDS),
    ],
    ids=range(8),
)
def test_tokenizer(options, texts):
    ours, theirs = text.Tokenizer(**options), real_text.Tokenizer(**options)
    new = [*texts, "unknown words and the cat"] if texts is TEXTS else texts
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts(texts)
    assert ours.word_index == theirs.word_index and ours.word_counts == theirs.word_counts
    sequences = ours.texts_to_sequences(new)
    assert sequences == theirs.texts_to_sequences(new)
    assert ours.sequences_to_texts(sequences) == theirs.sequences_to_texts(sequences)
    for mode in ("binary", "count", "freq", "tfidf"):
        np.testing.assert_allclose(ours.texts_to_matrix(new, mode), theirs.texts_to_matrix(new, mode))
    assert ours.to_json() == theirs.to_json()
    copy = text.tokenizer_from_json(ours.to_json())
    if "analyzer" not in options:
        assert copy.texts_to_sequences(new) == sequences
    assert copy.to_json() == ours.to_json()


def test_words_and_hashes():
    for line in TEXTS:
        assert text.text_to_word_sequence(line) == real_text.text_to_word_sequence(line)
        assert text.one_hot(line, 50) == real_text.one_hot(line, 50)
        assert text.hashing_trick(line, 50, "md5") == real_text.hashing_trick(line, 50, "md5")


def test_errors_of_the_tokenizer():
    tokenizer = text.Tokenizer()
    with pytest.raises(ValueError, match="Specify a dimension"):
        tokenizer.sequences_to_matrix([[1]])
    with pytest.raises(ValueError, match="before using tfidf mode"):
        text.Tokenizer(num_words=3).sequences_to_matrix([[1]], "tfidf")
    with pytest.raises(ValueError, match="Unknown vectorization mode"):
        text.Tokenizer(num_words=3).sequences_to_matrix([[1]], "other")
    with pytest.raises(TypeError, match="Unrecognized keyword arguments"):
        text.Tokenizer(other=3)
    with pytest.warns(UserWarning, match="renamed `num_words`"):
        assert text.Tokenizer(nb_words=3).num_words == 3


@pytest.mark.parametrize(
    "options",
    [
        {"length": 3},
        {"length": 4, "sampling_rate": 2, "stride": 3, "batch_size": 2},
        {"length": 2, "start_index": 3, "end_index": 15, "reverse": True, "batch_size": 5},
        {"length": 2, "shuffle": True, "batch_size": 4},
    ],
    ids=str,
)
def test_timeseries_generator(options):
    data, targets = np.arange(40.0).reshape(20, 2), np.arange(20)
    batches = []
    for module in (sequence, real_sequence):
        np.random.seed(0)
        generator = module.TimeseriesGenerator(data, targets, **options)
        batches.append([generator[i] for i in range(len(generator))])
    assert len(batches[0]) == len(batches[1])
    for ours, theirs in zip(*batches):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])


def test_timeseries_generator_writes_itself_down_and_trains():
    generator = sequence.TimeseriesGenerator([[1.0], [2], [3], [4]], [1, 2, 3, 4], length=2)
    assert generator.get_config()["data"] == "[[1.0], [2], [3], [4]]" and '"length": 2' in generator.to_json()
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(loss="mse")
    model.fit(generator, verbose=0)
    with pytest.raises(ValueError, match="is disallowed"):
        sequence.TimeseriesGenerator([1], [1], length=3)
    with pytest.raises(ValueError, match="of same length"):
        sequence.TimeseriesGenerator([1], [1, 2], length=3)


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 1},
        {"window_size": 1, "categorical": True, "seed": 2},
        {"negative_samples": 0.5, "seed": 4},
        {"shuffle": False},
    ],
    ids=str,
)
def test_skipgrams(options):
    results = []
    for module in (sequence, real_sequence):
        random.seed(3)
        table = module.make_sampling_table(10, 0.1)
        results.append(module.skipgrams([1, 2, 0, 3, 4, 1, 5], 10, sampling_table=table, **options))
    assert results[0] == results[1]


def test_the_sampling_table():
    ours, theirs = sequence.make_sampling_table(50), real_sequence.make_sampling_table(50)
    np.testing.assert_allclose(ours, theirs)
