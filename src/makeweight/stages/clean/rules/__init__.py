"""The cleaning rules, by what they look at: each is a function of the listings that returns findings."""
