"""Between Keras's layouts and torch's, which has the channels first: always a view, never a copy."""


def channels_first(x, data_format):
    """Return a tensor in torch's layout (batch, channels, ...)."""
    return x if data_format == "channels_first" else x.movedim(-1, 1)


def restore(x, data_format):
    """Return a tensor in torch's layout in the layer's own."""
    return x if data_format == "channels_first" else x.movedim(1, -1)
