# Intraclass correlations as R's psych gives them: Rscript make_agreement.R
#
# Writes agreement.json beside this file. Debian packages: r-base-core r-cran-psych
# r-cran-jsonlite

library(jsonlite)
suppressPackageStartupMessages(library(psych))

set.seed(21)
truth <- rnorm(9, 5, 2)
lenient <- rnorm(5, 0, 0.8)
ratings <- round(outer(truth, lenient, "+") + rnorm(45, 0, 1.1), 1)
icc <- suppressWarnings(ICC(ratings, lmer = FALSE, alpha = 0.05))$results
result <- list(
  made_by = "make_agreement.R",
  versions = list(R = as.character(getRversion()),
    psych = as.character(packageVersion("psych"))),
  ratings = ratings,
  ICC = icc$ICC, type = icc$type, F = icc$F,
  lower = icc$`lower bound`, upper = icc$`upper bound`
)
write(toJSON(result, auto_unbox = TRUE, digits = I(17)), "agreement.json")
