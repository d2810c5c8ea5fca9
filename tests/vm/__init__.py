"""Drivers on devices of the kernel's own: run by `make test-vm`, in a virtual machine.

USB devices are gadgets behind the kernel's dummy_hcd: real descriptors, real drivers, real
unplugging. The camera is vivid's, the pins are gpio-sim's.
"""
