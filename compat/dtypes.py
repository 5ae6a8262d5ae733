"""`tf.dtypes`."""

from ._dtypes import DType as DType
from ._dtypes import as_dtype as as_dtype
from ._dtypes import bfloat16 as bfloat16
from ._dtypes import complex64 as complex64
from ._dtypes import complex128 as complex128
from ._dtypes import double as double
from ._dtypes import float16 as float16
from ._dtypes import float32 as float32
from ._dtypes import float64 as float64
from ._dtypes import half as half
from ._dtypes import int8 as int8
from ._dtypes import int16 as int16
from ._dtypes import int32 as int32
from ._dtypes import int64 as int64
from ._dtypes import resource as resource
from ._dtypes import string as string
from ._dtypes import uint8 as uint8
from ._dtypes import uint16 as uint16
from ._dtypes import uint32 as uint32
from ._dtypes import uint64 as uint64
from ._dtypes import variant as variant
from ._elementwise import cast as cast
from ._elementwise import complex as complex
from ._elementwise import saturate_cast as saturate_cast
