from kerastorch.quantizers.calibrated_config import AWQConfig as AWQConfig
from kerastorch.quantizers.calibrated_config import GPTQConfig as GPTQConfig
from kerastorch.quantizers.config import Float8QuantizationConfig as Float8QuantizationConfig
from kerastorch.quantizers.config import Int4QuantizationConfig as Int4QuantizationConfig
from kerastorch.quantizers.config import Int8QuantizationConfig as Int8QuantizationConfig
from kerastorch.quantizers.config import QuantizationConfig as QuantizationConfig
from kerastorch.quantizers.functions import abs_max_quantize as abs_max_quantize
from kerastorch.quantizers.functions import (
    abs_max_quantize_grouped_with_zero_point as abs_max_quantize_grouped_with_zero_point,
)
from kerastorch.quantizers.functions import compute_float8_amax_history as compute_float8_amax_history
from kerastorch.quantizers.functions import compute_float8_scale as compute_float8_scale
from kerastorch.quantizers.functions import fake_quant_with_min_max_vars as fake_quant_with_min_max_vars
from kerastorch.quantizers.functions import pack_int4 as pack_int4
from kerastorch.quantizers.functions import quantize_and_dequantize as quantize_and_dequantize
from kerastorch.quantizers.functions import unpack_int4 as unpack_int4
from kerastorch.quantizers.quantizer import AbsMaxQuantizer as AbsMaxQuantizer
from kerastorch.quantizers.quantizer import Quantizer as Quantizer
from kerastorch.quantizers.quantizer import deserialize as deserialize
from kerastorch.quantizers.quantizer import get as get
from kerastorch.quantizers.quantizer import serialize as serialize
