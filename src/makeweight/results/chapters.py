"""The chapters of the page in reading order: what was made, what came in, what was learned, what it was worth."""

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from makeweight.results import charts_old as charts
from makeweight.results import seconds
from makeweight.results.charts_old import Interval, Line, join, number, tag
from makeweight.results.opening import NONE, Ruling, read_ruling
from makeweight.results.sections import Chapter, details, facts, figure, readable, shown, table, titled
from makeweight.results.shelf import Numbers, Shelf

DROPPED = "dropped."

ORIGINS = ("real", "synthetic")
NETWORKS = ("nn", "lenet", "vgg16")
ORIGIN_SCORES = ("accuracy", "macro_f1", "weighted_f1", "epochs")
SHOWN_NETWORK = "lenet"
"""The network whose confusion matrices stand open."""


def draw_samples(shelf: Shelf) -> Markup:
    """Real and synthetic pictures side by side, then whole generated listings, per engine."""
    parts = []
    for engine in engines(shelf, "sample"):
        parts.append(tag("h3", f"Engine {engine}"))
        parts.append(
            figure(
                shelf.picture("sample", engine, "real_and_synthetic.png"),
                f"Real pictures and pictures made by {engine}, a row per class",
                "Drawn by lot, as they came out: nothing is picked, sharpened or recoloured.",
            )
        )
        parts.append(draw_listings(shelf, engine))
    return join(parts)


def draw_listings(shelf: Shelf, engine: str) -> Markup:
    """Some synthetic samples with all their columns."""
    listings = shelf.series("sample", engine, "listings.csv")
    if listings is None or listings.empty:
        return Markup("")
    pictures = shelf.picture_strip(len(listings), "sample", engine, "listings.png")
    items = [draw_listing(row, picture) for (_, row), picture in zip(listings.iterrows(), pictures, strict=True)]
    title = f"{len(items)} whole samples that {engine} made, drawn by lot"
    return join([tag("h3", title), tag("ul", join(items), class_="listings")])


def draw_listing(row: pd.Series, picture: str | None) -> Markup:
    """One synthetic sample: picture, words, numbers."""
    image = (
        Markup('<img src="{}" alt="synthetic picture of class {}">').format(picture, row["label"]) if picture else ""
    )
    words = [tag("h4", shown(row["title"]))] if "title" in row else []
    words.append(tag("p", tag("strong", str(row["label"]))))
    words += [tag("p", shown(row["description"]))] if "description" in row else []
    values = {str(name): value for name, value in row.items() if name not in {"id", "label", "title", "description"}}
    pairs = [join([tag("dt", readable(name)), tag("dd", amount(value))]) for name, value in values.items()]
    return tag("li", join([image, *words, tag("dl", join(pairs))]))


def amount(value: object) -> str:
    """A sample's own value: whole where it is whole, since columns of counts come as floats where one is missing."""
    return shown(int(value) if isinstance(value, float) and value.is_integer() else value)


def draw_funnel(shelf: Shelf) -> Markup:
    """What came in, what each rule dropped and a few of the pictures that it dropped."""
    ingested, cleaned = shelf.numbers("ingest"), shelf.numbers("clean")
    if cleaned is None:
        return Markup("")
    parts = [facts(funnel_facts(ingested or {}, cleaned))]
    funnel = shelf.series("clean", "funnel.csv")
    if funnel is not None:
        rows = [
            (readable(str(step)), {"rows": float(left)})
            for step, left in zip(funnel.iloc[:, 0], funnel.iloc[:, 1], strict=True)
        ]
        parts.append(tag("h3", "What is left after each rule"))
        parts.append(charts.bars(rows, ["rows"], digits=0))
    counts = shelf.series("clean", "class_counts.csv")
    if counts is not None:
        rows = [
            (str(row["label"]), {"before": int(row["before"]), "after": int(row["after"])})
            for _, row in counts.sort_values("before", ascending=False, kind="stable").iterrows()
        ]
        parts.append(details("Class counts before and after cleaning", charts.bars(rows, ["before", "after"])))
    parts.append(tag("h3", "A few of the pictures that each rule dropped"))
    parts += [gallery(rule, int(count), shelf) for rule, count in dropped_by_rule(cleaned, funnel)]
    return join(parts)


def dropped_by_rule(cleaned: Numbers, funnel: pd.DataFrame | None) -> list[tuple[str, float]]:
    """Rules that dropped something, in the order they were asked."""
    counts = {
        name.removeprefix(DROPPED): count for name, count in cleaned.items() if name.startswith(DROPPED) and count
    }
    order = [] if funnel is None else funnel.iloc[:, 0].astype(str).tolist()
    return sorted(counts.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))


