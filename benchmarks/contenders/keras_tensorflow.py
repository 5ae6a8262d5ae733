"""The real Keras on TensorFlow, through `tf.keras`."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from contenders import keras_api


def versions():
    return {"tensorflow": tf.__version__, "keras": tf.keras.__version__}


def prepare(case):
    return keras_api.prepare(tf.keras, case, tf.constant)
