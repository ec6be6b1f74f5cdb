"""Find the answers in notebooks that learners have handed in."""

import ast
import re
from dataclasses import dataclass
from functools import cache

import contents
import nbformat

IMPORT = re.compile(r"^from course_utils\.checks import (\w+) as checks$", re.MULTILINE)
CALL = re.compile(r"\bchecks\.([a-z]\w*)\(")
ID = re.compile(r"(?:(\d\d)-)?(exercise-\d+)")  # the number stands before it in the notebook of a part
# What an honest answer has no use for. Whoever grades looks at the cell.
SUSPECT = re.compile(
    r"\.(?:reference|solution|mistakes)\b|course_utils\.(?:checks|judging)|\bchecks\.[A-Z_]\w*|\bchecks\.\w+ *="
    r"|\bjudging\b|_getframe|\bset(?:profile|trace)\b|\binspect\b|\bgc\b|\bctypes\b|\bimportlib\b|__import__|sys\.modules"
    r"|__(?:globals|closure|code|subclasses|builtins)__|\bsubprocess\b|\bos\.(?:_exit|write|kill|fork|dup2)"
    r"|\b(?:eval|exec)\("
)


@dataclass(frozen=True)
class Task:
    """An exercise of the book: its chapter, its place there, the module of its check and the check's name."""

    chapter: int
    place: int
    module: str
    name: str
    cell: str
    title: str
    stem: str

    @property
    def label(self):
        """What heads its column, such as ``4.3 agree``."""
        return f"{self.chapter}.{self.place} {self.name}"


@dataclass(frozen=True)
class Answer:
    """A learner's answer: the task, the cell, imports and definitions of the other cells, and words to look at."""

    student: str
    task: Task
    source: str
    before: tuple = ()
    suspect: tuple = ()


@cache
def tasks():
    """Return all exercises of the book in their order."""
    found = []
    for page in contents.chapters():
        stubs = [cell for cell in contents.code_cells(page.path) if contents.is_stub(cell)]
        for place, cell in enumerate(stubs, 1):
            (module,), name = IMPORT.findall(cell.source), CALL.findall(cell.source)[0]
            found.append(Task(page.number, place, module, name, cell.id, contents.title(page), page.stem))
    return found


def chapter_of(notebook, path):
    """Return the stem of the chapter that a notebook is a copy of, by its title or its file's name, or None."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    stems = [task.stem for task in tasks() if heading and heading[1] == task.title or path.stem.startswith(task.stem)]
    return stems[0] if stems else None


def task_of(cell, chapter):
    """Return the task that a cell answers, by the check that it calls or else by its id; None where it is no answer."""
    modules = IMPORT.findall(cell.source)
    for name in CALL.findall(cell.source):
        fitting = [task for task in tasks() if task.name == name]
        exact = [task for task in fitting if task.module in modules or (not modules and task.stem == chapter)]
        if exact or len(fitting) == 1:
            return (exact or fitting)[0]
    # Colab keeps a cell's id in its metadata.
    if found := ID.fullmatch(cell.metadata.get("id") or cell.get("id") or ""):
        number, own = found.groups()
        for task in tasks():
            if own == task.cell and (task.stem.startswith(f"{number}-") if number else task.stem == chapter):
                return task
    return None


def definitions(source):
    """Return imports and definitions of a cell as text; nothing of what cannot be parsed."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return [ast.unparse(node) for node in body if isinstance(node, kept)]


def imports_of_the_chapters():
    """Return the lines with which the chapters import other packages, each once, as text."""
    cells = [cell for page in contents.chapters() for cell in contents.code_cells(page.path) if cell.id != "setup"]
    nodes = [node for cell in cells for node in ast.parse(cell.source).body]
    return sorted({ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)})


def answers(path, student):
    """Return the answers in a notebook, the last one where a task is answered twice.

    Raises
    ------
    ValueError
        If the file is no notebook.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # whatever a damaged file makes nbformat raise
        raise ValueError(f"{path} is no notebook: {type(error).__name__}") from error
    chapter, found, before = chapter_of(notebook, path), {}, []
    code = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and "Setup: installs course_utils" not in cell.source
    ]
    for cell in code:
        if (task := task_of(cell, chapter)) and not contents.is_solution(cell):
            suspect = sorted(set(SUSPECT.findall(IMPORT.sub("", cell.source))))
            found[task] = Answer(student, task, cell.source, tuple(before), tuple(suspect))
        else:
            before += [text for text in definitions(cell.source) if "course_utils.checks" not in text]
    return list(found.values())


def handed_in(folder):
    """Yield student and notebook of a folder with a folder or a file for each student."""
    for path in sorted(folder.rglob("*.ipynb")):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            inside = path.relative_to(folder).parts
            yield (inside[0] if len(inside) > 1 else path.stem), path
