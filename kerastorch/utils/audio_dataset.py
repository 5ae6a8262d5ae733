"""Audio files in folders as a dataset."""

import functools
import math
import wave

import numpy as np
import torch

from kerastorch.training.pipeline.spec import Spec
from kerastorch.utils import directories

ALLOWED_FORMATS = (".wav",)


def audio_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    sampling_rate=None,
    output_sequence_length=None,
    ragged=False,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    verbose=True,
):
    """Return a dataset of the audio files (`.wav`) in a folder.

    Args:
        directory: The folder, with one folder for each class in it if `labels` is "inferred".
        labels: "inferred", a list of one integer for each file in sorted order, or None.
        label_mode: "int": int32 scalars; "categorical": one-hot float32 vectors; "binary": float32 0 or 1 of shape
            (1,); None: no labels.
        class_names: The folders in the order of the classes; by default sorted.
        batch_size: The size of batches, or None for single files.
        sampling_rate: The rate in hertz to which the audio is resampled.
        output_sequence_length: The length to which it is cut or filled up; by default the longest of the batch.
        ragged: Whether batches keep the lengths of their parts.
        shuffle: Whether files come in random order.
        seed: A number, for the same order every time.
        validation_split: The part of the files that is for validation.
        subset: "training", "validation" or "both".
        follow_links: Whether folders behind links are read.
        verbose: Whether to print how many files there are.

    Returns:
        A dataset of float32 audio from -1 to 1 of shape (batch, length, channels), or of pairs of such and labels, with
        the attributes `class_names` and `file_paths`. For "both", a list of two.
    """
    labels, label_mode = directories.check_labels(labels, label_mode, class_names, "audio")
    if ragged and output_sequence_length is not None:
        raise ValueError("Cannot set both `ragged` and `output_sequence_length`")
    if sampling_rate is not None:
        if not isinstance(sampling_rate, int):
            raise ValueError(
                f"`sampling_rate` should have an integer value. Received: sampling_rate={sampling_rate}"
            )
        if sampling_rate <= 0:
            raise ValueError(
                f"`sampling_rate` should be higher than 0. Received: sampling_rate={sampling_rate}"
            )
    directories.check_validation_split_arg(validation_split, subset, shuffle, seed)
    load = functools.partial(read_audio, sampling_rate=sampling_rate, length=output_sequence_length)
    folder = directories.Folder(
        "audio files",
        ALLOWED_FORMATS,
        load,
        Spec((output_sequence_length, None), torch.float32),
        directory,
        labels,
        label_mode,
        class_names,
        batch_size,
        shuffle,
        seed,
    )
    folder.find(follow_links, verbose)

    def batched(dataset):
        dataset = dataset.prefetch(directories.AUTOTUNE)
        if batch_size is None:
            return dataset
        if ragged:
            return dataset.ragged_batch(batch_size)
        return (
            dataset.padded_batch(batch_size) if output_sequence_length is None else dataset.batch(batch_size)
        )

    return folder.datasets(validation_split, subset, batched)


def read_audio(path, sampling_rate=None, length=None):
    """Return a file of 16-bit PCM audio as a float32 tensor (length, channels) with values from -1 to 1.

    Args:
        path: The file.
        sampling_rate: The rate to resample to, or None.
        length: The length to cut or fill up to, or None.
    """
    try:
        with wave.open(path, "rb") as file:
            if file.getsampwidth() != 2:
                raise ValueError(f"it has samples of {8 * file.getsampwidth()} bits, where 16 are read")
            rate, channels = file.getframerate(), file.getnchannels()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as a WAV file: {error}") from error
    samples = np.frombuffer(data, "<i2").astype("float32") / 32768
    audio = torch.from_numpy(samples).reshape(-1, channels)
    if sampling_rate is not None and sampling_rate != rate:
        audio = resample(audio, rate, sampling_rate)
    if length is not None:
        audio = audio[:length]
        audio = torch.nn.functional.pad(audio, (0, 0, 0, length - len(audio)))
    return audio


def resample(audio, rate_in, rate_out, zeros=6, rolloff=0.99):
    """Return audio (length, channels) at another rate, through a windowed sinc filter.

    Args:
        audio: The audio.
        rate_in, rate_out: The rates.
        zeros: The number of zero crossings of the filter on each side.
        rolloff: Where the filter cuts off, as a part of the lower of the two Nyquist frequencies.

    Source: https://ccrma.stanford.edu/~jos/resample/
    """
    common = math.gcd(rate_in, rate_out)
    down, up = rate_in // common, rate_out // common
    cutoff = min(down, up) * rolloff
    width = math.ceil(zeros * down / cutoff)
    taps = torch.arange(-width, width + down, dtype=torch.float64)[None, :] / down
    times = (torch.arange(0, -up, -1, dtype=torch.float64)[:, None] / up + taps) * cutoff
    times = times.clamp(-zeros, zeros)
    window = torch.cos(times * math.pi / zeros / 2) ** 2
    kernels = (torch.sinc(times) * window * cutoff / down).float()[:, None]
    x = torch.nn.functional.pad(audio.T[:, None], (width, width + down))
    y = torch.nn.functional.conv1d(x, kernels, stride=down)
    y = y.transpose(1, 2).reshape(audio.shape[1], -1)
    return y[:, : math.ceil(up * len(audio) / down)].T
