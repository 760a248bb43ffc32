"""`makeweight.compare` and the command `makeweight try`: a small fair contest in one process, without a project.

The learners, the ways of balancing and the decision rule are those of the pipeline. What is different: a table or
pictures are given, not a card; the whole contest is repeated on several random splits; nothing is written.

    rows, pictures    what is given, as learners and engines read it, for any split
    one_split         the contest on one split; repeats: on several, as many as fit into the time
    claims            differences with intervals that hold together, and their words
    verdict, told     what comes out: table, sentences, plot, page; recommended: what to use
    understood        a table in a file, read as for a card (`makeweight.cards`); folder: pictures by class
"""
