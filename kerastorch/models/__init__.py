from kerastorch.models.cloning import clone_model as clone_model
from kerastorch.models.cloning import model_from_json as model_from_json
from kerastorch.models.files import load_model as load_model
from kerastorch.models.files import save_model as save_model
from kerastorch.models.functional import Functional as Functional
from kerastorch.models.model import Model as Model
from kerastorch.models.sequential import Sequential as Sequential
