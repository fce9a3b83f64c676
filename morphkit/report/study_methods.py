"""The sentences on participants and procedure in the methods paragraph."""

from collections.abc import Collection, Iterable, Mapping
from statistics import fmean, stdev

from morphkit._core.text import counted
from morphkit.experiment.design import Design
from morphkit.experiment.study_record import StudyRecord

#: Task -> what its answers are called.
TASK_NAMES = {
    "category": "categorisations",
    "scale": "comparisons of differences",
    "rating": "ratings",
    "pair": "judgements of same or different",
    "label": "choices of one of several labels",
    "probe": "answers to a dot in the place of a face",
}
#: Images of a trial -> what such trials are called.
TRIAL_TYPES = {1: "single images", 2: "pairs", 3: "triads", 4: "quadruples"}
#: Phases whose trials are not counted as main ones.
_PRACTICE = "practice"
Trials = Mapping[str, Mapping[str, int]]


def record_sentences(record: StudyRecord, trials: Trials) -> Iterable[str]:
    """Yield who took part and what they saw.

    Parameters
    ----------
    record : StudyRecord
    trials : mapping of str to mapping of str to int
        Answers of every participant to each task, as far as they are known.
    """
    answered = {name for own in trials.values() for name in own}
    if record.people:
        yield _people(record, answered or {*record.people})
    if record.recruitment:
        yield f"Participants were recruited by {record.recruitment}."
    if record.front_end or record.display or record.viewing_distance_cm:
        yield _where(record)
    if record.design is not None:
        yield from _procedure(record.design)


def trial_sentences(trials: Trials) -> Iterable[str]:
    """Yield how many answers of each participant were analysed."""
    for task, own in trials.items():
        counts = sorted(own.values())
        many = _range(counts[0], counts[-1])
        yield (
            f"{many} {TASK_NAMES.get(task, task)} of each participant were analysed "
            f"({counted(len(counts), 'participant')}, {sum(counts)} in all)."
        )


def _people(record: StudyRecord, answered: Collection[str]) -> str:
    """Return how many took part, of which sex and age."""
    known = [record.people[name] for name in sorted(answered) if name in record.people]
    sexes: dict[str, int] = {}
    for one in known:
        if one.sex:
            sexes[one.sex] = sexes.get(one.sex, 0) + 1
    ages = [one.age for one in known if one.age is not None]
    parts = [f"{n} {sex}" for sex, n in sorted(sexes.items())]
    if ages:
        spread = f", SD {stdev(ages):.1f}" if len(ages) > 1 else ""
        parts.append(
            f"aged {_range(min(ages), max(ages))} years (mean {fmean(ages):.1f}"
            f"{spread})"
        )
    whole = sum(one.age is not None and bool(one.sex) for one in known)
    missing = len(answered) - whole
    if missing:
        parts.append(f"sex or age of {missing} not known")
    said = ", ".join(parts)
    return f"Answers of {counted(len(answered), 'participant')} were analysed ({said})."


def _where(record: StudyRecord) -> str:
    """Return front end, display and distance."""
    text = "Images were shown"
    if record.display:
        text += f" on {record.display}"
    if record.viewing_distance_cm is not None:
        text += f" at a distance of {record.viewing_distance_cm:g} cm"
    if record.front_end:
        text += f" by {record.front_end}"
    return f"{text}."


def _procedure(design: Design) -> Iterable[str]:
    """Yield trials, their order and their durations."""
    main = [sum(t.phase != _PRACTICE for t in trials) for trials in design.lists]
    practice = max(sum(t.phase == _PRACTICE for t in trials) for trials in design.lists)
    blocks = max(t.block for trials in design.lists for t in trials)
    every = [t for trials in design.lists for t in trials if t.phase != _PRACTICE]
    flipped = sum(t.flipped for t in every) / len(every)
    before = f" after {counted(practice, 'trial')} of practice" if practice else ""
    orders = counted(len(design.lists), "random order")
    least = "" if min(main) == max(main) else f"{min(main)} to "
    sizes = sorted({len(t.stimuli) for t in every})
    types = " and ".join(TRIAL_TYPES[n] for n in sizes)
    yield (
        f"A session (design {design.kind}, seed {design.seed}) had "
        f"{least}{counted(max(main), 'trial')} of {types}{before}, in "
        f"{counted(blocks, 'block')}; {orders} came in turn, and in {flipped:.0%} of "
        "trials images or answers stood in reverse order."
    )
    yield _durations(design)


def _durations(design: Design) -> str:
    """Return the sentence on fixation, exposure, mask and time to answer."""
    timing, parts = design.timing, []
    if timing.drawn_fixation:
        least, most = timing.drawn_fixation
        parts.append(f"a fixation cross for {least} to {most} ms, drawn for each trial")
    elif timing.fixation:
        parts.append(f"a fixation cross for {timing.fixation} ms")
    shown = (
        "until the answer" if timing.stimulus is None else f"for {timing.stimulus} ms"
    )
    parts.append(f"the stimulus {shown}")
    parts.append(f"a mask for {timing.mask} ms" if timing.mask else "no mask")
    limit = "without a limit of time"
    if timing.answer is not None:
        limit = f"within {timing.answer} ms"
    return f"A trial had {', then '.join(parts)}; answers were given {limit}."


def _range(least: float, most: float) -> str:
    """Return one number, or from one to another."""
    return f"{least:g}" if least == most else f"{least:g} to {most:g}"
