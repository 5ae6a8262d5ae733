"""What single layers do besides computing: masks, moving statistics, randomness, files, torch's memory formats."""

import json
import subprocess
import sys

import keras as real
import numpy as np
import pytest
import torch

from kerastorch import layers as L
from kerastorch import saving
from kerastorch.core.call import get_mask, set_mask


def masked(value, mask):
    tensor = torch.full((1, 3, 1), float(value))
    if mask is not None:
        set_mask(tensor, torch.tensor([mask], dtype=torch.bool))
    return tensor


# ------------------------------------------------------------------ Input
def test_input_names_follow_the_layers():
    first = L.Input((3,))
    second = L.Input((3,))
    named = L.Input((3,), name="image", dtype="uint8", batch_size=2)
    number = int((first._keras_history.operation.name + "_0").split("_")[2])
    assert second._keras_history.operation.name == f"input_layer_{number + 1}"
    assert (named.name, named.dtype, named.shape) == ("image", "uint8", (2, 3))
    assert named._keras_history.operation.name == "image"


@pytest.mark.parametrize(
    "options",
    [
        {"shape": (3,)},
        {"batch_shape": (2, None), "dtype": "int32"},
        {"shape": (), "optional": True, "name": "x"},
    ],
)
def test_input_layer_config_is_keras(options):
    ours, theirs = L.InputLayer(**options), real.layers.InputLayer(**options)
    expected = {**theirs.get_config(), "name": ours.name}
    assert json.loads(json.dumps(ours.get_config())) == json.loads(json.dumps(expected))
    again = L.InputLayer.from_config(json.loads(json.dumps(ours.get_config())))
    assert again.get_config() == ours.get_config()


def test_input_takes_a_symbolic_tensor():
    x = L.Dense(2)(L.Input((3,)))
    assert L.Input(tensor=x) is x


# ------------------------------------------------------------------ masks
MASKS = [([1, 1, 0], [1, 0, 0]), ([1, 1, 0], None), ([0, 0, 0], [0, 0, 0])]


@pytest.mark.parametrize("masks", MASKS)
@pytest.mark.parametrize(
    "name", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"]
)
def test_merging_masked_inputs_is_keras(name, masks):
    results = []
    for library, key in ((L, "_keras_mask"), (real.layers, "_keras_mask")):
        inputs = [masked(2, masks[0]), masked(5, masks[1])]
        y = getattr(library, name)()(inputs)
        results.append((y, getattr(y, key, None)))
    torch.testing.assert_close(results[0][0], results[1][0])
    assert (results[0][1] is None) == (results[1][1] is None)
    if results[0][1] is not None:
        assert torch.equal(results[0][1], results[1][1])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concatenated_mask(axis):
    a, b = torch.ones(2, 3, 2), torch.ones(2, 3, 2)
    m = torch.tensor([[True, True, False], [True, False, False]])
    for masks in ([m, ~m], [m, None]):
        ours = L.Concatenate(axis).compute_mask([a, b], masks)
        assert torch.equal(ours, real.layers.Concatenate(axis).compute_mask([a, b], masks))


def test_mask_flows_through_layers_to_the_one_that_uses_it():
    tokens = torch.tensor([[1, 2, 0], [3, 0, 0]])
    embedding = L.Embedding(4, 2, mask_zero=True)
    x = L.Activation("tanh")(L.Dropout(0.5)(L.Dense(2)(embedding(tokens))))
    assert torch.equal(get_mask(x), tokens != 0)
    pooled = L.GlobalAveragePooling1D()(x)
    torch.testing.assert_close(pooled[1], x[1, 0])
    assert get_mask(pooled) is None


def test_mask_flows_through_symbolic_layers():
    x = L.Embedding(4, 2, mask_zero=True)(L.Input((None,), dtype="int32"))
    assert get_mask(L.Concatenate()([x, x])).shape == (None, None)
    assert get_mask(L.Masking()(L.Input((5, 3)))).shape == (None, 5)


def test_layer_without_masks_warns_that_it_drops_one():
    x = L.Embedding(4, 2, mask_zero=True)(torch.tensor([[1, 0]]))
    with pytest.warns(UserWarning, match="does not support masking"):
        L.Flatten()(x)


# ------------------------------------------------------------------ normalization
def test_moving_statistics_follow_keras():
    ours, theirs = L.BatchNormalization(momentum=0.9), real.layers.BatchNormalization(momentum=0.9)
    rng = np.random.default_rng(0)
    for step in range(20):
        x = (rng.normal(size=(5, 3, 4)) * (step + 1) + step).astype("float32")
        y, z = ours(x, training=True), theirs(x, training=True)
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-4, atol=1e-5)
    for a, b in zip(ours.weights, theirs.weights):
        np.testing.assert_allclose(a.detach().numpy(), b.numpy(), rtol=1e-6)


