"""What to do about it: money at risk, profit of a campaign, what follow-ups did."""
