"""Write random_slopes.json: mixed models with random slopes of raters, by lme4.

Usage: python make_random_slopes.py  (needs Rscript with lme4)
"""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy.stats import norm

STEPS = np.arange(1.0, 16)
FIT = """
library(lme4)
d <- read.csv(commandArgs(TRUE)[1])
control <- glmerControl(
  optimizer = "bobyqa", tolPwrss = 1e-12,
  optCtrl = list(rhobeg = .02, rhoend = 1e-8, maxfun = 200000)
)
for (s in unique(d$set)) {
  e <- d[d$set == s, ]
  e$z <- (e$x - 8) / 3.5
  f <- cbind(k, n - k) ~ z + (1 + z | rater)
  if (length(unique(e$identity)) > 1) f <- update(f, . ~ . + (1 | identity))
  m <- glmer(f, data = e, family = binomial("probit"), control = control)
  v <- VarCorr(m)
  sd_identity <- if (is.null(v$identity)) 0 else attr(v$identity, "stddev")
  numbers <- c(
    logLik(m) - sum(lchoose(e$n, e$k)), fixef(m), attr(v$rater, "stddev"),
    attr(v$rater, "correlation")[1, 2], sd_identity
  )
  cat("found", s, formatC(numbers, digits = 12, format = "g"), "\\n")
}
cat("how", R.version.string, "lme4", as.character(packageVersion("lme4")), "\\n")
"""


def drawn(
    generator: np.random.Generator, shape: tuple[int, int], n: int, sds: list[float]
) -> np.ndarray:
    """Return answers; SDs are those of raters, identities and log slopes."""
    identities, raters = shape
    place = 8 + generator.normal(0, sds[1], identities)[:, None, None]
    place = place + generator.normal(0, sds[0], raters)[None, :, None]
    slope = np.exp(generator.normal(0, sds[2], raters)) / 1.8
    return generator.binomial(n, norm.cdf((STEPS - place) * slope[None, :, None]))


def main() -> None:
    """Write the file beside this script."""
    generator = np.random.default_rng(5)
    sets = {
        "slopes": (6, drawn(generator, (3, 12), 6, [0.8, 0.6, 0.4])),
        "one_identity": (10, drawn(generator, (1, 10), 10, [0.8, 0.0, 0.5])),
    }
    lines = ["set,identity,rater,x,k,n"]
    for name, (n, answers) in sets.items():
        for place, k in np.ndenumerate(answers):
            i, j, m = (index + 1 for index in place)
            lines.append(f"{name},{i},{j},{m},{k},{n}")
    with tempfile.TemporaryDirectory() as folder:
        table, program = Path(folder) / "answers.csv", Path(folder) / "fit.R"
        table.write_text("\n".join(lines) + "\n", "utf-8")
        program.write_text(FIT, "utf-8")
        done = subprocess.run(
            ["Rscript", program, table], capture_output=True, text=True, check=True
        )
    said = [line.split() for line in done.stdout.splitlines()]
    document: dict[str, object] = {
        "how": " ".join(next(words[1:] for words in said if words[0] == "how"))
    }
    for words in said:
        if words[0] != "found":
            continue
        name, numbers = words[1], [float(word) for word in words[2:]]
        n, answers = sets[name]
        document[name] = {
            "n": n,
            "identities": len(answers),
            "chosen": [
                "".join(f"{k:02d}" for k in row) for one in answers for row in one
            ],
            "lme4": {
                "logLik": numbers[0],
                "fixef": numbers[1:3],
                "sd_rater": numbers[3:5],
                "correlation": numbers[5],
                "sd_identity": numbers[6],
            },
        }
    path = Path(__file__).with_name("random_slopes.json")
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
