"""What happens to gradients before an update: missing ones are left out, large ones are clipped."""

import warnings

import torch

from kerastorch.core import edge


def filter_empty(grads, variables):
    """Return the gradients that are not None, as torch tensors, and their variables."""
    pairs = [(g, v) for g, v in zip(grads, variables) if g is not None]
    if not pairs:
        raise ValueError("No gradients provided for any variable.")
    if len(pairs) < len(grads):
        missing = [getattr(v, "name", None) or "variable" for g, v in zip(grads, variables) if g is None]
        warnings.warn(
            f"Gradients do not exist for variables {missing} when minimizing the loss. If using "
            "`model.compile()`, "
            "did you forget to provide a `loss` argument?",
            stacklevel=4,
        )
    return [edge.as_tensor(g) for g, _ in pairs], [v for _, v in pairs]


def cast_like(gradient, variable):
    """Return a gradient as a plain, dense tensor in the dtype and on the device of its variable."""
    if gradient.layout != torch.strided:
        gradient = gradient.to_dense()
    return gradient.detach().to(variable.device, variable.dtype)


def clip(grads, clipnorm=None, clipvalue=None, global_clipnorm=None):
    """Return the gradients clipped, by the first of the three limits that is given.

    `clipnorm`: each `g * min(1, clipnorm / |g|)`; `global_clipnorm`: the same with the norm of all gradients;
    `clipvalue`: `min(max(g, -clipvalue), clipvalue)`.
    """
    if clipnorm is not None and clipnorm > 0:
        norms = torch._foreach_norm(grads)
        torch._foreach_clamp_min_(norms, clipnorm)
        scales = torch._foreach_reciprocal(norms)
        torch._foreach_mul_(scales, clipnorm)
        return torch._foreach_mul(grads, scales)
    if global_clipnorm is not None and global_clipnorm > 0:
        device = grads[0].device
        norm = torch.linalg.vector_norm(torch.stack([n.to(device) for n in torch._foreach_norm(grads)]))
        scale = global_clipnorm / norm.clamp_min(global_clipnorm)
        # infinite gradients give NaN everywhere, rather than zeros that hide them
        scale = scale + (norm - norm)
        if all(g.device == device for g in grads):
            return torch._foreach_mul(grads, scale)
        return [g * scale.to(g.device) for g in grads]
    if clipvalue is not None and clipvalue > 0:
        return torch._foreach_clamp_max(torch._foreach_clamp_min(grads, -clipvalue), clipvalue)
    return list(grads)
