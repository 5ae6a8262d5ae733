"""The border to JAX: tensors and arrays in both directions, and a JAX function with torch's gradients."""

import numpy as np
import torch


def import_jax(asker):
    """Return the `jax` package, or raise an ImportError that says how to get it."""
    try:
        import jax
    except ImportError as error:
        raise ImportError(
            f"`{asker}` needs JAX, which is not installed. Install it with `pip install kerastorch[jax]`."
        ) from error
    return jax


def to_jax(x):
    """Return a tensor as a JAX array of its own memory (integers of 64 bits as JAX's default integers)."""
    import jax

    x = x.detach()
    if x.dtype is torch.bfloat16:
        return jax.numpy.asarray(x.float().cpu().numpy()).astype("bfloat16")
    array = x.cpu().numpy()
    if not jax.config.jax_enable_x64 and array.dtype.itemsize == 8 and array.dtype.kind in "iuf":
        array = array.astype(f"{array.dtype.kind}4")
    return jax.numpy.array(array, copy=True)


def to_torch(x, device):
    """Return a JAX array as a tensor."""
    if str(x.dtype) == "bfloat16":
        return torch.tensor(np.asarray(x.astype("float32")), device=device).bfloat16()
    return torch.tensor(np.asarray(x), device=device)


def call(fn, tensors, device):
    """Return the results of a JAX function of arrays as tensors that carry its gradient.

    Args:
        fn: Function of a list of arrays that gives a list of arrays.
        tensors: The list of tensors.
        device: Where the results go.
    """
    return _Call.apply(fn, device, *tensors)


class _Call(torch.autograd.Function):
    """A JAX function; its gradient is `jax.vjp`'s."""

    @staticmethod
    def forward(ctx, fn, device, *tensors):
        import jax

        arrays = [to_jax(x) for x in tensors]
        ctx.places = [
            i for i, x in enumerate(tensors) if ctx.needs_input_grad[i + 2] and x.is_floating_point()
        ]
        ctx.kinds = [(x.device, x.dtype) for x in tensors]
        if not ctx.places:
            results = fn(arrays)
        else:

            def of_floats(*floats):
                values = list(arrays)
                for place, value in zip(ctx.places, floats):
                    values[place] = value
                return fn(values)

            results, ctx.pull_back = jax.vjp(of_floats, *(arrays[place] for place in ctx.places))
            ctx.results = [(x.shape, x.dtype) for x in results]
        outputs = tuple(to_torch(x, device) for x in results)
        ctx.mark_non_differentiable(*(x for x in outputs if not x.is_floating_point()))
        return outputs

    @staticmethod
    def backward(ctx, *gradients):
        import jax

        cotangents = []
        for gradient, (shape, dtype) in zip(gradients, ctx.results):
            if not jax.numpy.issubdtype(dtype, jax.numpy.floating):
                cotangents.append(np.zeros(shape, jax.dtypes.float0))
            elif gradient is None:
                cotangents.append(jax.numpy.zeros(shape, dtype))
            else:
                cotangents.append(to_jax(gradient).astype(dtype))
        found = dict(zip(ctx.places, ctx.pull_back(cotangents)))
        given = []
        for place, (device, dtype) in enumerate(ctx.kinds):
            given.append(to_torch(found[place], device).to(dtype) if place in found else None)
        return (None, None, *given)
