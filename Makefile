# `make book` and `make test` are all that a reader needs; README.md and CONTRIBUTING.md say more.
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
# Paths and files in UTF-8, whatever the locale says.
export PYTHONUTF8 := 1
unexport PYTHONIOENCODING
.DEFAULT_GOAL := book
.NOTPARALLEL: # two commands would fill .venv at once
.PHONY: book pdf test check style quick test-colab test-portable test-encodings links test-redraw budgets set-repository version notebooks exercises grade test-exercises lint clean constraints book-environment test-environment python

book: book-environment  ## build the site from nothing; a warning is an error
	@rm -rf _build
	@$(BIN)/jupyter-book build . -n -W --keep-going
	@echo "Open $(CURDIR)/_build/html/index.html"

pdf: test-environment book  ## the same, and the whole book as one PDF file, linked from the site; SOLUTIONS=no without them
	@$(BIN)/python tools/pdf.py $(or $(SOLUTIONS),yes)

test: test-environment  ## run every test, every notebook and the tests of the built site
	@$(BIN)/python -m pytest --nbval

check: test-environment  ## the tests of truth: all but the rules of this house, which only `make style` asks for
	@$(BIN)/python -m pytest --nbval -m "not style"

style: test-environment  ## the rules of this house: lint, budgets, captions, typed numbers, what a page weighs
	@$(BIN)/python -m pytest -m style

quick: test-environment  ## the unit tests, and what has changed in the book since the default branch
	@$(BIN)/python -m pytest --nbval --changed

test-redraw: test-environment  ## all seeds shifted; BOOK="book/a.ipynb …", SHIFTS=1000,2000,3000, KEEP=1 to write the record
	@$(BIN)/python tools/redraw.py $(if $(SHIFTS),--shifts $(SHIFTS)) $(if $(KEEP),--keep) $(BOOK)

budgets: test-environment book  ## print what each chapter asks of its reader, and lower the ceilings
	@$(BIN)/python tools/budgets.py

test-colab: test-environment  ## every notebook as in Colab; TORCH=newest with what it has today, TORCH=2.4 with the oldest
	@if [ "$(TORCH)" = newest ]; then $(BIN)/python tools/colab_versions.py; fi
	@COLAB=$(or $(TORCH),own) COLAB_PYTHON=$(PYTHON) $(BIN)/python -m pytest -n 0 tests/colab

# Other processors compute other last digits: the notebooks must hold with all of these.
# Two threads need both cores, so there the notebooks run one after the other.
test-portable: test-environment
	@set -e; for setting in OMP_NUM_THREADS=2 ATEN_CPU_CAPABILITY=default ATEN_CPU_CAPABILITY=avx2; do \
	  echo "With $$setting:"; \
	  case $$setting in OMP*) workers=1;; *) workers=2;; esac; \
	  env $$setting $(BIN)/python -m pytest --nbval --ignore=tests/site -m "not style" -n $$workers; \
	done

# A file that is read or written without an encoding has another one on Windows. Here that is an error, in our modules.
# Left out are tests that compare what a process says, to which other packages would add their warnings.
OWN := course_utils tests conftest $(basename $(notdir $(wildcard tools/*.py)))
test-encodings: test-environment
	@PYTHONWARNDEFAULTENCODING=1 $(BIN)/python -m pytest tests $(addprefix --ignore=tests/,site colab test_conftest.py test_execute.py test_programs.py) \
	  -o filterwarnings="error::EncodingWarning:($(shell echo $(OWN) | tr ' ' '|'))\b"

links: book-environment  ## look whether every link to another site still leads somewhere
	@$(BIN)/jupyter-book build . --builder linkcheck

notebooks: test-environment  ## execute the notebooks in place and store their outputs
	@$(BIN)/python tools/execute.py

set-repository: book-environment  ## URL=https://github.com/owner/name [BRANCH=main]: into settings, notebooks and links
	@$(BIN)/python tools/repository.py "$(URL)" "$(BRANCH)"

version: book-environment  ## the package has something new: today's date becomes its version, and the notebooks ask for it
	@$(BIN)/python tools/versions.py

exercises: book-environment  ## copy the chapters without solutions and outputs into the folder exercises
	@$(BIN)/python tools/exercises.py

grade: test-environment  ## FOLDER=submissions [CSV=marks.csv]: mark what learners have handed in
	@$(BIN)/python tools/grade.py "$(FOLDER)" $(if $(CSV),--table "$(CSV)")

test-exercises: test-environment
	@$(BIN)/python tools/exercises.py _build/exercises
	@for copy in _build/exercises/*.ipynb; do echo "$$copy"; $(BIN)/jupyter execute "$$copy" || exit 1; done

lint: test-environment
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

# Its own environment: .venv cannot be brought to pins that constraints.txt does not know yet.
constraints: python  ## freeze what the pins bring along, for all platforms and Pythons from 3.11 on; PACKAGE=name moves that one alone
	@$(PYTHON) -m venv --clear _build/freeze
	@$(BIN:.venv%=_build/freeze%)/python -m pip install --quiet --disable-pip-version-check uv
	@cat requirements-book.txt requirements.txt | sed '/^-/d' | $(BIN:.venv%=_build/freeze%)/uv pip compile - --universal \
	  --python-version 3.11 $(if $(PACKAGE),--upgrade-package $(PACKAGE),--upgrade) --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --output-file constraints.txt --quiet

clean:
	@rm -rf _build exercises .venv .pytest_cache .ruff_cache *.egg-info

book-environment: python
	@$(PYTHON) tools/environment.py requirements-book.txt

test-environment: python
	@$(PYTHON) tools/environment.py requirements.txt

python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON): install Python 3.11 to 3.14."; exit 1; }
