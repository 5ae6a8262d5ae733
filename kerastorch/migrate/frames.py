"""Tracebacks that show a script's own frames, without those of what runs it and resolves its imports."""

import pathlib

_HERE = pathlib.Path(__file__).parent


def with_users_frames(error):
    """The exception, its traceback without our frames at the beginning and at the end."""
    frames = []
    frame = error.__traceback__
    while frame is not None:
        frames.append(frame)
        frame = frame.tb_next
    while frames and _is_ours(frames[0]):
        frames.pop(0)
    while frames and _is_ours(frames[-1]):
        frames.pop()
    if frames:
        frames[-1].tb_next = None
    return error.with_traceback(frames[0] if frames else None)


def _is_ours(frame):
    return pathlib.Path(frame.tb_frame.f_code.co_filename).parent == _HERE
