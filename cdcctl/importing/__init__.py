"""A pipeline file from the configurations that someone has: what they do stays as it is, and what changes is said.

The order: what is given is gathered and rid of secrets (``given``), put into today's words (``modern``), read by the
tables that render writes with (``reading``), and made a pipeline (``assembly``). That is rendered again and compared
with what was given (``meaning``, ``remainder``): whatever differs becomes a raw property, so that nothing is lost that
no table knows.
"""
