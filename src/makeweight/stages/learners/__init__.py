"""The learners of the contest before it begins: features fitted on train rows, parameters chosen on train rows."""
