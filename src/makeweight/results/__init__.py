"""What a run came to: one typed reader of metrics/ and plots/, and one chart kit. No other place reads these names.

The reader, `run.Run`: everything as frozen dataclasses, read when asked for; None or () where it has not been made.

    run = Run()                                 # or Run(metrics folder, plots folder)
    run.verdict                                 # .recommended, .chosen; .arms[0].against_none.word, .difference
    run.score("smote").macro_f1                 # Interval(mean, low, high), in points
    run.cost("smote")                           # .rows, .steps, .seconds

    values, folders     Interval and helpers; the files, kept in memory until they change (file_cache)
    verdict, contest    Verdict, ArmResult, Claim, ArmScore, ViewScore, Dose, ClassChange; Cost
    further_readings    NewGroups, Headroom: what the verdict read beside its headline
    splits, resampled_t scores of several splits of the same rows, pooled
    classifiers         ClassifierScore (E1, E2), Confusion, LearningCurve
    fidelity, fewshot   Measure by origin and modality; Accuracy by method and setting, Verification
    trainings           Training (losses, scores), Synthetic (what an engine made)
    cleaning, embedding Ingest, Cleaning, SplitSizes, ClassSize; the t-SNE plane and its Purity

The kit: `charts` shows plain values (its docstring lists the charts), `figures` shows the values of the reader,
`markup` holds elements and numbers in words. A page includes `charts.STYLE` once; nothing needs a script or a `style`
attribute.
"""
