"""The peers that are given the fields of our tables, each as its documentation recommends, for the same columns."""