def gallery(rule: str, count: int, shelf: Shelf) -> Markup:
    """Pictures that a rule dropped, to be opened; near copies stand open, since that rule is the hardest to believe."""
    picture = shelf.picture("clean", f"dropped_{rule}.png")
    if picture is None:
        return Markup("")
    shown_picture = figure(picture, f"Pictures that the rule {readable(rule)} dropped", " ")
    return details(f"{readable(rule)}: {count:,} dropped", shown_picture, is_open=rule == "near_duplicate")


def funnel_facts(ingested: Numbers, cleaned: Numbers) -> list[tuple[str, str]]:
    """The numbers of the first third of the pipeline that a person asks for first."""
    known = [
        ("samples found", ingested.get("samples")),
        ("could not be had", ingested.get("failures")),
        ("kept by cleaning", cleaned.get("samples_out")),
        ("classes", cleaned.get("classes")),
        ("largest to smallest class", cleaned.get("imbalance_ratio")),
    ]
    return [(name, number(value, 1)) for name, value in known if value is not None]


def draw_classes(shelf: Shelf) -> Markup:
    """How many training samples each class has, and how many every engine made of it."""
    split = shelf.series("split", "classes.csv")
    if split is None:
        return Markup("")
    made = shelf.numbers("sample") or {}
    legend = ["real", *(f"made by {engine}" for engine in engines(shelf, "sample"))]
    rows = []
    for _, row in split.sort_values("train", ascending=False, kind="stable").iterrows():
        counts = {f"made by {engine}": made.get(f"{engine}.rows.{row['label']}") for engine in engines(shelf, "sample")}
        rows.append(
            (str(row["label"]), {"real": int(row["train"]), **{k: v for k, v in counts.items() if v is not None}})
        )
    return charts.bars(rows, legend)


def draw_training(shelf: Shelf) -> Markup:
    """Validation score and loss curves of every engine."""
    judged = {engine: shelf.series("train_gan", engine, "scores.csv") for engine in engines(shelf, "train_gan")}
    drawn = []
    for engine, scores in judged.items():
        if scores is not None:
            share = (100 * scores["step"] / scores["step"].max()).round()
            drawn.append(Line(engine, share.tolist(), scores["score"].tolist()))
    parts = []
    if drawn:
        chart = charts.lines(drawn, "share of the training, %", "balanced accuracy")
        parts.append(titled("Trained on synthetic, tested on validation", chart))
    for engine in judged:
        parts.append(draw_losses(engine, shelf.series("train_gan", engine, "losses.csv")))
        for name in shelf.names("train_gan", f"{engine}/*.png"):
            told = f"Pictures that {engine} made at the end of its training, a row per class"
            parts.append(details(told, figure(shelf.picture(*name), told)))
    return join(parts)


def draw_losses(engine: str, losses: pd.DataFrame | None) -> Markup:
    """One small panel per curve; the gradient norms of all modalities share one, since they should be alike."""
    if losses is None or len(losses) < 2:
        return Markup("")
    curves = [str(name) for name in losses if name != "step"]
    norms = [name for name in curves if name.startswith("norm_")]
    groups = [[name] for name in curves if name not in norms] + ([norms] if norms else [])
    panels = []
    for group in groups:
        drawn = []
        for name in group:
            there = losses[["step", name]].dropna()
            drawn.append(Line(readable(name.removeprefix("norm_")), there["step"].tolist(), there[name].tolist()))
        panels.append(
            charts.lines(drawn, "step", readable(group[0]) if len(group) == 1 else "gradient norm by modality")
        )
    return titled(f"{engine}: curves", tag("div", join(panels), class_="trio"))


