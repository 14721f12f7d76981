"""The kernel's way from a sender to a packet socket, as Python that runs.

Names, order and structure are the kernel's; what is left out is named. It needs no Linux.
"""
