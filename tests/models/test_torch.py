"""Models under torch's own tools: compile, export, func, half precision, data parallel state."""

import numpy as np
import pytest
import torch

import kerastorch as keras

layers = keras.layers


def mlp():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dropout(0.5), layers.Dense(3)]
    )


def convnet():
    inputs = keras.Input((8, 8, 3))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", activation="relu")(inputs))
    x = layers.MaxPooling2D()(x)
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))


def attention():
    inputs = keras.Input((5, 6))
    x = layers.LayerNormalization()(inputs + layers.MultiHeadAttention(2, 3)(inputs, inputs))
    return keras.Model(inputs, layers.GlobalAveragePooling1D()(x))


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second = layers.Dense(4, activation="gelu"), layers.Dense(2)

    def call(self, x, training=False):
        return self.second(self.first(x))


MODELS = {
    "mlp": (mlp, (6,)),
    "convnet": (convnet, (8, 8, 3)),
    "attention": (attention, (5, 6)),
    "own": (Own, (6,)),
}


@pytest.fixture(params=MODELS)
def case(request):
    build, shape = MODELS[request.param]
    model, x = build(), torch.randn(4, *shape)
    return model, x, model(x).detach()


@pytest.mark.slow
def test_torch_compile_sees_one_graph(case):
    model, x, expected = case
    torch._dynamo.reset()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), expected)


@pytest.mark.slow
def test_torch_export(case):
    model, x, expected = case
    program = torch.export.export(model, (x,), dynamic_shapes=(({0: torch.export.Dim("batch")},),))
    torch.testing.assert_close(program.module()(x), expected)
    assert program.module()(torch.cat([x, x])).shape[0] == 8


def test_functional_call_and_vmap_of_gradients(case):
    model, x, expected = case
    state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    torch.testing.assert_close(torch.func.functional_call(model, state, (x,)), expected)
    zeros = {name: torch.zeros_like(p) for name, p in model.named_parameters()}
    out = torch.func.functional_call(model, {**state, **zeros}, (x,))
    assert not torch.allclose(out, expected)
    torch.testing.assert_close(model(x), expected)


def test_half_and_back(case):
    model, x, expected = case
    model.to(torch.bfloat16)
    assert all(p.dtype is torch.bfloat16 and isinstance(p, keras.Variable) for p in model.parameters())
    assert all(isinstance(b, keras.Variable) for b in model.buffers())
    model.float()
    torch.testing.assert_close(model(x), expected, atol=0.05, rtol=0.05)


def test_to_meta_and_to_empty(case):
    model, x, expected = case
    state = {name: value.clone() for name, value in model.state_dict().items()}
    model.to_empty(device="cpu")
    model.load_state_dict(state)
    torch.testing.assert_close(model(x), expected)


def test_a_torch_loop_trains_like_fit():
    x, y = np.random.randn(64, 6).astype("float32"), np.random.randint(0, 3, 64)
    ours, byhand = mlp_without_noise(), mlp_without_noise()
    byhand.load_state_dict(ours.state_dict())
    ours.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    ours.fit(x, y, batch_size=16, shuffle=False, epochs=2, verbose=0)
    optimizer = torch.optim.SGD(byhand.parameters(), lr=0.1)
    for _ in range(2):
        for start in range(0, 64, 16):
            inputs, targets = torch.from_numpy(x[start : start + 16]), torch.from_numpy(y[start : start + 16])
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(byhand(inputs), targets).backward()
            optimizer.step()
    for a, b in zip(ours.parameters(), byhand.parameters()):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def mlp_without_noise():
    return keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(3)])


@pytest.mark.cuda
def test_cuda_placement():
    model = mlp()
    assert next(model.parameters()).is_cuda
    model.compile("adam", "mse")
    model.fit(np.ones((32, 6)), np.ones((32, 3)), verbose=0)
    assert model(np.ones((2, 6))).is_cuda
    model.to("cpu")
    assert model(torch.ones(2, 6)).device.type == "cpu"
    model.fit(np.ones((32, 6)), np.ones((32, 3)), verbose=0)
    assert next(model.parameters()).device.type == "cpu"


def test_the_environment_names_the_device(monkeypatch):
    monkeypatch.setenv("KERASTORCH_DEVICE", "meta")
    monkeypatch.setattr("kerastorch.core.settings._device", None)
    assert keras.Variable(np.ones(2)).device.type == "meta"
    keras.config.set_default_device("cpu")
    assert keras.Variable(np.ones(2)).device.type == "cpu"


def test_a_wrong_device_names_the_layer():
    model = mlp()
    model.layers[0].to("meta")
    with pytest.raises(RuntimeError, match=r"(?s)dense|device"):
        model(torch.ones(2, 6)).sum().item()
