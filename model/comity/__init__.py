"""comity: an agent-based model of federal-local cooperation in immigration enforcement."""
