"""What an answer may use up: time and room on the page."""

import contextlib
import io
import signal
import sys
import threading
import time

import torch

SECONDS, CHARACTERS = 10, 20_000


class Stopped(BaseException):
    """An answer was stopped; its message says why. No ``except Exception`` of the answer catches it."""


class _Capped(io.TextIOBase):
    """A stream that passes on what is written and stops after a number of characters."""

    def __init__(self, stream, left):
        self.stream, self.left = stream, left

    def write(self, text):
        self.left -= len(text)
        if self.left < 0:
            raise Stopped(f"It was stopped after {CHARACTERS:,} printed characters: does its loop end?")
        return self.stream.write(text)

    def flush(self):
        self.stream.flush()


@contextlib.contextmanager
def limited(seconds=SECONDS, characters=CHARACTERS):
    """Raise `Stopped` in what runs meanwhile, when it takes too long or prints too much.

    Time is limited where the system has an alarm (not on Windows) and in the main thread, where a notebook's
    cells run.

    Parameters
    ----------
    seconds : float
    characters : int
    """

    def again(frame, event, argument):
        if event == "line":
            raise Stopped(sentence)
        return again

    def stop(number, frame):
        # And again at the answer's next line, as a bare ``except:`` catches the first.
        sys.settrace(lambda *event: None)
        while frame and not frame.f_globals.get("__name__", "").startswith(__package__):
            frame.f_trace, frame = again, frame.f_back
        raise Stopped(sentence)

    sentence = f"It was stopped after {seconds:g} seconds: does its loop end?"
    with contextlib.redirect_stdout(_Capped(sys.stdout, characters)):
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return
        start, others, tracer = time.monotonic(), signal.signal(signal.SIGALRM, stop), sys.gettrace()
        left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            sys.settrace(tracer)
            signal.signal(signal.SIGALRM, others)
            # Somebody else's alarm, such as a test's, goes on.
            signal.setitimer(signal.ITIMER_REAL, left and max(left - (time.monotonic() - start), 1e-3))


@contextlib.contextmanager
def own_randomness(dtype=None):
    """Start PyTorch's random numbers from one seed, and leave those outside as they were.

    Parameters
    ----------
    dtype : torch.dtype, optional
        The default one meanwhile.
    """
    before = torch.get_default_dtype()
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            torch.set_default_dtype(dtype or before)
            yield
    finally:
        torch.set_default_dtype(before)
