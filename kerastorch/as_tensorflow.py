"""As the first line of a script: from here on, `tensorflow` and `keras` are this library.

    import kerastorch.as_tensorflow
    import tensorflow as tf             # compat
    from tensorflow import keras        # kerastorch

It holds for the running process only, and also where the real packages are installed.
"""

from kerastorch.migrate.resolve import install

install()
