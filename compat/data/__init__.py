from kerastorch.training.pipeline.iterator import Iterator as Iterator
from kerastorch.training.pipeline.iterator import NumpyIterator as NumpyIterator

from . import _ragged_values as _ragged_values
from . import experimental as experimental
from ._dataset import AUTOTUNE as AUTOTUNE
from ._dataset import INFINITE_CARDINALITY as INFINITE_CARDINALITY
from ._dataset import UNKNOWN_CARDINALITY as UNKNOWN_CARDINALITY
from ._dataset import Dataset as Dataset
from ._face import DatasetSpec as DatasetSpec
from ._files import FixedLengthRecordDatasetV2 as FixedLengthRecordDataset
from ._files import TextLineDatasetV2 as TextLineDataset
from ._files import TFRecordDatasetV2 as TFRecordDataset
from ._options import Options as Options
from ._options import ThreadingOptions as ThreadingOptions
