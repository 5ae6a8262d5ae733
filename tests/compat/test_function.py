"""tf.function: right values on every call, and Python's side effects where TensorFlow would trace."""

import gc
import inspect
import weakref

import numpy as np
import pytest

import compat as tf


def test_prints_once_for_each_kind_of_arguments(capsys):
    @tf.function
    def f(x, flag=False):
        print("tracing")
        return x

    for x in (tf.ones([2]), tf.zeros([2]), np.ones(2, "float32"), tf.ones([3]), tf.constant([1, 2])):
        f(x)
    f(tf.ones([2]), flag=True)
    assert capsys.readouterr().out.count("tracing") == 4 == f.experimental_get_tracing_count()


def test_print_comes_back_after_an_error(capsys):
    @tf.function
    def f(x):
        if x > 0:
            raise ValueError("positive")
        return x

    f(tf.constant(-1.0))
    with pytest.raises(ValueError, match="positive"):
        f(tf.constant(1.0))
    print("heard")
    assert capsys.readouterr().out == "heard\n"


def test_run_functions_eagerly(capsys):
    @tf.function
    def f(x):
        print("called")
        return x

    tf.config.run_functions_eagerly(True)
    try:
        f(1)
        f(1)
    finally:
        tf.config.run_functions_eagerly(False)
    assert capsys.readouterr().out == "called\ncalled\n"


def test_methods_have_traces_of_their_own_and_do_not_keep_instances():
    class Counter:
        def __init__(self):
            self.n = tf.Variable(0)

        @tf.function
        def step(self, by=1):
            """Count."""
            self.n.assign_add(by)
            return self.n

    a, b = Counter(), Counter()
    assert [int(a.step()), int(a.step(2)), int(b.step())] == [1, 3, 1]
    assert a.step.experimental_get_tracing_count() == 2 and b.step.experimental_get_tracing_count() == 1
    assert Counter().step().numpy() == 1  # an instance that nobody else holds
    assert list(inspect.signature(a.step).parameters) == ["by"] and a.step.__doc__ == "Count."
    gone = weakref.ref(a)
    del a
    gc.collect()
    assert gone() is None


def test_a_model_as_a_function():
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
    f = tf.function(model)
    np.testing.assert_array_equal(f(tf.ones([1, 3])).numpy(), model(tf.ones([1, 3])).numpy())
    assert f.experimental_get_tracing_count() == 1


def test_gradients_flow_through():
    v = tf.Variable(2.0)

    @tf.function
    def f(x):
        return x * v**2

    with tf.GradientTape() as tape:
        y = f(3.0)
    assert float(tape.gradient(y, v)) == 12.0

    @tf.function
    def gradient(x):
        with tf.GradientTape() as tape:
            y = f(x)
        return tape.gradient(y, v)

    assert float(gradient(1.0)) == 4.0


def test_concrete_functions():
    @tf.function
    def f(x, n):
        return x * n

    g = f.get_concrete_function(tf.TensorSpec([None], tf.float32), 3)
    np.testing.assert_array_equal(g(tf.constant([1.0, 2.0])).numpy(), [3.0, 6.0])
    with pytest.raises(TypeError, match="dtype"):
        g(tf.constant([1, 2]))


def test_wrong_arguments_name_the_signature():
    f = tf.function(lambda x: x, input_signature=[tf.TensorSpec([2], tf.float32)])
    with pytest.raises(TypeError, match="Can not cast TensorSpec"):
        f(tf.ones([3]))
    np.testing.assert_array_equal(f([1.0, 2.0]).numpy(), [1.0, 2.0])
