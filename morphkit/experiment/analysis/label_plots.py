"""Small plots of answers with several labels, and of answers to a dot behind a face."""

from collections.abc import Iterable, Sequence

from morphkit._core.plots import (
    LEFT,
    RIGHT,
    Curve,
    Dot,
    Plot,
    Scale,
    Stroke,
    Tick,
    points_of,
    position,
)
from morphkit._core.text import counted
from morphkit.experiment.analysis.dot_probe import PairBias, PersonBias, ProbeResult
from morphkit.experiment.analysis.label_values import (
    ALL,
    BANDS,
    POOLED,
    Accuracy,
    LabelResult,
    Mean,
    said_mean,
)

#: Half of a 95 % interval of a participant, standard errors.
_Z = 1.96
#: Most names below an axis, and most curves in a plot.
_NAMES, _CURVES = 4, 5
#: Room at the sides of the dots of a plot.
_ROOM = 0.5


def label_plots(result: LabelResult) -> tuple[Plot, ...]:
    """Return unbiased hit rates, sensitivities, criteria and intensities."""
    whole = [one for one in result.accuracies if one.identity_id == POOLED]
    pairs = [one for one in result.pairs if one.identity_id == POOLED]
    rising = [one for one in result.identified if one.identity_id == POOLED]
    names = [f"{one.signal} – {one.noise}" for one in pairs]
    plots = [_hit_rates([one for one in whole if one.band == ALL])]
    plots.append(_by_intensity(whole))
    if pairs:
        note = "d' of each pair: 0 is not at all"
        means = [one.d_prime for one in pairs]
        plots.append(_means("Telling labels apart", note, names, means, "d'"))
        note = "criterion c of each pair: below 0 the first label is given readily"
        means = [one.criterion for one in pairs]
        plots.append(_means("Giving the first label", note, names, means, "c"))
    if rising:
        note = "from which on every answer of a rising sequence is right; identified: "
        note += ", ".join(
            f"{one.label} {one.n_identified} of {one.n_sequences}" for one in rising
        )
        labels, means = [r.label for r in rising], [r.threshold for r in rising]
        title = "Intensity at identification"
        plots.append(_means(title, note, labels, means, "intensity"))
    return tuple(plots)


def _hit_rates(found: Sequence[Accuracy]) -> Plot:
    """Return the unbiased hit rate of each label, with what chance would give."""
    scale = Scale(-0.04, 1.04)
    strokes = []
    for place, one in enumerate(found):
        if one.chance.value is not None:
            y = scale(one.chance.value)
            left, right = (_at(place + side, len(found)) for side in (-0.3, 0.3))
            text = f"{one.label}: {one.chance.value:.2f} by chance"
            strokes.append(Stroke("margin", left, y, right, y, text))
    return _means(
        "Unbiased hit rate H_u",
        "of each label, with its 95 % interval; dotted: by chance",
        [one.label for one in found],
        [one.unbiased for one in found],
        "H_u",
        scale=scale,
        more=strokes,
    )


def _by_intensity(found: Sequence[Accuracy]) -> Plot:
    """Return the unbiased hit rate of each label in thirds of the intensity."""
    scale, places = Scale(-0.04, 1.04), [-_ROOM, len(BANDS) - 1 + _ROOM]
    curves, dots = [], []
    labels = list(dict.fromkeys(one.label for one in found))[:_CURVES]
    for number, label in enumerate(labels, start=1):
        own = {one.band: one.unbiased.value for one in found if one.label == label}
        values = [(k, own.get(band)) for k, band in enumerate(BANDS)]
        known = [(float(k), value) for k, value in values if value is not None]
        at, up = [k for k, _ in known], [value for _, value in known]
        curves.append(Curve(number, points_of(at, up, places, scale), label))
        dots += [
            Dot(position(x, places), scale(y), f"{label}, {BANDS[int(x)]}: {y:.2f}")
            for x, y in known
        ]
    return Plot(
        title="Unbiased hit rate by intensity",
        note="mean over participants, in thirds of the intensity",
        alt_text="; ".join(dot.text for dot in dots),
        curve="",
        line="",
        band="",
        dots=tuple(dots),
        x_ticks=tuple(Tick(position(k, places), b) for k, b in enumerate(BANDS)),
        y_ticks=_shares(scale),
        curves=tuple(curves),
        cursor=False,
        across="intensity",
        up="H_u",
    )


