"""`tf.train`: records and checkpoints."""

from ._checkpoint import Checkpoint as Checkpoint
from ._example import BytesList as BytesList
from ._example import Example as Example
from ._example import Feature as Feature
from ._example import FeatureList as FeatureList
from ._example import FeatureLists as FeatureLists
from ._example import Features as Features
from ._example import FloatList as FloatList
from ._example import Int64List as Int64List
from ._example import SequenceExample as SequenceExample
from ._files import checkpoints_iterator as checkpoints_iterator
from ._files import get_checkpoint_state as get_checkpoint_state
from ._files import latest_checkpoint as latest_checkpoint
from ._files import list_variables as list_variables
from ._files import load_checkpoint as load_checkpoint
from ._files import load_variable as load_variable
from ._manager import CheckpointManager as CheckpointManager
