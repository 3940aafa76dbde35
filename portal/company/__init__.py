"""The connected company as we know it: tokens, asking it, facts and lists, the meter, its days."""
