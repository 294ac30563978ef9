"""Days without a change and with a planted one, and how often the rule of drift alarms in them."""
