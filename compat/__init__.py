"""tf"""
from ._operators import install
from ._tape import GradientTape
from ._variable import Variable
from ._make import *
from ._array import *
from ._elementwise import *
