"""Which pages of the book have changed since the default branch, committed or not."""

import subprocess

import contents


def git(*arguments):
    """Return the lines that a git command prints, None where it fails or is missing."""
    try:
        result = subprocess.run(
            ["git", *arguments], cwd=contents.ROOT, capture_output=True, text=True, encoding="utf-8", check=False
        )
    except FileNotFoundError:
        return None
    return result.stdout.splitlines() if result.returncode == 0 else None


def base():
    """Return the commit at which the work since the default branch of the origin began, HEAD where there is none."""
    named = git("symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    for branch in (*(named or []), "origin/main", "origin/master", "main", "master"):
        if found := git("merge-base", "HEAD", branch):
            return found[0]
    return "HEAD"


def files():
    """Return the paths of all files that differ from the default branch's, None where git cannot say."""
    different, new = git("diff", "--name-only", base()), git("ls-files", "--others", "--exclude-standard")
    return None if different is None or new is None else {*different, *new}


def pages():
    """Return the names of the changed pages, such as ``book/01-recurrence``; of all pages where git cannot say."""
    changed = files()
    if changed is None:
        return {page.name for page in contents.pages()}
    return {page.name for page in contents.pages() if page.path.relative_to(contents.ROOT).as_posix() in changed}
