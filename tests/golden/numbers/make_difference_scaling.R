# Difference scales as R's glm fits them: Rscript make_difference_scaling.R
#
# Writes difference_scaling.json beside this file. Maximum likelihood difference scaling
# is a probit regression without intercept on the differences of the levels (Knoblauch &
# Maloney 2008, doi:10.18637/jss.v025.i02); bootstrap, runs and six-point test are written
# here after Maloney & Yang (2003), doi:10.1167/3.8.5.
#
# Debian packages: r-base-core r-cran-jsonlite

library(jsonlite)

# Never satisfied: glm stops where its deviance stands still, the coefficients later.
EXACT <- glm.control(epsilon = 1e-300, maxit = 100)
N_LEVELS <- 8

design_of <- function(quads) {
  X <- matrix(0, nrow(quads), N_LEVELS)
  for (r in seq_len(nrow(quads))) {
    q <- quads[r, ]
    X[r, q[4]] <- X[r, q[4]] + 1
    X[r, q[3]] <- X[r, q[3]] - 1
    X[r, q[2]] <- X[r, q[2]] - 1
    X[r, q[1]] <- X[r, q[1]] + 1
  }
  X[, -1]
}

# A regression on counts of each different trial; the levels are few.
fit_scale <- function(X, k, n, control = EXACT) {
  suppressWarnings(glm.fit(X, cbind(k, n - k), family = binomial("probit"),
    control = control, intercept = FALSE))
}

log_likelihood <- function(eta, second) {
  sum(pnorm(ifelse(second, eta, -eta), log.p = TRUE))
}

# Runs of residuals of one sign, ordered by what was expected.
changes <- function(second, eta) {
  sorted <- second[order(round(eta, 11))]
  sum(sorted[-1] != sorted[-length(sorted)])
}

# In how many six-point sets each different trial takes part.
six_point_weights <- function(rows) {
  key <- apply(rows, 1, paste, collapse = "_")
  weights <- integer(nrow(rows))
  triples <- combn(N_LEVELS, 3)
  for (i in seq_len(ncol(triples))) for (j in seq_len(ncol(triples))) {
    a <- triples[, i]
    d <- triples[, j]
    if (a[1] >= d[1]) next
    found <- match(c(
      paste(a[1], a[2], d[1], d[2], sep = "_"),
      paste(a[2], a[3], d[2], d[3], sep = "_"),
      paste(a[1], a[3], d[1], d[3], sep = "_")
    ), key)
    if (!anyNA(found)) weights[found] <- weights[found] + 1L
  }
  weights
}

analyse <- function(quads, second, seed, six) {
  key <- apply(quads, 1, paste, collapse = "_")
  first <- !duplicated(key)
  rows <- quads[first, , drop = FALSE]
  place <- match(key, key[first])
  X <- design_of(rows)
  n <- tabulate(place, nrow(rows))
  count <- function(second) as.numeric(tapply(second, factor(place, seq_len(nrow(rows))), sum))
  fit <- fit_scale(X, count(second), n)
  b <- fit$coefficients
  V <- chol2inv(fit$qr$qr[seq_along(b), seq_along(b)])
  eta <- drop(X %*% b)[place]
  best <- log_likelihood(eta, second)
  straight <- rowSums(X * rep((seq_len(N_LEVELS) - 1)[-1] / (N_LEVELS - 1), each = nrow(X)))
  line <- fit_scale(cbind(straight), count(second), n)
  flat <- log_likelihood(straight[place] * line$coefficients, second)
  null <- length(second) * log(0.5)
  set.seed(seed)
  weights <- if (six) six_point_weights(rows)
  drawn <- replicate(4000, {
    again <- runif(length(eta)) < pnorm(eta)
    found <- fit_scale(X, count(again), n, glm.control())$coefficients
    e <- drop(X %*% found)[place]
    terms <- pnorm(ifelse(again, e, -e), log.p = TRUE)
    c(found / found[7], 1 / found[7], changes(again, e),
      if (six) sum(terms * weights[place]))
  })
  scales <- drawn[1:8, ]
  result <- list(
    coef = b, pscale_norm = c(0, b / b[7]), sigma_norm = 1 / b[7], se_expected = sqrt(diag(V)),
    logLik = best, deviance = -2 * best, null_deviance = -2 * null,
    AIC = -2 * best + 2 * 7, DAF = 1 - best / null,
    boot = list(mean = rowMeans(scales), sd = apply(scales, 1, sd),
      q025 = apply(scales, 1, quantile, 0.025)),
    linear = list(LR = 2 * (best - flat), df = 6,
      p = pchisq(2 * (best - flat), 6, lower.tail = FALSE))
  )
  if (!six) return(result)
  runs <- changes(second, eta)
  own <- sum(pnorm(ifelse(second, eta, -eta), log.p = TRUE) * weights[place])
  c(result, list(
    gof = list(obs_runs = runs, p_runs = mean(drawn[9, ] <= runs),
      mean_runs = mean(drawn[9, ]), sd_runs = sd(drawn[9, ])),
    sixpt = list(lik6pt = own, p = mean(drawn[10, ] <= own),
      boot_mean = mean(drawn[10, ]), boot_sd = sd(drawn[10, ]))
  ))
}

TRUTH <- (0:7) / 7 + sin(2 * pi * (0:7) / 7) / (6 * pi)

# All quadruples or triads; the answer says whether the second pair looked larger.
simulate <- function(seed, size, repeats, sigma) {
  set.seed(seed)
  trials <- t(combn(N_LEVELS, size))
  trials <- trials[rep(seq_len(nrow(trials)), repeats), ]
  trials <- trials[sample(nrow(trials)), ]
  quads <- if (size == 4) trials else trials[, c(1, 2, 2, 3)]
  apart <- TRUTH[quads[, 4]] - TRUTH[quads[, 3]] - TRUTH[quads[, 2]] + TRUTH[quads[, 1]]
  second <- apart + rnorm(nrow(quads), 0, sigma) > 0
  # Half of the trials as they were shown: pairs exchanged, or the triad turned round.
  turned <- runif(nrow(quads)) < 0.5
  shown <- trials
  shown[turned, ] <- if (size == 4) trials[turned, c(3, 4, 1, 2)] else trials[turned, 3:1]
  data <- lapply(seq_len(size), function(k) shown[, k])
  names(data) <- paste0("S", seq_len(size))
  data$resp <- as.integer(second != turned)
  list(data = data, quads = quads, second = second)
}

quad <- simulate(101, 4, 4, 0.15)
triad <- simulate(102, 3, 5, 0.15)
result <- list(
  made_by = "make_difference_scaling.R",
  versions = list(R = as.character(getRversion())),
  data = list(sim_quad = quad$data, sim_triad = triad$data),
  R = list(
    sim_quad = analyse(quad$quads, quad$second, 7, TRUE),
    sim_triad = analyse(triad$quads, triad$second, 8, FALSE)
  )
)
write(toJSON(result, auto_unbox = TRUE, digits = I(17)), "difference_scaling.json")
