"""`tf.data.experimental`: https://www.tensorflow.org/api_docs/python/tf/data/experimental"""

from . import _csv
from ._csv import make_csv_dataset as make_csv_dataset
from ._dataset import AUTOTUNE as AUTOTUNE
from ._dataset import INFINITE_CARDINALITY as INFINITE_CARDINALITY
from ._dataset import UNKNOWN_CARDINALITY as UNKNOWN_CARDINALITY
from ._dataset import assert_cardinality as assert_cardinality
from ._dataset import cardinality as cardinality
from ._experimental import AutoShardPolicy as AutoShardPolicy
from ._experimental import AutotuneAlgorithm as AutotuneAlgorithm
from ._experimental import Counter as Counter
from ._experimental import ExternalStatePolicy as ExternalStatePolicy
from ._experimental import RandomDataset as RandomDataset
from ._experimental import Reducer as Reducer
from ._experimental import TFRecordWriter as TFRecordWriter
from ._experimental import at as at
from ._experimental import bucket_by_sequence_length as bucket_by_sequence_length
from ._experimental import choose_from_datasets as choose_from_datasets
from ._experimental import copy_to_device as copy_to_device
from ._experimental import dense_to_ragged_batch as dense_to_ragged_batch
from ._experimental import enumerate_dataset as enumerate_dataset
from ._experimental import from_list as from_list
from ._experimental import get_single_element as get_single_element
from ._experimental import get_structure as get_structure
from ._experimental import group_by_reducer as group_by_reducer
from ._experimental import group_by_window as group_by_window
from ._experimental import ignore_errors as ignore_errors
from ._experimental import load as load
from ._experimental import map_and_batch as map_and_batch
from ._experimental import parallel_interleave as parallel_interleave
from ._experimental import prefetch_to_device as prefetch_to_device
from ._experimental import rejection_resample as rejection_resample
from ._experimental import sample_from_datasets as sample_from_datasets
from ._experimental import save as save
from ._experimental import scan as scan
from ._experimental import shuffle_and_repeat as shuffle_and_repeat
from ._experimental import snapshot as snapshot
from ._experimental import take_while as take_while
from ._experimental import unbatch as unbatch
from ._experimental import unique as unique
from ._options import AutotuneOptions as AutotuneOptions
from ._options import DistributeOptions as DistributeOptions
from ._options import OptimizationOptions as OptimizationOptions
from ._options import ThreadingOptions as ThreadingOptions

CsvDataset = _csv.CsvDatasetV2
