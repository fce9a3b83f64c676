"""Texts that programs run, fill in, cut or change, and a study that shows them.

Whoever writes a text means it as it stands. One list for every front end: what the
program cannot show it must refuse, and everything else must arrive.
"""

from collections.abc import Iterable, Sequence

from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.texts import read_wording

CODE = "[__import__('os').system('touch ran')]"
#: In order of the programs that they were found in; most mean something in several.
NASTY = (
    # PsychoPy's tables, fields and code
    CODE,
    "[Which word?]",
    "(Which word?)",
    "$instruction_text",
    "5 $ or \\$5",
    "None",
    "n/a",
    "007",
    "12_5",
    "3,5",
    "1e3",
    "True",
    "inf",
    "May",
    "text:%41",
    "none at all",
    # the ends of lines and of texts
    "one\ntwo",
    "one\n\nthree",
    " before",
    "after ",
    "two  blanks",
    "a\\nb",
    "C:\\faces\\",
    "// no comment",
    "# no comment",
    # quotation marks
    'say "yes"',
    "say 'no'",
    "'''",
    '"""',
    "`tick`",
    "'=quoted",
    # what OpenSesame, OSWeb, lab.js, Qualtrics, Inquisit and E-Prime fill in
    "{subject_nr}",
    "{{x}}",
    "{1 + 1}",
    "[subject_nr]",
    "[=1 + 1]",
    "\\[x\\]",
    "${header}",
    "${e://Field/x}",
    "$& and $1",
    "<% script.elapsedtime %>",
    "[[PageBreak]]",
    "%s of 100 %",
    "~n ^ @1",
    # HTML and JavaScript
    "</script><script>ran()</script>",
    "<b>bold</b> & <br>",
    "a < b & c",
    "&lt; &amp; &#36;",
    "<!-- x",
    # formulas
    "=1+1",
    "+1-2",
    "-3",
    "- or +",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    # letters
    "🙂 or 🙁",
    "“Æøå” – ß",
    "עברית",
)
#: What no program can show alike.
INVISIBLE = ("a\tb", "a\rb", "a\u2028b", "a\x07b", "a\x85b", "a\ud800b")


def wording(texts: Sequence[str] = NASTY, *, common: str = "") -> dict[str, str]:
    """Return a wording with texts as questions, ends of scales and labels.

    Parameters
    ----------
    texts : sequence of str
        Each is a label, ``label_l001`` …, a question and both ends of a scale.
    common : str, optional
        Text of every page; all of them one below the other by default.
    """
    common = common or "\n".join(texts)
    words = read_wording("en", labels=("happy", "sad"))
    for number, text in enumerate(texts, start=1):
        name = scale(number)
        words[f"question_{name}"] = words[f"label_{name}"] = text
        words[f"scale_{name}_low"] = words[f"scale_{name}_high"] = text
    for key in ("welcome", "thanks", "key_to_start", "key_to_continue", "too_slow"):
        words[key] = common
    for key in ("break", "phase_practice", "phase_main", "title", "button_hint"):
        words[key] = common
    for key in ("feedback_correct", "feedback_incorrect"):
        words[key] = f"{common}{{label}}{common}"
    return words


def scale(number: int) -> str:
    """Return the name of the scale, and of the label, of a text."""
    return f"l{number:03d}"


def rating(texts: Sequence[str], stimulus: str) -> Design:
    """Return a design that rates an image on a scale for every text."""
    names = [scale(number) for number in range(1, len(texts) + 1)]
    trials = [Trial("main", 1, (stimulus,), (), question=name) for name in names]
    scales = dict.fromkeys(names, (0.0, 10.0, 1.0))
    timing = Timing(fixation=0)
    return Design("rating", (tuple(trials),), seed=1, timing=timing, scales=scales)


def choices(texts: Sequence[str], stimulus: str, **options) -> Design:
    """Return a design whose left answers are the texts, and which gives feedback."""
    names = [scale(number) for number in range(1, len(texts) + 1)]
    trials = [
        Trial("practice", 1, (stimulus,), (name, "sad"), correct=name)
        for name in names[:1]
    ]
    trials += [Trial("main", 2, (stimulus,), (name, "sad")) for name in names]
    timing = options.pop("timing", Timing(fixation=0, feedback=40))
    return Design("categorisation", (tuple(trials),), seed=1, timing=timing, **options)


def labels(texts: Sequence[str], stimulus: str, *, at_once: int = 4) -> Design:
    """Return a design that asks for one of several labels, all of them nasty."""
    names = [scale(number) for number in range(1, len(texts) + 1)]
    names += names[: -len(names) % at_once]
    trials = [
        Trial("main", 1, (stimulus,), tuple(names[k : k + at_once]))
        for k in range(0, len(names), at_once)
    ]
    keys = tuple(str(k) for k in range(1, at_once + 1))
    timing = Timing(fixation=0)
    return Design("labelling", (tuple(trials),), seed=1, keys=keys, timing=timing)


def pairs(texts: Sequence[str], stimuli: Sequence[str], **options) -> Design:
    """Return a short design in which every text is an answer, two to a trial."""
    names = [scale(number) for number in range(1, len(texts) + 1)]
    both = zip(names[::2], names[1::2], strict=False)
    trials = [
        Trial(
            "main" if k else "practice", 1 + (k > 0), (stimuli[k % len(stimuli)],), two
        )
        for k, two in enumerate(both)
    ]
    return Design("categorisation", (tuple(trials),), seed=1, **options)


def without(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the list without some texts."""
    left_out = set(texts)
    assert left_out <= set(NASTY), left_out - set(NASTY)
    return tuple(text for text in NASTY if text not in left_out)
