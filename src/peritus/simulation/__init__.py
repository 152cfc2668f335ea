"""Run whole engagements through verbs: samples, replays."""