def _means(
    title: str,
    note: str,
    names: Sequence[str],
    means: Sequence[Mean],
    up: str,
    *,
    scale: Scale | None = None,
    more: Iterable[Stroke] = (),
) -> Plot:
    """Return means with their intervals beside each other, and the line at 0."""
    known = [
        (place, names[place], mean, mean.value)
        for place, mean in enumerate(means)
        if mean.value is not None
    ]
    shares = scale is not None
    if scale is None:
        ends = [end for _, _, mean, value in known for end in (*_ends(mean), value)]
        scale = Scale.over([0.0, *ends])
    dots, strokes = [], list(more)
    for place, name, mean, value in known:
        x, text = _at(place, len(names)), f"{name}: {said_mean(mean)}"
        dots.append(Dot(x, scale(value), text))
        if ends_here := _ends(mean):
            low, high = map(scale, ends_here)
            strokes.append(Stroke("whisker", x, low, x, high, text))
    ticks = list(names)
    if len(names) > _NAMES:
        note += "; numbers: rows of the table"
        ticks = [str(k) for k in range(1, len(names) + 1)]
    return Plot(
        title=title,
        note=note,
        alt_text="; ".join(dot.text for dot in dots),
        curve="",
        line="" if shares else _level(scale),
        band="",
        dots=tuple(dots),
        x_ticks=tuple(Tick(_at(k, len(names)), t) for k, t in enumerate(ticks)),
        y_ticks=_shares(scale) if shares else scale.ticks(),
        strokes=tuple(strokes),
        cursor=False,
        across="",
        up=up,
    )


def probe_plots(result: ProbeResult) -> tuple[Plot, ...]:
    """Return the biases of all participants, of each pair of labels."""
    return tuple(
        _biases(
            pair,
            [
                one
                for one in result.people
                if (one.first, one.second) == (pair.first, pair.second)
            ],
        )
        for pair in result.pairs
    )


def _biases(pair: PairBias, people: Sequence[PersonBias]) -> Plot:
    """Return the biases for one pair, from the least to the greatest, and the mean."""
    order = sorted(people, key=lambda one: (one.bias, one.participant))
    reach = [(one.bias, _Z * (one.error or 0.0)) for one in order]
    values = [at + side * half for at, half in reach for side in (-1, 1)]
    scale, n = Scale.over([0.0, *values, *_ends(pair.bias)]), len(order) + 2
    strokes, dots = [], []
    for place, (one, (bias, half)) in enumerate(zip(order, reach, strict=True)):
        x, text = _at(place, n), f"{one.participant}: {bias:.0f} ± {half:.0f} ms"
        dots.append(Dot(x, scale(bias), text))
        ends = (scale(bias - half), scale(bias + half))
        strokes.append(Stroke("whisker", x, ends[0], x, ends[1], text))
    at, mean = _at(n - 1, n), f"mean {said_mean(pair.bias)} ms"
    if pair.bias.value is not None:
        y = scale(pair.bias.value)
        strokes.append(Stroke("point", at - 6, y, at + 6, y, mean))
    if ends_of_mean := _ends(pair.bias):
        low, high = map(scale, ends_of_mean)
        strokes.append(Stroke("reach", at, low, at, high, mean))
    note = f"{mean}; {counted(len(order), 'participant')}"
    if pair.reliability is not None:
        halves = Mean(pair.reliability.reliability, pair.reliability.interval)
        note += f"; reliability {said_mean(halves)}"
    return Plot(
        title=f"Bias towards {pair.first} against {pair.second}",
        note=note,
        alt_text=note,
        curve="",
        line=_level(scale),
        band="",
        dots=tuple(dots),
        x_ticks=(Tick(_at((n - 3) / 2, n), "participants"), Tick(at, "mean")),
        y_ticks=scale.ticks(),
        strokes=tuple(strokes),
        cursor=False,
        across="",
        up="bias, ms",
    )


def _at(place: float, n: int) -> float:
    """Return where one of `n` values stands between the sides of a plot."""
    return position(place, [-_ROOM, n - 1 + _ROOM])


def _level(scale: Scale) -> str:
    """Return the points of the line at 0."""
    return f"{LEFT},{scale(0.0):g} {RIGHT},{scale(0.0):g}"


def _shares(scale: Scale) -> tuple[Tick, ...]:
    """Return the ticks of an axis of shares."""
    return tuple(Tick(scale(v), f"{v:g}") for v in (0.0, 0.25, 0.5, 0.75, 1.0))


def _ends(mean: Mean) -> tuple[float, ...]:
    """Return both ends of an interval; nothing where one is unknown."""
    ends = mean.interval
    if ends is None or ends.low is None or ends.high is None:
        return ()
    return ends.low, ends.high
