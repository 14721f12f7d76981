# Two commands: `make run` prints how a frame reaches a packet socket in v3.4, `make test` proves that it is true.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PACKAGES = git xz-utils gcc libc6-dev binutils flex bison bc cgit gitweb lighttpd tcpdump chromium chromium-driver \
  linux-source-6.1 user-mode-linux libpangoft2-1.0-0 poppler-utils fonts-dejavu-core fonts-noto-cjk

# In Debian's security archive only; and what runs a container.
OPTIONAL = linux-source-6.12 podman

.PHONY: run test lint packages wheel traces conform-kernels clean

run: $(VENV)/.run
	$(BIN)/explorer graph v3.4

test: packages $(VENV)/.test lint
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

wheel: $(VENV)/.test
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

$(VENV)/bin/pip:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("explorer needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.test: pyproject.toml $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps 'axe-playwright-python>=0.1.6' # axe-core's text only
	touch $@ $(VENV)/.run

# The real servers and the real kernel source that some tests read. Without root those tests say that they were skipped.
packages:
	@if dpkg --status $(PACKAGES) >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null; \
	else echo "not root: tests that need $(PACKAGES) are skipped unless those are installed"; fi
	@if [ "$$(id -u)" = 0 ]; then for name in $(OPTIONAL); do dpkg --status $$name >/dev/null 2>&1 || \
	  apt-get install -y -qq --no-install-recommends $$name >/dev/null 2>&1 || \
	  echo "$$name is not to be had here: tests that need it are skipped"; done; fi

# What Debian's kernels do under QEMU, for data/recordings/traces.jsonl: the author's only, and not in CI. 700 MB.
TRACED = $(foreach kernel,6.1.0-56 6.12.117+deb12,$(foreach kind,unsigned dbg,linux-image-$(kernel)-cloud-amd64-$(kind)))

traces: $(VENV)/.test
	mkdir -p build/traces
	cd build/traces && apt-get download -qq $(TRACED)
	$(BIN)/python benchmarks/traces.py build/traces

# The model against Debian's kernels under QEMU, by emulation: the author's only, and not in CI.
CONFORMED = linux-image-6.1.0-56-cloud-amd64 linux-image-6.12.117+deb12-cloud-amd64

conform-kernels: $(VENV)/.test
	mkdir -p build/conform
	cd build/conform && apt-get download -qq $(CONFORMED)
	$(BIN)/python benchmarks/conform_kernels.py --confirm build/conform/*.deb

clean:
	rm -rf $(VENV) dist build
