"""GlobalMaxPooling1D-3D and GlobalAveragePooling1D-3D."""

from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.core.settings import standardize_data_format


class BaseGlobalPooling(Layer):
    """A reduction over all spatial axes."""

    rank = 2

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)
        first = 1 if self.data_format == "channels_last" else 2
        self._axes = tuple(range(first, first + self.rank))


class GlobalMaxPooling(BaseGlobalPooling):
    """The maximum over all spatial axes."""

    def call(self, inputs):
        return inputs.amax(self._axes, self.keepdims)


class GlobalAveragePooling(BaseGlobalPooling):
    """The mean over all spatial axes."""

    def call(self, inputs):
        return inputs.mean(self._axes, self.keepdims)


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The maximum over all steps of each channel.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: Whether the spatial axes stay, with size 1.

    Raises ValueError unless the input has 3 axes.

    >>> keras.layers.GlobalMaxPooling1D()(np.ones((2, 5, 3))).shape
    torch.Size([2, 3])
    """

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The maximum over all pixels of each channel.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: Whether the spatial axes stay, with size 1.

    Raises ValueError unless the input has 4 axes.

    >>> keras.layers.GlobalMaxPooling2D()(np.ones((2, 4, 5, 3))).shape
    torch.Size([2, 3])
    """

    rank = 2


class GlobalMaxPooling3D(GlobalMaxPooling):
    """The maximum over all voxels of each channel.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: Whether the spatial axes stay, with size 1.

    Raises ValueError unless the input has 5 axes.

    >>> keras.layers.GlobalMaxPooling3D()(np.ones((2, 4, 5, 6, 3))).shape
    torch.Size([2, 3])
    """

    rank = 3


class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean over all steps of each channel, without the masked ones.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: Whether the axis of the steps stays, with size 1.

    Raises ValueError unless the input has 3 axes.

    >>> keras.layers.GlobalAveragePooling1D()(np.ones((2, 5, 3))).shape
    torch.Size([2, 3])
    """

    rank = 1

    creates_mask = False

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return inputs.mean(self._axes, self.keepdims)
        axis = self._axes[0]
        mask = mask.to(inputs.dtype).unsqueeze(2 if axis == 1 else 1)
        return (inputs * mask).sum(axis, self.keepdims) / mask.sum(axis, self.keepdims)

    def compute_mask(self, inputs, mask=None):
        return None


class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean over all pixels of each channel.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: Whether the spatial axes stay, with size 1.

    Raises ValueError unless the input has 4 axes.

    >>> keras.layers.GlobalAveragePooling2D()(np.ones((2, 4, 5, 3))).shape
    torch.Size([2, 3])
    """

    rank = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean over all voxels of each channel.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: Whether the spatial axes stay, with size 1.

    Raises ValueError unless the input has 5 axes.

    >>> keras.layers.GlobalAveragePooling3D()(np.ones((2, 4, 5, 6, 3))).shape
    torch.Size([2, 3])
    """

    rank = 3