MEASURES = {
    "frechet": "distance between clouds of features, 0: same mean and spread",
    "kernel": "distance between distributions of features, 0: same",
    "precision": "share of synthetic samples that lie among real ones",
    "recall": "share of real samples that lie among synthetic ones",
    "density": "how deep synthetic samples lie among real ones, 1: as deep as real",
    "coverage": "share of real samples with a synthetic one nearby",
    "detection_auc": "a classifier told synthetic from real, 0.5: it could not",
    "collapsed_classes": "classes that came out nearly all alike, 0 is right",
    "nearest_train_share": "share nearer to a train than to a held-out sample, 0.5: nothing is copied",
    "membership_auc": "an attack told who was in training, 0.5: it could not",
    "copy_rate.title": "share of titles that stand word for word in training",
    "copy_rate.description": "share of descriptions that stand word for word in training",
    "repeat_rate.title": "share of training titles that stand on another training row",
    "repeat_rate.description": "share of training descriptions that stand on another training row",
    "self_bleu": "how alike the texts are to each other, 1: all the same",
    "pair_gap": "difference in how two columns go together, 0: none",
    "marginal_gap": "difference in how single columns are spread, 0: none",
    "joint.all": "share of samples whose picture, numbers and words all show the class",
    "joint.all_ratio": "the same by the share on real samples, 1: as often",
}
"""What a measure tells, and where it should be."""


def draw_fidelity(shelf: Shelf) -> Markup:
    """Every measure of likeness, one column per engine."""
    numbers = shelf.numbers("fidelity")
    if numbers is None:
        return Markup("")
    by_class = shelf.series("fidelity", "classes.csv")
    labels = set() if by_class is None else set(by_class["class"].astype(str))
    overall = {name: value for name, value in numbers.items() if name.rpartition(".")[2] not in labels}
    first = {name: value for name, value in overall.items() if reading(name)}
    others = {name: value for name, value in overall.items() if name not in first}
    parts = [wide_table(first)]
    parts += [details(f"{len(others)} more numbers", wide_table(others))] if others else []
    if by_class is not None:
        parts.append(
            details("By class", table(by_class, [str(name) for name in by_class if by_class[name].dtype == object]))
        )
    for name in shelf.names("fidelity", "neighbours_*.png"):
        engine = name[-1].removeprefix("neighbours_").removesuffix(".png")
        told = f"Pictures that {engine} made, and the nearest training pictures"
        parts.append(details(told, figure(shelf.picture(*name), told)))
    for name in shelf.names("fidelity", "neighbours_*.csv"):
        texts = shelf.series(*name)
        engine = name[-1].removeprefix("neighbours_").removesuffix(".csv")
        if texts is not None:
            parts.append(
                details(f"Texts that {engine} made, and the nearest training texts", table(texts, list(texts)))
            )
    return join(parts)


def reading(name: str) -> str:
    """What the measure at the end of a name tells; nothing for those that need no place in the first table."""
    return next((told for measure, told in MEASURES.items() if name.endswith(f".{measure}")), "")


def wide_table(numbers: Numbers) -> Markup:
    """`<origin>.image.recall` of every origin side by side; real first; what belongs to no origin last."""
    origins = sorted({name.partition(".")[0] for name in numbers if name.count(".") >= 2} - {"real"})
    columns = ["real", *origins]
    rows: dict[str, dict[str, float]] = {}
    for name, value in numbers.items():
        origin, _, rest = name.partition(".")
        if origin in columns and rest:
            rows.setdefault(rest, {})[origin] = value
        else:
            rows.setdefault(name, {})["real"] = value
    lines = [
        {
            "measure": readable(name).replace(".", ", "),
            **{origin: values.get(origin) for origin in columns},
            "how to read it": reading(f".{name}"),
        }
        for name, values in rows.items()
    ]
    return table(pd.DataFrame(lines, dtype=object), ["how to read it"])


def draw_classify(shelf: Shelf) -> Markup:
    """Networks trained and tested on their own kind, then those trained on synthetic samples on real ones."""
    own, across = shelf.numbers("classify", "e1"), shelf.numbers("classify", "e2")
    if own is None:
        return Markup("")
    parts = [
        tag("h3", "E1: trained and tested on its own kind"),
        score_table(
            own, {f"{origin}.{name}": f"{origin}, {name}" for origin in ORIGINS for name in NETWORKS}, ORIGIN_SCORES
        ),
    ]
    if across is not None:
        parts += [
            tag("h3", "E2: trained on synthetic, tested on real"),
            score_table(across, {name: name for name in NETWORKS}, ("accuracy", "macro_f1", "ratio")),
            tag("p", "Ratio: its accuracy by that of the same network trained on real samples.", class_="note"),
            tag("h3", "The other way: trained on real, tested on synthetic"),
            score_table(across, {f"real_on_synthetic.{name}": name for name in NETWORKS}, ("accuracy", "macro_f1")),
        ]
    parts += [tag("h3", "How each network learned"), draw_histories(shelf), tag("h3", "Confusion matrices")]
    matrices = {
        name[-1].removesuffix(".csv").removeprefix("confusion_"): shelf.series(*name)
        for name in shelf.names("classify", "confusion_*.csv")
    }
    opened = (f"real_{SHOWN_NETWORK}", f"synthetic_{SHOWN_NETWORK}_on_real")
    first = [name for name in opened if name in matrices] or list(matrices)[:2]
    drawn = {name: titled(readable(name), confusion(counts)) for name, counts in matrices.items() if counts is not None}
    others = [drawn[name] for name in drawn if name not in first]
    parts += [drawn[name] for name in first]
    parts += (
        [details(f"{len(others)} more confusion matrices", tag("div", join(others), class_="pair"))] if others else []
    )
    return join(parts)


