# Every target does its own set-up; `make` alone lists them.
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup lint test test-full test-screen test-emulator test-peers test-deploy test-vm docs demo bench bench-full soak screenshots clauses scenarios faults lock clean

help:  ## this list
	@sed -n 's/^\([a-z -]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup:  ## Debian packages, .venv, locked Python packages, the project itself
	@deploy/setup.sh

lint: setup  ## style, types, who may know whom
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

test: setup  ## unit, contract, PostgreSQL, browser
	@tests/hardware/emulator/setup.sh || true
	.venv/bin/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

test-full: setup  ## the same in every size, language and light, with many more generated examples
	.venv/bin/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --thorough \
	    --hypothesis-profile=full

test-screen: setup  ## the station's screen as its unit starts it: compositor, browser, keys (Debian, root)
	@dpkg-query --show cage xwayland grim >/dev/null 2>&1 || { apt-get update -qq && \
	    apt-get install -y -qq --no-install-recommends cage xwayland grim </dev/null >/dev/null; }
	.venv/bin/pytest tests/kiosk/test_compositor.py

test-emulator: setup  ## slips on an independent printer emulator, where there is a Python 3.13
	@tests/hardware/emulator/setup.sh
	.venv/bin/pytest tests/hardware/emulator

test-deploy:  ## server and station from nothing in a fresh Debian (root, debootstrap, minutes)
	tests/deploy/chroot.sh

test-vm: setup  ## drivers on devices of the kernel's own, in a virtual machine (Debian, root, 5 minutes)
	@tests/vm/setup.sh
	@tests/vm/run.sh

test-peers: setup  ## SIP2 with servers and clients that others wrote
	@tests/server/library_systems/peers/setup.sh
	.venv/bin/pytest tests/server/library_systems/peers

demo: setup  ## the whole library on this machine, with simulated hardware
	.venv/bin/lystok demo

bench: setup  ## speed against peers and limits
	$(PYTHON) -m bench

bench-full: setup  ## the same and the slow figures
	$(PYTHON) -m bench --full

soak: setup  ## long searches: power cuts, kill -9, full disks, histories of stations; a line a figure
	$(PYTHON) -m tests.soak

docs: setup  ## the documentation as a site in build/site; a warning is an error
	$(PYTHON) -m mkdocs build --strict

screenshots: setup  ## the pictures of README and docs
	$(PYTHON) -m docs.screenshots

clauses scenarios faults: setup  ## tests that name each clause, scenario, fault or attack
	@$(PYTHON) -m tests.traceability $@

lock: setup  ## pin all Python packages anew (UPGRADE=--upgrade for newer versions)
	requirements/lock.sh $(UPGRADE)

clean:  ## forget .venv and what the tools remember
	rm -rf .venv .venv-emulator .venv-peers .vm .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info build
