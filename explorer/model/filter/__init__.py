"""Classic BPF: the program a tap attaches, the checker that admits it, the machine that runs it, and its notation.

A program is a tuple of `sock_filter`; whatever it returns is how many bytes of the frame the tap keeps, 0 for none.
"""

from explorer.model.filter.check import FilterError, bpf_check_classic
from explorer.model.filter.notation import NotationError, assemble, bpf_image, disassemble
from explorer.model.filter.run import bpf_prog_run
from explorer.model.filter.uapi import sock_filter

__all__ = [
    "FilterError",
    "NotationError",
    "assemble",
    "bpf_check_classic",
    "bpf_image",
    "bpf_prog_run",
    "disassemble",
    "sock_filter",
]
