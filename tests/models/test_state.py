"""State trees, losses as functions of state, inputs in other structures, clones."""

import numpy as np
import pytest

import kerastorch as keras


def model():
    inputs = keras.Input((3,), name="x")
    net = keras.Model(
        inputs, keras.layers.BatchNormalization(name="bn")(keras.layers.Dense(2, name="d")(inputs))
    )
    net.compile("adam", "mse")
    return net


def test_state_tree_goes_round():
    source, target = model(), model()
    source.fit(np.ones((4, 3)), np.zeros((4, 2)), verbose=0)
    target.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    tree = source.get_state_tree("numpy_array")
    assert {"kernel", "bias"} <= set(tree["trainable_variables"]["d"])
    assert {"iteration", "learning_rate"} <= set(tree["optimizer_variables"]["adam"])
    assert set(tree["metrics_variables"]["loss"]) == {"total", "count"}
    target.set_state_tree(tree)
    for a, b in zip(source.get_weights(), target.get_weights()):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="Unknown variable name"):
        target.set_state_tree({"others": {}})
    with pytest.raises(ValueError, match="value_format"):
        target.get_state_tree("list")


def test_seeds_have_paths_of_their_own():
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.1), keras.layers.Dropout(0.1)])
    assert len(net.get_state_tree()["non_trainable_variables"]) == 2


def test_a_path_that_stands_twice():
    class Twice(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = (keras.Variable(0.0, name="same") for _ in range(2))

    with pytest.raises(ValueError, match="found twice"):
        Twice().get_state_tree()


def test_loss_as_a_function_of_the_state():
    net = model()
    trainable = [keras.ops.zeros(v.shape) for v in net.trainable_variables]
    rest = [v.detach().clone() for v in net.non_trainable_variables]
    metrics = [v.detach().clone() for v in net.metrics_variables]
    x, y = np.ones((4, 3), "float32"), keras.ops.full((4, 2), 2.0)
    y_pred, _ = net.stateless_call(trainable, rest, x)
    loss, (after, *_) = net.stateless_compute_loss(trainable, rest, metrics, x=x, y=y, y_pred=y_pred)
    assert float(loss) == 4.0
    assert after is trainable


def two(inputs):
    return keras.Model(inputs, keras.layers.Concatenate()(keras.tree.flatten(inputs)))


ONE = np.ones((2, 1))
WRONG = {
    "named": (lambda a, b: {"a": a, "b": b}, ONE, r"named input\(s\) with keys"),
    "number": (lambda a, b: [a, b], ONE, r"expects 2 input"),
    "missing": (lambda a, b: [a, b], {"a": ONE}, "Missing data for input 'b'"),
    "None": (lambda a, b: [a, b], [ONE, None], "not optional"),
    "rank": (lambda a, b: [a, b], [ONE, np.ones((2, 1, 2))], "name 'b' and path '1'"),
    "order": (lambda a, b: {"b": b, "a": a}, [ONE, ONE], "doesn't match the expected structure"),
}


@pytest.mark.parametrize(("structure", "value", "message"), WRONG.values(), ids=WRONG)
def test_inputs_that_do_not_fit(structure, value, message):
    net = two(structure(keras.Input((1,), name="a"), keras.Input((1,), name="b")))
    with pytest.raises(ValueError, match=message):
        net(value)


def test_another_structure_is_named_once():
    net = two({"a": keras.Input((1,)), "b": keras.Input((1,))})
    with pytest.warns(UserWarning, match="doesn't match the expected structure") as caught:
        net([ONE, ONE])
        net([ONE, ONE])
    assert len(caught) == 1


def test_a_list_of_one_output_is_that_output():
    inputs = keras.Input((3,))
    net = keras.Model([inputs], [keras.layers.Dense(2)(inputs)])
    assert net(np.ones((4, 3))).shape == net.predict(np.ones((4, 3)), verbose=0).shape == (4, 2)
    assert (net.input_shape, net.output_shape) == ((None, 3), (None, 2))


def test_layers_is_reserved():
    with pytest.raises(AttributeError, match="attribute is reserved"):
        model().layers = [keras.layers.Dense(1)]


def test_clones_are_compiled():
    source = model()
    source.fit(np.ones((4, 3)), np.zeros((4, 2)), verbose=0)
    clone = keras.models.clone_model(source)
    assert clone.compiled
    assert clone.optimizer is not source.optimizer
    clone.fit(np.ones((4, 3)), np.zeros((4, 2)), verbose=0)


def test_a_sequential_model_takes_the_input_of_its_first_model():
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    net = keras.Sequential([inner, keras.layers.Dense(1)])
    assert net.built
    assert net.output_shape == (None, 1)


def test_layers_of_a_graph_stand_in_the_order_of_keras():
    a, b = keras.Input((4,), name="a"), keras.Input((6,), name="b")
    net = keras.Model([a, b], keras.layers.Concatenate(name="c")([keras.layers.Dense(3, name="d")(a), b]))
    assert [layer.name for layer in net.layers] == ["a", "d", "b", "c"]


def test_build_takes_arguments_named_as_those_of_call():
    class Good(keras.layers.Layer):
        def build(self, b_shape, a_shape):
            self.shapes = a_shape, b_shape

        def call(self, a, b):
            return a[:, :1] + b[:, :1]

    class Bad(Good):
        def build(self, c_shape, a_shape):
            pass

    good = Good()
    good(np.ones((2, 1)), np.ones((2, 5)))
    assert good.shapes == ((2, 1), (2, 5))
    with pytest.raises(ValueError, match=r"`c_shape`, but `call\(\)` does not have argument `c`"):
        Bad()(np.ones((2, 1)), np.ones((2, 5)))


def test_arguments_that_are_no_tensors_are_named():
    class Adds(keras.layers.Layer):
        def call(self, x, twice):
            return x * 2 if twice else x

    with pytest.raises(ValueError, match="Only input tensors may be passed as positional"):
        Adds()(np.ones((2, 2)), True)
    assert float(Adds()(np.ones((1, 1)), twice=True)) == 2.0
