"""What the multi-head attention layers share: masks merged, and attention computed.

B: batch, T: target (query) length, S: source (key) length, N: heads, K: key size of a head, V: value size of a head.
"""

import contextlib

import torch
import torch.nn.functional as F

from kerastorch.core import edge
from kerastorch.core.call import Seen, get_mask

_LARGEST = {torch.float16: 65500.0}  # of other dtypes: that of bfloat16


def as_tensor(x):
    """Return a tensor as it is, and an array as a tensor."""
    return x if isinstance(x, torch.Tensor) else edge.as_tensor(x)


def without_mask(x):
    """Return a tensor without the mask attached to it."""
    return x.view(x.shape) if Seen.masks and get_mask(x) is not None else x


def merge_masks(
    query, value, query_mask, value_mask, key_mask, attention_mask, use_causal_mask, sliding_window
):
    """Return the mask (B or 1, T, S) of what every one of the masks allows, or None."""
    masks = []
    if query_mask is not None:
        masks.append(query_mask.bool().unsqueeze(-1))
    if value_mask is not None:
        masks.append(value_mask.bool().unsqueeze(-2))
    if key_mask is not None:
        masks.append(key_mask.bool().unsqueeze(-2))
    if use_causal_mask:
        masks.append(causal_mask(query, value))
    if sliding_window is not None:
        target, source = positions(query, value)
        masks.append((target - source).abs() < sliding_window)
    if attention_mask is not None:
        masks.insert(0, attention_mask.bool())
    merged = None
    for mask in masks:
        merged = mask if merged is None else merged & mask
    return merged


def causal_mask(query, value):
    """Return the mask (1, T, S) that hides what comes later."""
    target, source = positions(query, value)
    return target >= source


def positions(query, value):
    """Return the target positions (1, T, 1) and the source positions (1, 1, S)."""
    target = torch.arange(query.shape[1], device=query.device).view(1, -1, 1)
    source = torch.arange(value.shape[1], device=query.device).view(1, 1, -1)
    return target, source


def large_negative(dtype):
    """Return a number that hides a score, but keeps a row of such numbers a distribution."""
    return -0.7 * _LARGEST.get(dtype, 3.38953e38)


def explicit_reason(dropout, seed, training, return_attention_scores):
    """Return why attention is computed step by step, or None when torch's fused kernels compute it."""
    if return_attention_scores:
        return "return_attention_scores=True: the fused kernels keep no scores"
    if training and dropout and seed is not None:
        return f"seed={seed}: the fused kernels draw dropout from torch's own generator"
    return None


def fused(q_BNTK, k_BNSK, v_BNSV, mask, scale, causal=False, dropout=0.0, hide_empty=False, flash=False):
    """Return the outputs (B, N, T, V) by torch's fused kernels.

    Args:
        q_BNTK, k_BNSK, v_BNSV: Queries, keys and values; of keys and values there may be fewer heads.
        mask: What is seen, broadcast to (B, N, T, S), or None.
        scale: The factor of the scores.
        causal: Whether what comes later is hidden; not together with a mask.
        dropout: The fraction of the probabilities that is dropped.
        hide_empty: Whether a row that sees nothing gives zeros, rather than the mean of all values.
        flash: Whether only the flash kernel may be used.
    """
    bias = None
    if mask is not None:
        bias = torch.zeros(mask.shape, dtype=q_BNTK.dtype, device=mask.device)
        bias.masked_fill_(~mask, large_negative(q_BNTK.dtype))
    with _only_flash() if flash and q_BNTK.is_cuda else contextlib.nullcontext():
        outputs = F.scaled_dot_product_attention(
            q_BNTK,
            k_BNSK,
            v_BNSV,
            bias,
            dropout_p=dropout,
            is_causal=bool(causal),
            scale=scale,
            enable_gqa=q_BNTK.shape[1] != k_BNSK.shape[1],
        )
    if hide_empty and mask is not None:
        outputs = outputs.masked_fill(~mask.any(-1, keepdim=True), 0)
    return outputs


def _only_flash():
    return torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.FLASH_ATTENTION)


def explicit(q_BNTK, k_BNSK, v_BNSV, mask, scale, drop):
    """Return the outputs (B, N, T, V) and the probabilities (B, N, T, S); a row that sees nothing gives zeros.

    Args:
        q_BNTK, k_BNSK, v_BNSV, mask, scale: As for `fused`.
        drop: Function from the probabilities to those that are used.
    """
    repeats = q_BNTK.shape[1] // k_BNSK.shape[1]
    if repeats > 1:
        k_BNSK, v_BNSV = k_BNSK.repeat_interleave(repeats, 1), v_BNSV.repeat_interleave(repeats, 1)
    scores = (q_BNTK * scale) @ k_BNSK.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(~mask, -3e4 if scores.dtype is torch.float16 else -1e9)
    probabilities = scores.softmax(-1)
    if mask is not None:
        probabilities = probabilities.masked_fill(~mask, 0)
    return drop(probabilities) @ v_BNSV, probabilities
