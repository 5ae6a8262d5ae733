"""What callbacks print, warn of, write and do, in the same training in the real Keras."""

import contextlib
import io
import os
import sys
import types
import warnings

import keras as real
import numpy as np
import pytest

import kerastorch as keras

X, Y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")


def trained(k, make, learning_rate=0.01, epochs=3, start=None, **options):
    """Train one Dense layer with callbacks, and return what was printed, warned, recorded or raised."""
    model = k.Sequential([k.Input((2,)), k.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(k.optimizers.SGD(learning_rate), "mse", metrics=["mae"])
    if start is not None:
        model.set_weights([np.array([[start], [0.0]], "float32"), np.zeros(1, "float32")])
    output, error, history = io.StringIO(), None, {}
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(output):
        warnings.simplefilter("always")
        try:
            callbacks = make(k.callbacks)
            history = model.fit(
                X, Y, batch_size=4, epochs=epochs, verbose=0, callbacks=callbacks, **options
            ).history
        except Exception as e:
            error = (type(e), str(e))
    warned = [str(w.message) for w in caught if w.category is UserWarning]
    return {
        "printed": output.getvalue(),
        "warned": warned,
        "error": error,
        "history": history,
        "weights": model.get_weights(),
    }


class Recorder:
    """Makes, in either library, a callback that writes down every call it gets."""

    def __call__(self, callbacks):
        calls = []

        class Recording(callbacks.Callback):
            pass

        for kind in ("epoch", "train_batch", "test_batch"):
            for moment in ("begin", "end"):

                def hook(self, index, logs=None, name=f"{kind}_{moment}"):
                    print(name, index, rounded(logs))

                setattr(Recording, f"on_{kind}_{moment}", hook)
        for kind in ("train", "test"):
            for moment in ("begin", "end"):

                def hook(self, logs=None, name=f"{kind}_{moment}"):
                    print(name, rounded(logs), self.params)

                setattr(Recording, f"on_{kind}_{moment}", hook)
        self.calls = calls
        return [Recording()]


def rounded(logs):
    assert all(type(value) is float for value in logs.values())
    return {key: round(value, 5) for key, value in logs.items()}


VALIDATION = {"validation_data": (X, Y)}
ROWS = {
    "every call": (Recorder(), {"epochs": 2, **VALIDATION}),
    "stop early": (lambda c: c.EarlyStopping(monitor="loss", verbose=1, min_delta=10), {}),
    "stop early, restore": (
        lambda c: c.EarlyStopping(
            monitor="loss", patience=1, verbose=1, min_delta=10, restore_best_weights=True
        ),
        {},
    ),
    "stop early, nothing to watch": (lambda c: c.EarlyStopping(verbose=1), {"epochs": 1}),
    "stop early, baseline": (lambda c: c.EarlyStopping(monitor="loss", patience=1, baseline=1e-9), {}),
    "stop early, unknown direction": (lambda c: c.EarlyStopping(monitor="speed", patience=1), {}),
    "stop early, unknown mode": (lambda c: c.EarlyStopping(monitor="loss", mode="foo"), {"epochs": 1}),
    "stop early, by metric": (lambda c: c.EarlyStopping(monitor="val_mae", min_delta=10), VALIDATION),
    "stop early, later": (
        lambda c: c.EarlyStopping("loss", min_delta=9, start_from_epoch=2, verbose=1),
        {"epochs": 6},
    ),
    "stop early, max": (lambda c: c.EarlyStopping("loss", mode="max", patience=2, verbose=1), {"epochs": 6}),
    "plateau": (
        lambda c: c.ReduceLROnPlateau("loss", patience=1, verbose=1, min_delta=10, factor=0.5),
        {"epochs": 5},
    ),
    "plateau, cooldown": (
        lambda c: c.ReduceLROnPlateau("loss", 0.5, 1, 1, min_delta=10, cooldown=2, min_lr=0.003),
        {"epochs": 8},
    ),
    "plateau, nothing to watch": (lambda c: c.ReduceLROnPlateau(), {"epochs": 1}),
    "plateau, factor": (lambda c: c.ReduceLROnPlateau(factor=1.0), {}),
    "schedule of two": (lambda c: c.LearningRateScheduler(lambda e, lr: lr * 0.5, verbose=1), {}),
    "schedule of one": (lambda c: c.LearningRateScheduler(lambda e: 0.1, verbose=1), {}),
    "schedule of text": (lambda c: c.LearningRateScheduler(lambda e: "a"), {}),
    "checkpoint": (
        lambda c: c.ModelCheckpoint("m_{epoch:02d}_{loss:.2f}.weights.h5", verbose=1, save_weights_only=True),
        {},
    ),
    "checkpoint, best": (
        lambda c: c.ModelCheckpoint("b.weights.h5", "loss", 1, save_best_only=True, save_weights_only=True),
        {},
    ),
    "checkpoint, no better": (
        lambda c: c.ModelCheckpoint("b.weights.h5", "loss", 1, True, True, initial_value_threshold=1e-5),
        {},
    ),
    "checkpoint, nothing to watch": (
        lambda c: c.ModelCheckpoint("b.weights.h5", "x_loss", 0, True, True, "min"),
        {},
    ),
    "checkpoint, batches": (
        lambda c: c.ModelCheckpoint("{epoch}_{batch}.weights.h5", "loss", 1, False, True, "min", 3),
        {},
    ),
    "checkpoint, unknown field": (
        lambda c: c.ModelCheckpoint("{foo}.weights.h5", save_weights_only=True),
        {},
    ),
    "checkpoint, wrong ending": (lambda c: c.ModelCheckpoint("w.h5", save_weights_only=True), {}),
    "checkpoint, wrong ending of a model": (lambda c: c.ModelCheckpoint("w.foo"), {}),
    "checkpoint, wrong frequency": (lambda c: c.ModelCheckpoint("w.keras", save_freq="x"), {}),
    "not a number, raise": (lambda c: c.TerminateOnNaN(raise_error=True), {"start": np.nan}),
    "functions": (
        lambda c: c.LambdaCallback(
            on_epoch_end=lambda e, logs: print("end", e, rounded(logs)),
            on_train_begin=lambda logs: print("begin", logs),
            on_train_batch_end=lambda b, logs: print("batch", b, rounded(logs)),
        ),
        {},
    ),
    "backup without a folder": (lambda c: c.BackupAndRestore(""), {}),
    "backup at odd times": (lambda c: c.BackupAndRestore("a", save_freq="x"), {}),
}


@pytest.mark.parametrize("name", ROWS)
def test_does_what_keras_does(name, tmp_path, monkeypatch):
    make, options = ROWS[name]
    results, files = [], []
    for k in (real, keras):
        (tmp_path / k.__name__).mkdir()
        monkeypatch.chdir(tmp_path / k.__name__)
        results.append(trained(k, make, **options))
        files.append(sorted(os.listdir()))
    theirs, ours = results
    assert ours["printed"] == theirs["printed"]
    assert ours["warned"] == theirs["warned"]
    assert ours["error"] == theirs["error"]
    assert files[0] == files[1]
    assert list(ours["history"]) == list(theirs["history"])
    for key, values in theirs["history"].items():
        np.testing.assert_allclose(ours["history"][key], values, rtol=1e-5, err_msg=key)
    for our, their in zip(ours["weights"], theirs["weights"]):
        np.testing.assert_allclose(our, their, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("options", [{}, {"separator": ";", "append": True}], ids=str)
def test_csv_files_are_the_same(options, tmp_path):
    texts = []
    for k in (real, keras):
        path = tmp_path / f"{k.__name__}.csv"
        for _ in range(2):
            trained(k, lambda c, path=path: c.CSVLogger(path, **options), validation_freq=2, **VALIDATION)
        lines = path.read_text().splitlines()
        rows = [[_rounded(cell) for cell in line.split(options.get("separator", ","))] for line in lines]
        texts.append(rows)
    assert texts[0] == texts[1]


def _rounded(cell):
    try:
        return round(float(cell), 5)
    except ValueError:
        return cell


def test_logs_that_a_user_keeps_do_not_change():
    kept = []

    class Keeper(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            kept.append(logs)

    trained(keras, lambda c: Keeper(), epochs=1)
    losses = [logs["loss"] for logs in kept]
    assert len(set(losses)) == 2
    assert all(type(loss) is float for loss in losses)


def test_a_loss_that_is_not_a_number_ends_training():
    # the real Keras calls this one from a thread, and may be a batch late
    result = trained(keras, lambda c: c.TerminateOnNaN(), start=np.nan)
    assert result["printed"] == "Batch 0: Invalid loss, terminating training\n"
    assert np.isnan(result["history"]["loss"]).tolist() == [True]


def test_nobody_reads_logs_that_nobody_waits_for():
    callbacks = keras.callbacks.CallbackList([keras.callbacks.EarlyStopping(), keras.callbacks.History()])
    assert not callbacks.has_batch_hooks("train_batch_end")
    callbacks.append(keras.callbacks.TerminateOnNaN())
    assert callbacks.has_batch_hooks("train_batch_end")
    assert not callbacks.has_batch_hooks("train_batch_begin")


def test_what_is_not_a_callback_is_an_error():
    with pytest.raises(ValueError, match="Received: 3"):
        keras.callbacks.CallbackList([3])


def test_backup_goes_on_where_training_stopped(tmp_path):
    class Stop(Exception):
        pass

    def stop(epoch, logs):
        if epoch == 2:
            raise Stop

    def model():
        net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="zeros")])
        net.compile(keras.optimizers.SGD(0.01), "mse")
        return net

    whole = model().fit(X, Y, epochs=5, verbose=0).history["loss"]
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup", delete_checkpoint=False)
    with pytest.raises(Stop):
        model().fit(
            X, Y, epochs=5, verbose=0, callbacks=[backup, keras.callbacks.LambdaCallback(on_epoch_begin=stop)]
        )
    rest = model().fit(X, Y, epochs=5, verbose=0, callbacks=[backup])
    np.testing.assert_allclose(rest.history["loss"], whole[2:], rtol=1e-5)


def test_averages_are_swapped_in_for_evaluation():
    seen = []
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    net.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(net.get_weights()[0][0, 0])

        def on_test_batch_begin(self, batch, logs=None):
            seen.append(net.get_weights()[0][0, 0])

    net.fit(
        X,
        Y,
        batch_size=8,
        epochs=3,
        verbose=0,
        callbacks=[keras.callbacks.SwapEMAWeights(), Look()],
        **VALIDATION,
    )
    trained_weights, averages = seen[::2], seen[1::2]
    expected = trained_weights[0]
    for weight, average in zip(trained_weights, averages):
        expected = 0.5 * expected + 0.5 * weight
        np.testing.assert_allclose(average, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("package", "make"),
    [
        ("torch.utils.tensorboard", lambda: keras.callbacks.TensorBoard("logs")),
        ("requests", lambda: keras.callbacks.RemoteMonitor()),
    ],
)
def test_a_package_that_is_not_installed_is_named(package, make, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    result = trained(keras, lambda c: make(), epochs=1)
    assert result["error"][0] is ImportError
    assert package.rsplit(".", 1)[-1] in result["error"][1]


class Writer:
    """Stands for torch.utils.tensorboard.SummaryWriter, and notes what is written."""

    written = []

    def __init__(self, folder):
        self.folder = os.path.basename(folder)

    def __getattr__(self, name):
        return lambda tag=None, *rest, **named: Writer.written.append((self.folder, name, tag))


def test_tensorboard_gets_results_weights_and_speed(tmp_path, monkeypatch):
    module = types.ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    Writer.written = []
    board = keras.callbacks.TensorBoard(
        tmp_path, histogram_freq=1, write_images=True, write_steps_per_second=True, update_freq="batch"
    )
    assert trained(keras, lambda c: board, epochs=1, **VALIDATION)["error"] is None
    scalars = {(folder, tag) for folder, name, tag in Writer.written if name == "add_scalar"}
    assert scalars == {
        *(("train", f"epoch_{name}") for name in ("loss", "mae", "learning_rate", "steps_per_second")),
        *(("train", f"batch_{name}") for name in ("loss", "mae", "steps_per_second")),
        *(("validation", f"epoch_{name}") for name in ("loss", "mae")),
    }
    histograms = [tag for _, name, tag in Writer.written if name == "add_histogram"]
    assert [tag.split("/")[-2:] for tag in histograms] == [["kernel", "histogram"], ["bias", "histogram"]]
