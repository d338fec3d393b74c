"""What goes wrong on purpose: the faults there are, where they strike, and how a run goes on after them."""