@pytest.mark.parametrize("shape", [(4, 3), (4, 5, 3), (2, 5, 5, 3), (2, 2, 3, 4, 3)])
def test_batch_normalization_by_hand_agrees_with_torch(shape):
    fast, slow = L.BatchNormalization(momentum=0.5), L.BatchNormalization(momentum=0.5)
    x = torch.randn(shape)
    a = fast(x, training=True)
    b = slow(x, training=True, mask=torch.ones(shape[:-1], dtype=torch.bool))
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(fast.moving_variance.data, slow.moving_variance.data)


def test_frozen_batch_normalization_is_in_inference_mode():
    layer = L.BatchNormalization()
    layer(torch.randn(8, 3), training=True)
    layer.trainable = False
    before = [w.clone() for w in layer.weights]
    x = torch.randn(8, 3)
    torch.testing.assert_close(layer(x, training=True), layer(x))
    assert all(torch.equal(a, b) for a, b in zip(before, layer.weights))
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 4


def test_batch_normalization_used_twice_before_backward():
    layer = L.BatchNormalization()
    x = torch.randn(8, 3, requires_grad=True)
    (layer(x, training=True) * layer(2 * x, training=True)).sum().backward()
    assert x.grad.isfinite().all()


def test_moving_statistics_do_not_move_while_shapes_are_inferred():
    layer = L.BatchNormalization()
    layer(L.Input((3,)), training=True)
    assert torch.equal(layer.moving_mean.data, torch.zeros(3))


@pytest.mark.parametrize("policy", ["float16", "bfloat16", "mixed_bfloat16"])
def test_normalization_in_small_floats(policy):
    x = torch.randn(16, 4)
    for cls in (L.BatchNormalization, L.LayerNormalization, L.RMSNormalization):
        small, full = cls(dtype=policy), cls()
        y = small(x, training=True) if cls is L.BatchNormalization else small(x)
        z = full(x, training=True) if cls is L.BatchNormalization else full(x)
        assert y.dtype == (torch.float16 if policy == "float16" else torch.bfloat16)
        torch.testing.assert_close(y.float(), z, rtol=0.05, atol=0.05)


# ------------------------------------------------------------------ randomness
RANDOM = [
    lambda seed: L.Dropout(0.4, seed=seed),
    lambda seed: L.Dropout(0.4, (None, 1, None), seed=seed),
    lambda seed: L.SpatialDropout1D(0.4, seed=seed),
    lambda seed: L.GaussianNoise(0.4, seed=seed),
    lambda seed: L.GaussianDropout(0.4, seed=seed),
    lambda seed: L.AlphaDropout(0.4, seed=seed),
    lambda seed: L.AlphaDropout(0.4, (None, 1, None), seed=seed),
]


@pytest.mark.parametrize("make", RANDOM, ids=range(len(RANDOM)))
def test_random_layers(make):
    x = torch.ones(50, 4, 30)
    assert torch.equal(make(None)(x), x)
    seeded, again, free = make(3), make(3), make(None)
    first = seeded(x, training=True)
    assert torch.equal(first, again(x, training=True))
    assert not torch.equal(first, seeded(x, training=True))
    drawn = free(x, training=True)
    torch.manual_seed(1)
    a = free(x, training=True)
    torch.manual_seed(1)
    assert torch.equal(a, free(x, training=True)) and not torch.equal(a, drawn)
    torch.testing.assert_close(drawn.mean(), first.mean(), rtol=0.1, atol=0.06)
    if not isinstance(seeded, L.AlphaDropout):  # which keeps mean 0, not 1
        assert abs(float(drawn.mean()) - 1) < 0.12
    torch.testing.assert_close(drawn.std(), first.std(), rtol=0.1, atol=0.01)
    assert len(seeded.variables) == 1 and seeded.weights == []


def test_spatial_dropout_drops_whole_channels():
    for layer in (L.SpatialDropout1D(0.5), L.SpatialDropout1D(0.5, seed=1)):
        y = layer(torch.ones(4, 6, 32), training=True)
        assert torch.equal(y.amin(1), y.amax(1)) and set(y.unique().tolist()) == {0.0, 2.0}


def test_dropout_at_its_ends():
    x = torch.ones(3, 3)
    assert torch.equal(L.Dropout(0)(x, training=True), x)
    assert torch.equal(L.Dropout(1.0)(x, training=True), torch.zeros(3, 3))
    assert not hasattr(L.Dropout(0), "seed_generator") and hasattr(L.Dropout(0.1), "seed_generator")


