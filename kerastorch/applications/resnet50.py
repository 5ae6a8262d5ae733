"""ResNet50, under the name of its own module."""

from kerastorch.applications.resnet import ResNet50 as ResNet50
from kerastorch.applications.resnet import decode_predictions as decode_predictions
from kerastorch.applications.resnet import preprocess_input as preprocess_input
