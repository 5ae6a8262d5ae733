"""`tf.io`: files, images, records, and tensors as bytes."""

from compat.data._records import TFRecordOptions as TFRecordOptions
from compat.data._records import TFRecordWriter as TFRecordWriter

from . import gfile as gfile
from ._codec import decode_base64 as decode_base64
from ._codec import decode_compressed as decode_compressed
from ._codec import decode_csv as decode_csv
from ._codec import decode_raw as decode_raw
from ._codec import encode_base64 as encode_base64
from ._codec import parse_tensor as parse_tensor
from ._codec import serialize_tensor as serialize_tensor
from ._files import matching_files as matching_files
from ._files import read_file as read_file
from ._files import write_file as write_file
from ._images import decode_and_crop_jpeg as decode_and_crop_jpeg
from ._images import decode_bmp as decode_bmp
from ._images import decode_gif as decode_gif
from ._images import decode_image as decode_image
from ._images import decode_jpeg as decode_jpeg
from ._images import decode_png as decode_png
from ._images import encode_jpeg as encode_jpeg
from ._images import encode_png as encode_png
from ._images import extract_jpeg_shape as extract_jpeg_shape
from ._images import is_jpeg as is_jpeg
from ._parse import FixedLenFeature as FixedLenFeature
from ._parse import FixedLenSequenceFeature as FixedLenSequenceFeature
from ._parse import RaggedFeature as RaggedFeature
from ._parse import SparseFeature as SparseFeature
from ._parse import VarLenFeature as VarLenFeature
from ._parse import parse_example as parse_example
from ._parse import parse_single_example as parse_single_example
from ._parse import parse_single_sequence_example as parse_single_sequence_example
from ._sparse import deserialize_many_sparse as deserialize_many_sparse
from ._sparse import serialize_many_sparse as serialize_many_sparse
from ._sparse import serialize_sparse as serialize_sparse
