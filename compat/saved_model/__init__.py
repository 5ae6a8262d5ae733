"""`tf.saved_model`: objects with their functions in folders."""

from ._load import contains_saved_model as contains_saved_model
from ._load import load as load
from ._options import LoadOptions as LoadOptions
from ._options import SaveOptions as SaveOptions
from ._save import save as save
