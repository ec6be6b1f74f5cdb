"""Which pages of the book have changed since the default branch, committed or not."""

import subprocess

import contents


def git(*arguments):
    """Return the lines that a git command prints, none where it fails."""
    result = subprocess.run(
        ["git", *arguments], cwd=contents.ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    return result.stdout.splitlines() if result.returncode == 0 else []


def base():
    """Return the commit at which the work since the default branch of the origin began, HEAD where there is none."""
    named = git("symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    for branch in (*named, "origin/main", "main"):
        if found := git("merge-base", "HEAD", branch):
            return found[0]
    return "HEAD"


def files():
    """Return the paths, from the root, of all files that differ from the default branch's, new ones too."""
    return {*git("diff", "--name-only", base()), *git("ls-files", "--others", "--exclude-standard")}


def pages():
    """Return the names of the changed pages, such as ``book/01-recurrence``."""
    changed = files()
    return {page.name for page in contents.pages() if page.path.relative_to(contents.ROOT).as_posix() in changed}
