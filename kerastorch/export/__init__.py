"""`keras.export`: models written out for others to run."""

from kerastorch.export import model as model
from kerastorch.export.archive import ExportArchive as ExportArchive
