# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
.PHONY: help setup test demo bench clean

# Holds nox; every nox session makes an environment of its own below .cache.
NOX_PYTHON := .cache/nox/bin/python

help: ## Show this help
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST))

setup: $(NOX_PYTHON) ## Make what runs single nox sessions: their environment, and missing Pythons (PYTHONS="3.8 3.14": only these)
	@$(NOX_PYTHON) tests/tooling/borrowed_pythons.py $(PYTHONS)

test: $(NOX_PYTHON) ## Run every test and lint, and print the totals
	@$(NOX_PYTHON) tests/tooling/run_all.py

demo: $(NOX_PYTHON) ## Show on this machine what the collection does to an OCR host
	@$(NOX_PYTHON) tests/demo/run.py

bench: $(NOX_PYTHON) ## Measure the modules against what people write by hand
	@$(NOX_PYTHON) -m nox --session bench

clean: ## Remove what the targets above made
	rm -rf .cache

$(NOX_PYTHON): tests/tooling/bootstrap.sh tests/tooling/requirements.txt
	@sh tests/tooling/bootstrap.sh
