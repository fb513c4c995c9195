//! Nothing: the examples of this package are the programs beside this file.