def draw_histories(shelf: Shelf) -> Markup:
    """Training loss and validation score by epoch, one line per network and origin."""
    histories = {name[-1]: shelf.series(*name) for name in shelf.names("classify", "history_*.csv")}
    charted = []
    for column in ("train_loss", "validation_macro_f1"):
        drawn = [
            Line(
                readable(name.removesuffix(".csv").removeprefix("history_")),
                series["epoch"].tolist(),
                series[column].tolist(),
            )
            for name, series in histories.items()
            if series is not None and column in series
        ]
        charted.append(charts.lines(drawn, "epoch", readable(column)))
    return tag("div", join(charted), class_="pair")


def score_table(numbers: Numbers, cells: Mapping[str, str], scores: Sequence[str]) -> Markup:
    """One line per cell that has scores, under its readable name; one column per score."""
    lines = [
        {
            "trained on": told,
            **{readable(score): numbers[f"{cell}.{score}"] for score in scores if f"{cell}.{score}" in numbers},
        }
        for cell, told in cells.items()
        if f"{cell}.{scores[0]}" in numbers
    ]
    return table(pd.DataFrame(lines, dtype=object)) if lines else Markup("")


def confusion(counts: pd.DataFrame) -> Markup:
    """Columns actual, predicted, count (or one row per sample) as a shaded table."""
    weights = counts["count"] if "count" in counts else pd.Series(1, index=counts.index)
    names = sorted({*counts["actual"].astype(str), *counts["predicted"].astype(str)})
    matrix = (
        weights.groupby([counts["actual"].astype(str), counts["predicted"].astype(str)]).sum().unstack(fill_value=0)
    )
    return charts.heat_table(
        matrix.reindex(index=names, columns=names, fill_value=0).fillna(0).astype(int), "actual", "predicted"
    )


CONTEST_NOTE = (
    "Membership attack: how well it can be told who was in training, 0.5 is not at all; the worst of all modalities. "
    "Training steps: of the classifiers, over all kinds of data and random starts, and of the generators that the way "
    "needs (trees take none). What the last run took in seconds differs from run to run, so that it stands apart from "
    "this page: "
)


def draw_contest(shelf: Shelf) -> Markup:
    """Every arm with its scores, then dose and response, who gains, and the other views."""
    ruling, numbers = read_ruling(shelf), shelf.numbers("verdict")
    if ruling is None or numbers is None:
        return Markup("")
    shelf.pass_over("verdict", "*.png")
    arms = [NONE, *ruling.entrants]
    lines = pd.DataFrame([contest_line(arm, numbers, shelf, ruling) for arm in arms], dtype=object)
    best = [arm == ruling.recommended for arm in arms]
    words = ["arm", "against none", "against the best simple way"]
    clock = Markup('<a href="{}">seconds on the machine that made it</a>.').format(seconds.LINK)
    parts = [table(lines, words, best), tag("p", join([CONTEST_NOTE, clock]), class_="note")]
    parts.append(titled("Dose and response", draw_doses(shelf.series("verdict", "dose.csv"))))
    parts.append(
        titled(
            "Who gains: change of each class' recall, points",
            draw_gains(entered(shelf.series("verdict", "classes.csv"), arms)),
        )
    )
    parts.append(
        titled(
            "Each kind of data alone, and all together", draw_views(entered(shelf.series("verdict", "arms.csv"), arms))
        )
    )
    return join(parts)


def entered(series: pd.DataFrame | None, arms: Sequence[str]) -> pd.DataFrame | None:
    """The rows of these arms."""
    return None if series is None else series[series["arm"].isin(list(arms))]


