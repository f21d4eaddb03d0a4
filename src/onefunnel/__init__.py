"""One funnel that marketing and sales agree, plan, run, share, listen to and measure together."""
