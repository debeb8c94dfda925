"""What a user meets when a figure cannot be read: one sentence, a hint, an exit code."""

from __future__ import annotations


class DigitizeError(Exception):
    """Base of the family. ``str(error)`` is one clear sentence; ``hint`` says what to try next."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InputNotFound(DigitizeError):
    """There is no such file, or it is a directory, or may not be opened."""

    exit_code = 3


class NotAnImage(DigitizeError):
    """The file is not a picture that can be decoded: wrong type, empty, truncated, damaged."""

    exit_code = 4


class NotAReading(DigitizeError):
    """The file is not a reading that this program saved, or is damaged."""

    exit_code = 4


class ImageTooLarge(DigitizeError):
    """More pixels than the limit: a decompression bomb, or a scan to be reduced first."""

    exit_code = 5


class ImageTooSmall(DigitizeError):
    """Too few pixels to hold a chart."""

    exit_code = 5


class NothingRead(DigitizeError):
    """A picture, but no axes were found or no series could be read."""

    exit_code = 6


class StoppedEarly(DigitizeError):
    """A batch could not go on, such as for want of workers; what was read is kept, the same command goes on."""

    exit_code = 10


class OutputFailed(DigitizeError):
    """A result could not be written; nothing was left half-written."""

    exit_code = 7


EXIT_CODES: dict[int, str] = {
    0: "read",
    1: "an unexpected failure",
    2: "the command line is wrong",
    3: "the input cannot be opened",
    4: "the input is not a picture, or is damaged",
    5: "the picture is too large or too small",
    6: "nothing read: no axes, or no series",
    7: "the output cannot be written",
    8: "validate: not every value agrees",
    9: "batch: some figures were refused or failed",
    10: "batch: stopped before the end; the same command goes on",
}
"""The one table of exit codes; ``--help`` and the README are written from it."""

EXIT_DISAGREES = 8
"""``digitize validate`` ran, and a value disagrees, cannot be told or was not found."""

EXIT_SOME_UNREAD = 9
"""``digitize batch`` ran to the end, and not every figure was read."""

EXIT_STOPPED = 10
"""``digitize batch`` was interrupted; nothing is lost."""
