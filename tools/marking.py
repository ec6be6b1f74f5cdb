"""Run learners' answers, each in a process of its own, with limits of time, memory, files and network."""

import ast
import contextlib
import ctypes
import importlib
import json
import linecache
import os
import selectors
import signal
import time
from pathlib import Path

import submissions

SECONDS, MEMORY, WORKERS = 15, 2 * 1024**3, 2
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000  # Linux: clone's flags
# What is executed of a cell: not the call of the check, nor what its author tried out.
DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


def function_of(answer):
    """Run definitions and assignments of an answer and return the function that it hands to its check.

    Raises
    ------
    Exception
        What its own lines raise.
    """
    name, scope = f"<{answer.task.label}>", {"__name__": "answer"}
    linecache.cache[name] = (len(answer.source), None, answer.source.splitlines(keepends=True), name)
    for text in answer.before:
        with contextlib.suppress(Exception):  # of another cell
            exec(text, scope)
    tree, given = ast.parse(answer.source, name), None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"checks.{answer.task.name}" and node.args:
            given = node.args[0]
    for node in tree.body:
        if isinstance(node, DEFINING) and not _of_checks(node):
            exec(compile(ast.Module([node], []), name, "exec"), scope)
    if given is None:
        functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        return scope[functions[-1]] if functions else None
    return eval(compile(ast.Expression(given), name, "eval"), scope)


def _of_checks(node):
    """Say whether a statement imports the checks or assigns something of theirs."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").startswith("course_utils.checks")
    assigns = isinstance(node, ast.Assign | ast.AnnAssign)
    return assigns and any(isinstance(part, ast.Name) and part.id == "checks" for part in ast.walk(node))


def mark(answer):
    """Return status and sentence of an answer, in this process."""
    from course_utils.judging.verdicts import judge

    exercise = getattr(importlib.import_module(f"course_utils.checks.{answer.task.module}"), answer.task.name)
    try:
        function = function_of(answer)
    except (Exception, SystemExit) as error:
        return "wrong", f"The cell stops with {type(error).__name__}: {str(error).partition(chr(10))[0]}."
    if function is None:
        return "missing", "The cell defines no function."
    verdict = judge(function, exercise)
    status = "right" if verdict else "missing" if verdict.stage == "finished" else "wrong"
    return status, verdict.sentence


def confined():
    """Give this process its own group, no network where the system can do that, and limits of memory and files."""
    import resource

    os.setsid()
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        if libc.unshare(NEW_NETWORK):  # for which an ordinary user needs a namespace of their own
            libc.unshare(NEW_USER | NEW_NETWORK)
    with contextlib.suppress(OSError, ValueError):
        used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def start(answer):
    """Start a process that marks an answer; return its number and where its result can be read."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    try:
        os.close(reading)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        confined()
        status, sentence = mark(answer)
        os.write(writing, json.dumps([status, sentence[:1000]]).encode())  # what a pipe holds at once
    finally:
        os._exit(0)


def marks(answers):
    """Yield each answer with status and sentence, as they are done."""
    waiting, running, ready = list(reversed(answers)), {}, selectors.DefaultSelector()
    while waiting or running:
        while waiting and len(running) < WORKERS:
            answer = waiting.pop()
            process, reading = start(answer)
            ready.register(reading, selectors.EVENT_READ)
            running[reading] = answer, process, time.monotonic() + SECONDS
        done = {event.fileobj for event, _ in ready.select(timeout=0.5)}
        late = {reading for reading, (*_, end) in running.items() if time.monotonic() > end}
        for reading in done | late:
            answer, process, _ = running.pop(reading)
            text = os.read(reading, 65536) if reading in done else b""
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            ready.unregister(reading)
            os.close(reading)
            late_one = f"It was stopped after {SECONDS} seconds: does its loop end?"
            gone = late_one if reading in late else "Its process ended: it took too much memory or time, or left."
            yield answer, *(_read(text) or ("wrong", gone))


def _read(text):
    """Return status and sentence as a process has written them, None where it wrote something else."""
    with contextlib.suppress(ValueError):
        status, sentence = json.loads(text)
        if status in ("right", "wrong", "missing"):
            return status, str(sentence)
    return None


def prepare():
    """Load what every answer needs, once, and do the exercises' own work before any process is started."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    from course_utils.judging.verdicts import judge

    torch.set_num_threads(1)  # a process with threads cannot be forked
    for line in submissions.imports_of_the_chapters():
        with contextlib.suppress(ImportError):
            exec(line, {})
    for task in submissions.tasks():
        exercise = getattr(importlib.import_module(f"course_utils.checks.{task.module}"), task.name)
        for function in (
            exercise.reference,
            *(mistake.wrong for mistake in exercise.mistakes),
        ):  # what they do is kept, and PyTorch is warm
            judge(function, exercise)