# ------------------------------------------------------------------ memory formats
@pytest.mark.parametrize("name", ["Conv2D", "Conv3D", "Conv1D"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_kernels_lie_in_memory_as_torch_wants_them(name, data_format):
    layer = getattr(L, name)(8, 3, data_format=data_format)
    rank = layer.rank
    shape = (2, *(7,) * rank, 4) if data_format == "channels_last" else (2, 4, *(7,) * rank)
    y = layer(torch.randn(shape))
    assert y.is_contiguous()
    y.sum().backward()
    assert layer.kernel.grad.stride() == layer.kernel.stride()
    seen = layer.kernel.permute(rank + 1, rank, *range(rank))
    if rank == 2:
        wanted = torch.channels_last if data_format == "channels_last" else torch.contiguous_format
        assert seen.is_contiguous(memory_format=wanted)
    assert layer.get_weights()[0].shape == (*(3,) * rank, 4, 8)
    assert layer.get_weights()[0].flags.c_contiguous


# ------------------------------------------------------------------ single layers
def test_embedding_takes_weights_and_any_integers():
    table = np.arange(6, dtype="float32").reshape(3, 2)
    for weights in (table, [table]):
        layer = L.Embedding(3, 2, weights=weights)
        for dtype in ("uint8", "int8", "int16", "int32", "int64", "float32"):
            assert layer(np.array([2, 0], dtype)).tolist() == [[4, 5], [0, 1]]
    with pytest.warns(UserWarning, match="`input_length` is deprecated"):
        L.Embedding(3, 2, input_length=4)


def test_embedding_index_keeps_its_precision_in_small_floats():
    layer = L.Embedding(5000, 1, dtype="mixed_bfloat16")
    layer.build()
    layer.embeddings.data = torch.arange(5000.0).unsqueeze(1)
    row = layer(np.array([4097.0], "float32"))
    assert row.dtype == torch.bfloat16 and row.item() == torch.tensor(4097.0).bfloat16().item()


def test_reversible_embedding_goes_back():
    for tied in (True, False):
        layer = L.ReversibleEmbedding(5, 3, tie_weights=tied, logit_soft_cap=2.0)
        hidden = layer(torch.tensor([[1, 2]]))
        logits = layer(hidden, reverse=True)
        assert logits.shape == (1, 2, 5) and logits.abs().max().item() < 2
        x = L.Input((7,), dtype="int32")
        assert layer(layer(x), reverse=True).shape == (None, 7, 5)


def test_lambda_arguments_mask_and_training():
    assert L.Lambda(lambda x, by: x * by, arguments={"by": 3})(torch.ones(1)).item() == 3
    assert (
        L.Lambda(lambda x, training=None: x * 2 if training else x)(torch.ones(1), training=True).item() == 2
    )
    assert L.Lambda(lambda x: x, output_shape=(5,))(L.Input((3, 4))).shape == (None, 5)
    assert L.Lambda(lambda x: x, output_shape=lambda s: (s[0], 9))(L.Input((3,))).shape == (None, 9)
    x = torch.ones(1, 2, 3)
    set_mask(x, torch.tensor([[True, False]]))
    y = L.Lambda(lambda x, mask=None: x * mask.unsqueeze(-1), mask=lambda x, m: ~m)(x)
    assert y.sum().item() == 3 and get_mask(y).tolist() == [[False, True]]


def test_lambda_is_rebuilt_only_where_code_may_run():
    config = json.loads(json.dumps(L.serialize(L.Lambda(lambda x: x + 1))))
    with pytest.raises(ValueError, match="safe_mode=False"):
        L.deserialize(config)
    again = saving.deserialize_keras_object(config, safe_mode=False)
    assert again(torch.ones(1)).item() == 2


def test_lambda_config_is_keras():
    ours, theirs = (
        lib.Lambda(lambda x: x, name="f", output_shape=(1,)).get_config() for lib in (L, real.layers)
    )
    assert ours.keys() == theirs.keys()
    assert ours["function"]["config"].keys() == theirs["function"]["config"].keys()


def test_torch_module_wrapper_trains_saves_and_follows_training():
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    layer = L.TorchModuleWrapper(module)
    assert layer(L.Input((3,))).shape == (None, 2)
    layer(torch.randn(4, 3), training=True)
    assert module.training and len(layer.trainable_weights) == 4
    layer(torch.randn(4, 3))
    assert not module.training
    config = json.loads(json.dumps(L.serialize(layer)))
    with pytest.raises(ValueError, match="safe_mode=False"):
        L.deserialize(config)
    again = saving.deserialize_keras_object(config, safe_mode=False)
    x = torch.randn(4, 3)
    torch.testing.assert_close(again(x), layer(x))


def test_layers_of_keras_files_are_rebuilt():
    for layer in (
        real.layers.Dense(3, activation="relu", kernel_regularizer=real.regularizers.L2(0.1)),
        real.layers.Conv2D(3, (2, 3), padding="same", dtype="mixed_bfloat16"),
        real.layers.BatchNormalization(momentum=0.5),
        real.layers.SpatialDropout2D(0.5, name="s"),
        real.layers.LayerNormalization(axis=[1, 2]),
    ):
        theirs = json.loads(json.dumps(real.layers.serialize(layer)))
        ours = L.deserialize(theirs)
        assert json.loads(json.dumps(ours.get_config())) == json.loads(
            json.dumps(layer.get_config()), parse_float=_seven
        )


def _seven(text):
    return float(f"{float(text):.7g}")


def test_lora_trains_only_the_update_and_saves_one_weight():
    layer = L.Dense(3)
    x = torch.randn(4, 5)
    before = layer(x)
    layer.enable_lora(2)
    torch.testing.assert_close(layer(x), before)
    assert sorted(v.name for v in layer.trainable_weights) == ["bias", "lora_kernel_a", "lora_kernel_b"]
    layer.lora_kernel_b.assign(np.ones((2, 3)))
    store = {}
    layer.save_own_variables(store)
    assert len(store) == 2
    plain = L.Dense(3)
    plain(x)
    plain.load_own_variables(store)
    torch.testing.assert_close(plain(x), layer(x))
    with pytest.raises(ValueError, match="only once"):
        layer.enable_lora(2)


def test_reshape_of_unknown_sizes():
    assert L.Reshape((-1,))(L.Input((None, 3))).shape == (None, None)
    assert L.Reshape((11, -1))(L.Input((None, 3))).shape == (None, 11, None)
    assert L.Flatten()(L.Input((None, 3))).shape == (None, None)


def test_up_sampling_repeats_integers():
    x = np.arange(4, dtype="uint8").reshape(1, 2, 2, 1)
    y = L.UpSampling2D((1, 2))(x)
    assert y.dtype == torch.uint8 and y.flatten().tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_activation_can_be_replaced():
    layer = L.Dense(2, activation="softmax", kernel_initializer="ones")
    layer(torch.ones(1, 3))
    layer.activation = None
    assert layer(torch.ones(1, 3)).tolist() == [[3, 3]]
    layer.activation = L.LeakyReLU(0.5)
    assert layer(-torch.ones(1, 3)).tolist() == [[-1.5, -1.5]]


HALF_A_BATCH = """
import sys, torch
from kerastorch import layers as L

rank, file = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(1)
torch.distributed.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=2)
torch.manual_seed(0)
whole, factors = torch.randn(8, 3), torch.randn(8, 3)
mine = slice(rank * 4, rank * 4 + 4)
a, b = whole[mine].clone().requires_grad_(), whole.clone().requires_grad_()
half, full = L.BatchNormalization(synchronized=True), L.BatchNormalization()
y, z = half(a, training=True), full(b, training=True)
(y * factors[mine]).sum().backward()
(z * factors).sum().backward()
torch.testing.assert_close(y, z[mine])
torch.testing.assert_close(a.grad, b.grad[mine])
torch.testing.assert_close(half.moving_variance.data, full.moving_variance.data)
"""


@pytest.mark.slow
def test_synchronized_batch_normalization_sees_the_batches_of_all_processes(tmp_path):
    commands = [[sys.executable, "-c", HALF_A_BATCH, str(rank), str(tmp_path / "meet")] for rank in (0, 1)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for command in commands]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors


def test_lora_loads_what_it_saved():
    layer, x = L.Dense(3, lora_rank=2), torch.randn(4, 5)
    layer(x)
    layer.lora_kernel_b.assign(np.ones((2, 3)))
    expected, store = layer(x), {}
    layer.save_own_variables(store)
    layer.load_own_variables(store)
    torch.testing.assert_close(layer(x), expected)
    assert not layer.lora_kernel_b.any()


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_convolution_op_is_what_a_subclass_overrides(data_format, padding):
    class Standardized(L.Conv2D):
        def convolution_op(self, inputs, kernel):
            return super().convolution_op(inputs, kernel - kernel.mean((0, 1, 2)))

    layer = Standardized(4, 3, padding=padding, data_format=data_format, activation="relu")
    plain = L.Conv2D(4, 3, padding=padding, data_format=data_format, activation="relu")
    x = torch.randn(2, 6, 5, 3) if data_format == "channels_last" else torch.randn(2, 3, 6, 5)
    plain(x)
    y = layer(x)
    kernel = layer.kernel.detach()
    layer.bias.assign(torch.arange(4.0))
    plain.set_weights([kernel - kernel.mean((0, 1, 2)), layer.bias])
    assert layer(x).shape == y.shape
    torch.testing.assert_close(layer(x), plain(x))
