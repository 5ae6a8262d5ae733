"""`tf.summary`: what TensorBoard shows, in files of events."""

from . import experimental as experimental
from ._kinds import audio as audio
from ._kinds import histogram as histogram
from ._kinds import image as image
from ._kinds import scalar as scalar
from ._kinds import text as text
from ._kinds import write as write
from ._writer import SummaryWriter as SummaryWriter
from ._writer import create_file_writer as create_file_writer
from ._writer import create_noop_writer as create_noop_writer
from ._writer import flush as flush
from ._writer import record_if as record_if
from ._writer import should_record_summaries as should_record_summaries
