from kerastorch.losses.base import FunctionWrapper as FunctionWrapper
from kerastorch.losses.base import Loss as Loss
from kerastorch.losses.crossentropy import BinaryCrossentropy as BinaryCrossentropy
from kerastorch.losses.crossentropy import BinaryFocalCrossentropy as BinaryFocalCrossentropy
from kerastorch.losses.crossentropy import CategoricalCrossentropy as CategoricalCrossentropy
from kerastorch.losses.crossentropy import CategoricalFocalCrossentropy as CategoricalFocalCrossentropy
from kerastorch.losses.crossentropy import (
    CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy,
)
from kerastorch.losses.crossentropy import KLDivergence as KLDivergence
from kerastorch.losses.crossentropy import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from kerastorch.losses.crossentropy import binary_crossentropy as binary_crossentropy
from kerastorch.losses.crossentropy import binary_focal_crossentropy as binary_focal_crossentropy
from kerastorch.losses.crossentropy import categorical_crossentropy as categorical_crossentropy
from kerastorch.losses.crossentropy import categorical_focal_crossentropy as categorical_focal_crossentropy
from kerastorch.losses.crossentropy import (
    categorical_generalized_cross_entropy as categorical_generalized_cross_entropy,
)
from kerastorch.losses.crossentropy import kl_divergence as KLD
from kerastorch.losses.crossentropy import kl_divergence as kl_divergence
from kerastorch.losses.crossentropy import kl_divergence as kld
from kerastorch.losses.crossentropy import kl_divergence as kullback_leibler_divergence
from kerastorch.losses.crossentropy import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from kerastorch.losses.family import as_loss as as_loss
from kerastorch.losses.family import deserialize as deserialize
from kerastorch.losses.family import get as get
from kerastorch.losses.family import serialize as serialize
from kerastorch.losses.legacy import Reduction as Reduction
from kerastorch.losses.margins import CategoricalHinge as CategoricalHinge
from kerastorch.losses.margins import Hinge as Hinge
from kerastorch.losses.margins import SquaredHinge as SquaredHinge
from kerastorch.losses.margins import categorical_hinge as categorical_hinge
from kerastorch.losses.margins import hinge as hinge
from kerastorch.losses.margins import squared_hinge as squared_hinge
from kerastorch.losses.regression import CosineSimilarity as CosineSimilarity
from kerastorch.losses.regression import Huber as Huber
from kerastorch.losses.regression import LogCosh as LogCosh
from kerastorch.losses.regression import MeanAbsoluteError as MeanAbsoluteError
from kerastorch.losses.regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from kerastorch.losses.regression import MeanSquaredError as MeanSquaredError
from kerastorch.losses.regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from kerastorch.losses.regression import Poisson as Poisson
from kerastorch.losses.regression import cosine_similarity as cosine_similarity
from kerastorch.losses.regression import huber as huber
from kerastorch.losses.regression import log_cosh as log_cosh
from kerastorch.losses.regression import log_cosh as logcosh
from kerastorch.losses.regression import mean_absolute_error as MAE
from kerastorch.losses.regression import mean_absolute_error as mae
from kerastorch.losses.regression import mean_absolute_error as mean_absolute_error
from kerastorch.losses.regression import mean_absolute_percentage_error as MAPE
from kerastorch.losses.regression import mean_absolute_percentage_error as mape
from kerastorch.losses.regression import mean_absolute_percentage_error as mean_absolute_percentage_error
from kerastorch.losses.regression import mean_squared_error as MSE
from kerastorch.losses.regression import mean_squared_error as mean_squared_error
from kerastorch.losses.regression import mean_squared_error as mse
from kerastorch.losses.regression import mean_squared_logarithmic_error as MSLE
from kerastorch.losses.regression import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from kerastorch.losses.regression import mean_squared_logarithmic_error as msle
from kerastorch.losses.regression import poisson as poisson
from kerastorch.losses.structured import CTC as CTC
from kerastorch.losses.structured import Circle as Circle
from kerastorch.losses.structured import Dice as Dice
from kerastorch.losses.structured import Tversky as Tversky
from kerastorch.losses.structured import circle as circle
from kerastorch.losses.structured import ctc as ctc
from kerastorch.losses.structured import dice as dice
from kerastorch.losses.structured import tversky as tversky
