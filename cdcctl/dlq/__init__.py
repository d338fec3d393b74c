"""Dead letters: records that a sink has set aside; looked at, and sent again once the reason is cured."""
