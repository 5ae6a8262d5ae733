"""Rows for the layers that prepare images: name, how to make it, options. Each is called on images, at inference."""

KERAS_FORGETS = {"config": False}  # Keras leaves an argument out of the config, so that a copy differs
NOT_ON_TORCH = {"config": False, "values": False, "symbolic": False}

ROWS = [
    ("Resizing", lambda L: L.Resizing(3, 5)),
    ("Resizing", lambda L: L.Resizing(3, 5, interpolation="nearest", crop_to_aspect_ratio=True)),
    ("Resizing", lambda L: L.Resizing(3, 5, pad_to_aspect_ratio=True, fill_value=2.0)),
    ("Resizing", lambda L: L.Resizing(9, 4, interpolation="bicubic", antialias=True)),
    (
        "Resizing",
        lambda L: L.Resizing(5, 5, interpolation="lanczos3", data_format="channels_first"),
        NOT_ON_TORCH,
    ),
    ("CenterCrop", lambda L: L.CenterCrop(3, 4)),
    ("CenterCrop", lambda L: L.CenterCrop(12, 4)),
    ("RandomCrop", lambda L: L.RandomCrop(8, 8, seed=3)),
    ("RandomFlip", lambda L: L.RandomFlip("horizontal", seed=3)),
    ("RandomRotation", lambda L: L.RandomRotation(0.2, fill_mode="wrap", bounding_box_format="xyxy")),
    ("RandomTranslation", lambda L: L.RandomTranslation(0.2, (-0.1, 0.3), interpolation="nearest")),
    ("RandomZoom", lambda L: L.RandomZoom(0.2)),
    ("RandomZoom", lambda L: L.RandomZoom((-0.2, 0.1), 0.3, data_format="channels_first")),
    ("RandomShear", lambda L: L.RandomShear(0.2, (0.1, 0.3), fill_mode="constant", fill_value=1.0)),
    ("RandomPerspective", lambda L: L.RandomPerspective(0.5, scale=0.3)),
    ("RandomElasticTransform", lambda L: L.RandomElasticTransform((0.2, 0.8), scale=0.5)),
    ("RandomBrightness", lambda L: L.RandomBrightness(0.2, value_range=[0, 1])),
    ("RandomContrast", lambda L: L.RandomContrast((0.2, 0.4))),
    ("RandomHue", lambda L: L.RandomHue(0.3)),
    ("RandomSaturation", lambda L: L.RandomSaturation(0.4, value_range=(1, 0))),
    ("RandomColorJitter", lambda L: L.RandomColorJitter((0, 1), 0.1, 0.2, 0.3, 0.4, seed=1)),
    ("RandomColorDegeneration", lambda L: L.RandomColorDegeneration(0.4)),
    ("RandomGrayscale", lambda L: L.RandomGrayscale(0.4, seed=5), KERAS_FORGETS),
    ("RandomInvert", lambda L: L.RandomInvert(0.4, value_range=(0, 1))),
    ("RandomPosterization", lambda L: L.RandomPosterization(5)),
    ("RandomSharpness", lambda L: L.RandomSharpness((0.1, 0.3))),
    ("RandomGaussianBlur", lambda L: L.RandomGaussianBlur(0.4, kernel_size=(3, 5), sigma=(0.2, 0.8))),
    ("RandomErasing", lambda L: L.RandomErasing(0.5, fill_value=[1, 2, 3])),
    ("Solarization", lambda L: L.Solarization(0.1, (0.2, 0.4))),
    ("AutoContrast", lambda L: L.AutoContrast((0, 1))),
    ("Equalization", lambda L: L.Equalization(bins=64)),
    (
        "ContrastLimitedAdaptiveHistogramEqualization",
        lambda L: L.ContrastLimitedAdaptiveHistogramEqualization((0, 1), 2.0, (3, 2)),
        {"values": False},  # Keras on torch counts in integers, on TensorFlow in floats
    ),
    ("RandAugment", lambda L: L.RandAugment(num_ops=3, factor=0.3, interpolation="nearest", seed=4)),
    ("AugMix", lambda L: L.AugMix(num_chains=2, all_ops=False, seed=4)),
    ("MixUp", lambda L: L.MixUp(0.3)),
    ("CutMix", lambda L: L.CutMix((0.2, 0.6))),
    ("MaxNumBoundingBoxes", lambda L: L.MaxNumBoundingBoxes(5), KERAS_FORGETS),
]
