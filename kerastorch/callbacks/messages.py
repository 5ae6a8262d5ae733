"""Printing for a person, or for a log."""

import logging
import sys

from kerastorch.core import settings

_logger = logging.getLogger("kerastorch")


def print_msg(message, line_break=True):
    """Print a message, or log it where interactive logging is disabled."""
    message = str(message)
    if not settings.is_interactive_logging_enabled():
        _logger.info(message)
        return
    text = message + "\n" if line_break else message
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.write(text.encode("ascii", errors="replace").decode("ascii"))
    sys.stdout.flush()
