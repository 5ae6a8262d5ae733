from .dataset import Dataset as Dataset
from .face import Face as Face
from .spec import DatasetSpec as DatasetSpec
from .spec import NoneSpec as NoneSpec
from .spec import Spec as Spec
