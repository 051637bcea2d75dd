"""Policy, and what the law of a county comes to: levers, rules, regimes and what people believe of them."""