def contest_line(arm: str, numbers: Numbers, shelf: Shelf, ruling: Ruling) -> dict[str, object]:
    """One arm of the contest in words and points."""
    cost = shelf.cost(arm)
    words = ruling.words_on(arm) or {}
    return {
        "arm": readable(arm),
        "macro-F1": spoken(numbers, f"{arm}.macro_f1", 100),
        "recall of rare classes": spoken(numbers, f"{arm}.minority_recall", 100),
        "against none": words.get("verdict"),
        "against the best simple way": words.get("simple_verdict"),
        "synthetic rows": cost.rows,
        "training steps": cost.steps,
        "membership attack": worst_attack(arm, shelf.numbers("fidelity") or {}, ruling),
    }


def worst_attack(arm: str, fidelity: Numbers, ruling: Ruling) -> float | None:
    """How well the membership attack does on the arm's engine, in the modality where it does best."""
    engine = next((name for name in ruling.uses if arm.startswith(name)), None)
    found = [
        value for name, value in fidelity.items() if name.startswith(f"{engine}.") and name.endswith("membership_auc")
    ]
    return max(found, default=None)


def spoken(numbers: Numbers, name: str, scale: float) -> str | None:
    """A mean with its interval."""
    if f"{name}.mean" not in numbers:
        return None
    mean, low, high = (scale * numbers[f"{name}.{end}"] for end in ("mean", "low", "high"))
    return f"{mean:.1f} ({low:.1f} to {high:.1f})"


def draw_doses(doses: pd.DataFrame | None) -> Markup:
    """Score against the amount of synthetic rows, one line and band per engine, for macro-F1 and for rare classes."""
    if doses is None or doses.empty:
        return tag("p", "No engine took part with several amounts.", class_="note")
    blocks = []
    for title, prefix in (("macro-F1", ""), ("recall of rare classes", "recall_")):
        drawn = []
        for engine, rows in doses.groupby("engine", sort=True):
            ordered = rows.sort_values("amount")
            columns = ("amount", f"{prefix}mean", f"{prefix}low", f"{prefix}high")
            drawn.append(Line(str(engine), *(ordered[name].tolist() for name in columns)))
        blocks.append(titled(title, charts.lines(drawn, "synthetic rows, % of what a full balance needs", "points")))
    return tag("div", join(blocks), class_="pair")


def draw_gains(gains: pd.DataFrame | None) -> Markup:
    """Classes by arms; a change whose interval leaves out 0 is bold."""
    if gains is None or gains.empty:
        return Markup("")
    arms, labels = list(dict.fromkeys(gains["arm"])), list(dict.fromkeys(gains["label"]))
    cells = {(row.label, row.arm): (row.mean, row.low, row.high) for row in gains.itertuples()}
    limit = max(1.0, float(gains["mean"].abs().max()))
    return charts.gain_table(labels, arms, cells, limit)


def draw_views(views: pd.DataFrame | None) -> Markup:
    """Arms by views, macro-F1 with its interval."""
    if views is None:
        return Markup("")
    told = views.assign(score=[f"{row.mean:.1f} ({row.low:.1f} to {row.high:.1f})" for row in views.itertuples()])
    wide = told.pivot(index="arm", columns="view", values="score").reindex(list(dict.fromkeys(views["arm"])))
    return table(wide.rename(index=readable).reset_index())


def draw_fewshot(shelf: Shelf) -> Markup:
    """Method by way by shot with intervals, verification, and an episode in pictures."""
    parts = []
    for cell in shelf.cells("fewshot"):
        numbers = shelf.numbers("fewshot", cell) or {}
        parts.append(tag("h3", f"Labeling {readable(cell)}"))
        if not numbers:
            parts.append(tag("p", "These data give no classes to try it on.", class_="note"))
            continue
        parts.append(tag("div", join(few_shot_charts(shelf.series("fewshot", cell, "table.csv"))), class_="pair"))
        parts.append(verification_table(numbers))
        for name in shelf.names("fewshot", f"{cell}/*.png"):
            what = readable(name[-1].removesuffix(".png"))
            parts.append(figure(shelf.picture(*name), f"{what}, labeling {cell}"))
    return join(parts)


def few_shot_charts(results: pd.DataFrame | None) -> list[Markup]:
    """One interval chart per way and shot, best method first."""
    blocks = []
    for (way, shot, chance), rows in [] if results is None else results.groupby(["way", "shot", "chance"]):
        ordered = rows.sort_values("mean", ascending=False, kind="stable")
        lines = [
            Interval(readable(str(row.method)), 100 * row.mean, 100 * row.low, 100 * row.high)
            for row in ordered.itertuples()
        ]
        chart = charts.intervals(lines, "accuracy, %", reference=None)
        blocks.append(titled(f"{way}-way {shot}-shot (chance: {100 * chance:.0f} %)", chart))
    return blocks


