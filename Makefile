# make run    opens the window        make check  ruff, mypy, import contracts
# make test   passes the tests        make bench  the figures of tests/bench/RESULTS.md
# make screenshots  every screen, light and dark, as PNG files in screenshots/
# make dist   a wheel and an sdist in dist/

VENV   := .venv
PYTHON := $(VENV)/bin/python
RUN    := $(VENV)/.ready-run
TEST   := $(VENV)/.ready-test

.PHONY: run test check bench mutations screenshots sample dist clean

run:
	@packaging/display-or-say-so
	@$(MAKE) --no-print-directory $(RUN)
	@$(PYTHON) -m layerscope $(ARGS)

test: $(TEST)
	@$(PYTHON) -m pytest $(ARGS)

check: $(TEST)
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

bench: $(TEST)
	@$(PYTHON) tests/bench/run.py --keep $(ARGS)

mutations: $(TEST)
	@$(PYTHON) tests/faults/mutations.py $(ARGS)

screenshots: $(TEST)
	@QT_QPA_PLATFORM=offscreen $(PYTHON) tests/support/screenshots.py screenshots

sample: $(RUN)
	@$(PYTHON) packaging/sample_image.py resources/layerscope_assets/sample/sample.oci.tar

dist: $(TEST)
	@$(PYTHON) -m build --outdir dist .

clean:
	rm -rf $(VENV) build dist screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(RUN): pyproject.toml packaging/prepare
	@packaging/prepare run $(VENV)
	@touch $@

$(TEST): pyproject.toml packaging/prepare
	@packaging/prepare test $(VENV)
	@touch $@ $(RUN)
