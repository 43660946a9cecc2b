"""The operator's command line, the same for a stack on AWS and for the local one."""
