# counterpoise: `make demo` and `make test` are all a new machine needs (python3 and make).

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.counterpoise-ready

.PHONY: demo test setup lint format bench clean

demo: setup
	$(BIN)/counterpoise demo

test: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "counterpoise needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

lint: setup
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/ruff format --check src tests benchmarks examples
	$(BIN)/pyright

format: setup
	$(BIN)/ruff check --fix src tests benchmarks examples
	$(BIN)/ruff format src tests benchmarks examples

bench: setup
	cd benchmarks && for script in tde_inference engine_overhead losses samplers feature_smoothing hca_overhead training_throughput pseudo_labels moco_step \
		environments invariant ride_routing box_classifier lvis_evaluation many_classes; do \
		$(abspath $(BIN))/python $$script.py || exit 1; done

clean:
	rm -rf $(VENV) build dist src/*.egg-info
