"""GradientTape: which values are recorded, and what happens to them afterwards."""

import gc
import threading
import weakref

import numpy as np
import pytest

import compat as tf


def test_a_variable_assigned_inside_the_tape_counts_with_the_value_that_was_read():
    x = tf.Variable([2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        y = x * x
        x.assign([10.0, 10.0])
        z = x * x
    np.testing.assert_array_equal(tape.gradient(y, x), [4.0, 6.0])
    np.testing.assert_array_equal(tape.gradient(z, x), [20.0, 20.0])
    x.assign_sub([1.0, 1.0])
    np.testing.assert_array_equal(tape.gradient(z, x), [20.0, 20.0])


def test_values_do_not_change_with_the_variable():
    x = tf.Variable([1.0, 2.0])
    views = [tf.reshape(x, [2, 1]), x[:1], tf.identity(x), tf.transpose(x), tf.expand_dims(x, 0), x.value()]
    before = [v.numpy() for v in views]
    x.assign([5.0, 6.0])
    for v, b in zip(views, before):
        np.testing.assert_array_equal(v.numpy(), b)


def test_truncated_backpropagation_through_time():
    w, state = tf.Variable(0.5), tf.constant(1.0)
    for _ in range(3):
        with tf.GradientTape() as tape:
            before = float(state)
            state = state * w
        assert tape.gradient(state, w).numpy() == before


def test_the_graph_of_a_step_is_freed_with_its_values():
    w = tf.Variable(np.ones((4, 4), "float32"))
    with tf.GradientTape() as tape:
        y = tf.matmul(w, w)
        loss = tf.reduce_sum(y)
    kept = weakref.ref(y._t)
    tape.gradient(loss, w)
    del y, loss, tape
    gc.collect()
    assert kept() is None


def test_two_tapes_over_the_same_operations():
    a, b = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as first, tf.GradientTape() as second:
        y = a * b * b
    assert float(first.gradient(y, a)) == 9.0
    assert float(second.gradient(y, b)) == 12.0


def test_gradients_through_every_third_order():
    x = tf.Variable(2.0)
    with tf.GradientTape() as t3, tf.GradientTape() as t2, tf.GradientTape() as t1:
        y = x**4
        g1 = t1.gradient(y, x)
        g2 = t2.gradient(g1, x)
    assert [float(v) for v in (g1, g2)] == [32.0, 48.0]
    assert float(t3.gradient(g2, x)) == 48.0


@pytest.mark.parametrize("at_once", [True, False])
def test_jacobian(at_once):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.tanh(x @ tf.constant([[1.0, 0.5], [0.0, 2.0]]))
    full = tape.jacobian(y, x, experimental_use_pfor=at_once).numpy()
    each = tape.batch_jacobian(y, x, experimental_use_pfor=at_once).numpy()
    assert full.shape == (2, 2, 2, 2) and each.shape == (2, 2, 2)
    for i in range(2):
        np.testing.assert_allclose(full[i, :, i], each[i], rtol=1e-6)
        assert (full[i, :, 1 - i] == 0).all()


def test_hessian():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(x**3)
        g = inner.gradient(y, x)
    np.testing.assert_allclose(outer.jacobian(g, x).numpy(), np.diag([6.0, 12.0]))


def test_structures_of_sources_and_targets():
    w, b = tf.Variable(2.0), tf.Variable(1.0)
    with tf.GradientTape() as tape:
        out = {"a": w * 3.0 + b, "b": [w * w]}
    grads = tape.gradient(out, {"w": w, "rest": (b, tf.constant(1.0))})
    assert float(grads["w"]) == 7.0 and float(grads["rest"][0]) == 1.0 and grads["rest"][1] is None


def test_custom_gradient_with_variables_and_second_order():
    scale = tf.Variable(3.0)

    @tf.custom_gradient
    def f(x):
        def grad(upstream, variables=None):
            return upstream * 2.0 * x, [upstream * 10.0 for _ in variables]

        return x * x * scale, grad

    x = tf.constant(5.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        g, s = inner.gradient(y, [x, scale])
    assert (float(y), float(g), float(s)) == (75.0, 10.0, 10.0)
    assert float(outer.gradient(g, x)) == 2.0


def test_clipped_gradients_by_name():
    @tf.custom_gradient
    def clip_gradients(y):
        return y, lambda dy: tf.clip_by_norm(dy, 0.5)

    v = tf.Variable(2.0)
    with tf.GradientTape() as t:
        output = clip_gradients(v * v)
    assert float(t.gradient(output, v)) == 2.0


def test_recompute_grad_and_pass_through():
    x = tf.Variable([0.3, -0.2])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.recompute_grad(lambda v: tf.tanh(tf.sin(v)))(x * 1.0)
        z = tf.tanh(tf.sin(x * 1.0))
        r = tf.grad_pass_through(tf.round)(x * 3.0)
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), tape.gradient(z, x).numpy())
    np.testing.assert_array_equal(tape.gradient(r, x).numpy(), [3.0, 3.0])


def test_tapes_of_threads_do_not_meet():
    x, seen = tf.Variable(3.0), []

    def work():
        y = x * x
        seen.append(y._t.requires_grad)
        with tf.GradientTape() as tape:
            z = x * x
        seen.append(float(tape.gradient(z, x)))

    with tf.GradientTape() as tape:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        y = x * 2.0
    assert seen == [False, 6.0] and float(tape.gradient(y, x)) == 2.0


def test_an_error_inside_the_tape_ends_the_recording():
    x = tf.Variable(1.0)
    with pytest.raises(KeyError), tf.GradientTape():
        raise KeyError("stop")
    assert not (x * 2.0)._t.requires_grad
