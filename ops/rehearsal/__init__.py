"""The rehearsal: what a deployed stack can do in its account, proved there before the first real run."""
