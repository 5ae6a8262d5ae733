from .resolve import install as install
from .run import run as run