def verification_table(numbers: Numbers) -> Markup:
    """Pair accuracy, area under the curve and equal error rate per method."""
    rows: dict[str, dict[str, float]] = {}
    for name, value in numbers.items():
        method, found, score = name.partition(".verification.")
        if found:
            rows.setdefault(readable(method), {})[readable(score)] = value
    if not rows:
        return Markup("")
    lines = [{"method": method, **scores} for method, scores in rows.items()]
    return join([tag("h3", "Same class or not: verification of pairs"), table(pd.DataFrame(lines))])


def draw_tsne(shelf: Shelf) -> Markup:
    """One small plane per class, real against synthetic, with purity beside it."""
    parts = []
    numbers = shelf.numbers("tsne")
    if numbers is not None:
        parts.append(facts([(readable(name).replace(".", ", "), number(value)) for name, value in numbers.items()][:8]))
    for name in shelf.names("tsne", "**/*.csv"):
        points = shelf.series(*name)
        if points is not None and {"x", "y", "label", "source"} <= set(points):
            what = name[-1].removesuffix(".csv")
            parts.append(
                join([tag("h3", readable(what).capitalize()), charts.small_multiples(points, f"points-{what}")])
            )
    return join(parts)


def engines(shelf: Shelf, stage: str) -> list[str]:
    """The engines that a stage has plots or metrics of, in name order."""
    folders = {parts[1] for parts in shelf.names(stage, "*/*")}
    return sorted(folders | set(shelf.cells(stage)))


def draw_sweep(results: pd.DataFrame) -> Markup:
    """Every configuration of the last sweep as a line over its parameters, and as a table."""
    if results.empty:
        return tag("p", Markup("Not made yet: <code>make sweep</code>"), class_="missing")
    best = [place == 0 for place in range(len(results))]
    told = table(results.rename(columns=lambda name: readable(name.rpartition(".")[2])), best=best)
    return join([charts.parallel_coordinates(results, "configuration", "score"), told])


def draw_parameters(values: str) -> Markup:
    """params.yaml as it was."""
    return details("params.yaml", tag("pre", tag("code", values)))


def draw_numbers(shelf: Shelf) -> Markup:
    """Every metrics file, to be opened."""
    return join(
        [
            details(
                f"metrics/{name}.json: {len(numbers)} numbers",
                table(pd.DataFrame({"name": list(numbers), "value": list(numbers.values())}, dtype=object), digits=6),
            )
            for name, numbers in shelf.all_numbers()
        ]
    )


CHAPTERS = (
    Chapter(
        "samples",
        "What the generators made",
        "Real pictures beside synthetic ones of the same class, and ten whole synthetic samples of each engine.",
        ("sample",),
        draw_samples,
    ),
    Chapter(
        "cleaning",
        "From the raw samples to clean ones",
        "Every sample that went is counted under the rule that dropped it.",
        ("clean", "ingest"),
        draw_funnel,
    ),
    Chapter(
        "classes",
        "Class counts before and after",
        "Training samples per class. Samples of the validation and test splits are never added to.",
        ("split",),
        draw_classes,
    ),
    Chapter(
        "training",
        "How the generators learned",
        "The checkpoint that is kept is chosen on the validation split, not by its loss.",
        ("train_gan",),
        draw_training,
    ),
    Chapter(
        "classify",
        "Classifiers on real and on synthetic samples",
        "Same networks, same number of samples: only where the samples come from differs.",
        ("classify",),
        draw_classify,
    ),
    Chapter(
        "fidelity",
        "How close synthetic comes to real",
        "The column real compares held-out real samples with the training samples: the mark that can be reached.",
        ("fidelity",),
        draw_fidelity,
    ),
    Chapter(
        "contest",
        "The contest of all ways of balancing",
        "Means over several random starts on the real test split, with intervals; the recommended way is in bold.",
        ("verdict", "contest"),
        draw_contest,
    ),
    Chapter(
        "fewshot",
        "Classes never trained on",
        "Accuracy in episodes over classes that no network has seen, with 95 % intervals.",
        ("fewshot",),
        draw_fewshot,
    ),
    Chapter(
        "tsne",
        "Real and synthetic on one plane",
        "The plane is made of training samples alone; the others find their place on it.",
        ("tsne",),
        draw_tsne,
    ),
)
