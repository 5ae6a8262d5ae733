"""Options of `tf.saved_model.save` and `load`: accepted for the sake of scripts; none changes what is written."""


class SaveOptions:
    """Options of `tf.saved_model.save`."""

    def __init__(
        self,
        namespace_whitelist=None,
        save_debug_info=False,
        function_aliases=None,
        experimental_debug_stripper=False,
        experimental_io_device=None,
        experimental_variable_policy=None,
        experimental_custom_gradients=True,
        experimental_image_format=False,
        experimental_skip_saver=False,
        experimental_sharding_callback=None,
        extra_tags=None,
    ):
        self.__dict__.update({name: value for name, value in locals().items() if name != "self"})


class LoadOptions:
    """Options of `tf.saved_model.load`."""

    def __init__(
        self,
        allow_partial_checkpoint=False,
        experimental_io_device=None,
        experimental_skip_checkpoint=False,
        experimental_variable_policy=None,
        experimental_load_function_aliases=False,
    ):
        self.__dict__.update({name: value for name, value in locals().items() if name != "self"})
