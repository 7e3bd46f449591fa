# The short way in: `make` builds build/release/outlast, `make test` tests it, `make help` lists the rest.
# The build itself is in CMakeLists.txt; CMAKE_ARGS is passed on to it.
PREFIX ?= /usr/local
DESTDIR ?=
CMAKE_ARGS ?=
CTEST_ARGS ?=

BUILD_PACKAGES = cmake g++ libexpected-dev libfmt-dev libtomlplusplus-dev make ninja-build \
	nlohmann-json3-dev
TEST_PACKAGES = bash binutils busybox cron dbus dbus-user-session doctest-dev dtach fish iproute2 ksh93u+m libpam-systemd less mksh mosh nq \
	openssh-client openssh-server polkitd postgresql procps psmisc python3 rsync screen strace sudo systemd task-spooler tcsh tmux vim \
	vttest xterm xvfb zsh
CHECK_PACKAGES = clang-16 clang-format-16 clang-tidy-16 libclang-rt-16-dev shellcheck
DEB_PACKAGES = dpkg-dev
BENCH_PACKAGES = libvterm-dev libtsm-dev

OUTLAST = build/release/outlast

.PHONY: release
release: ## build build/release/outlast (the default)
	cmake --preset release $(CMAKE_ARGS)
	cmake --build --preset release --target outlast

.PHONY: deps
deps: ## install what the build needs from Debian, only if something is missing
	tools/install-packages $(BUILD_PACKAGES)

.PHONY: test-deps
test-deps: ## install what the tests need
	tools/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)

.PHONY: check-deps
check-deps: ## install what `make check` and `make format` need
	tools/install-packages $(BUILD_PACKAGES) $(CHECK_PACKAGES)

.PHONY: test
test: test-deps ## build and run all tests against the release build
	cmake --preset release $(CMAKE_ARGS)
	cmake --build --preset release
	ctest --preset release $(CTEST_ARGS)

.PHONY: demo
demo: test-deps release ## show what outlast does, in a terminal
	OUTLAST_BIN=$(CURDIR)/$(OUTLAST) demo/run

.PHONY: bench
bench: test-deps release ## measure
	tools/install-packages $(BENCH_PACKAGES)
	OUTLAST_BIN=$(CURDIR)/$(OUTLAST) bench/run

# Does not build again when there is a build, so that `sudo make install` leaves no files of root.
.PHONY: install
install: ## install into $(DESTDIR)$(PREFIX)
	test -x $(OUTLAST) || $(MAKE) release
	DESTDIR='$(DESTDIR)' cmake --install build/release --prefix '$(PREFIX)' --strip

.PHONY: deb
deb: ## build a Debian package in build/
	tools/install-packages $(BUILD_PACKAGES) $(DEB_PACKAGES)
	$(MAKE) release
	cpack --config build/release/CPackConfig.cmake -B build/deb
	mv build/deb/*.deb build/

.PHONY: format
format: check-deps ## put all C++ files into the project's format
	tools/check reformat

.PHONY: check
check: check-deps ## format, scripts and clang-tidy, without changing anything
	tools/check format scripts tidy

.PHONY: clean
clean: ## remove everything that was built
	rm -rf build

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 14
