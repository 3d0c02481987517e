# The commands of this project. Each says what it does, installs what is missing, and builds.
BUILD := build
JOBS := $(shell nproc 2>/dev/null || echo 2)
DEMO := spoor-agent spoor-uplink spoor-collector spoor spoor-test-session
VM_TEST := spoor-agent spoor-test-session spoor-test-spool spoor-test-load spoor-test-victim
NOTHING :=
export NINJA_STATUS := [%f/%t, %e s] $(NOTHING)

.PHONY: all help deps configure demo test bench vm-test soak goldens clean
all: configure
	@echo "Building into $(BUILD)/bin"
	@cmake --build $(BUILD) -j $(JOBS)

help:
	@echo "make          build everything into $(BUILD)/bin"
	@echo "make demo     run a short session on this machine and show its trail"
	@echo "make test     build and run every test"
	@echo "make vm-test  what a shared machine cannot show, in a virtual one (ONLY=name runs one)"
	@echo "make bench    measure, ours and others' programs; ONLY=decode for one group"
	@echo "make soak     the long proofs, HOURS=4; ONLY=storm, kills, stall, worlds, fuzz, vm or rounds for one of them"
	@echo "make goldens  record tests/golden/records anew on this machine's kernel"
	@echo "make deps     install what is missing of packaging/debian-packages.txt"
	@echo "make clean    remove $(BUILD)"

deps:
	@packaging/install-missing

# Ninja configures again by itself when a CMakeLists.txt changes.
configure: deps
	@test -e $(BUILD)/build.ninja || { echo "Configuring"; mkdir -p $(BUILD); \
	  cmake --preset default >$(BUILD)/configure.log 2>&1 || \
	    { tail -n 30 $(BUILD)/configure.log; rm -f $(BUILD)/build.ninja; exit 1; }; }

demo: configure
	@echo "Building the programs into $(BUILD)/bin"
	@cmake --build $(BUILD) -j $(JOBS) --target $(DEMO)
	@python3 tests/system/demo.py $(BUILD)/bin

test: all
	@echo "Testing"
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

# Peers are unpacked into $(BUILD)/peers, never installed.
bench: deps
	@packaging/install-missing debian-packages-bench.txt
	@echo "Building into $(BUILD)/bin"
	@cmake --preset default >/dev/null
	@cmake --build $(BUILD) -j $(JOBS)
	@python3 -B tests/bench/bench.py $(BUILD) $(ONLY)

vm-test: configure
	@packaging/install-missing debian-packages-vm.txt
	@echo "Building the programs into $(BUILD)/bin"
	@cmake --build $(BUILD) -j $(JOBS) --target $(VM_TEST)
	@python3 -B tests/vm/run.py $(BUILD)/bin $(BUILD)/vm $(ONLY)

soak: all
	@packaging/install-missing debian-packages-soak.txt
	@packaging/install-missing debian-packages-vm.txt
	@python3 tests/system/soak.py $(BUILD)/bin $(or $(HOURS),4) $(ONLY)

goldens: all
	@python3 tests/golden/record.py $(BUILD)/bin

clean:
	@echo "Removing $(BUILD)"
	@rm -rf $(BUILD)
