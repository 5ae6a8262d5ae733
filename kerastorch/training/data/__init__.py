from kerastorch.training.data.make import Data as Data
from kerastorch.training.data.make import data_to_batch as data_to_batch
from kerastorch.training.data.make import make_data as make_data
from kerastorch.training.data.make import train_validation_split as train_validation_split
from kerastorch.training.data.pack import pack_x_y_sample_weight as pack_x_y_sample_weight
from kerastorch.training.data.pack import unpack_x_y_sample_weight as unpack_x_y_sample_weight
