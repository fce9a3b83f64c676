# Psychometric functions as R fits them: Rscript make_psychometric.R
#
# Writes psychometric.json beside this file: answers simulated here, and what glm,
# lme4::glmer and optim say of them. Intervals by profile are roots of the profile
# deviance, each point of it a fit of its own.
#
# Debian packages: r-base-core r-cran-lme4 r-cran-jsonlite

suppressPackageStartupMessages(library(lme4))
library(jsonlite)

# Never satisfied: glm stops where its deviance stands still, the coefficients later.
EXACT <- glm.control(epsilon = 1e-300, maxit = 60)
glm <- function(...) suppressWarnings(stats::glm(...))
STEPS <- 1:15
CRITICAL <- qchisq(0.95, 1)

root <- function(f, from, to) uniroot(f, c(from, to), tol = 1e-14, maxiter = 10000)$root

# Where a deviance has grown by the critical value, on both sides of its minimum.
ends <- function(deviance, at, step) {
  excess <- function(v) deviance(v) - CRITICAL
  low <- at - step
  while (excess(low) < 0) low <- low - step
  high <- at + step
  while (excess(high) < 0) high <- high + step
  c(root(excess, low, at), root(excess, at, high))
}

fit_one <- function(d, link) {
  family <- binomial(link)
  y <- cbind(d$k, d$n - d$k)
  fit <- glm(y ~ d$x, family = family, control = EXACT)
  b <- unname(coef(fit))
  V <- unname(vcov(fit))
  pse <- -b[1] / b[2]
  g <- c(-1 / b[2], b[1] / b[2]^2)
  dev <- deviance(fit)
  of_pse <- function(m) {
    glm(y ~ 0 + I(d$x - m), family = family, control = EXACT)$deviance - dev
  }
  of_slope <- function(s) {
    glm(y ~ 1 + offset(s * d$x), family = family, control = EXACT)$deviance - dev
  }
  error <- sqrt(drop(g %*% V %*% g))
  z <- qnorm(0.975)
  # Fieller: where (b1 + m b2)^2 = z^2 Var(b1 + m b2).
  A <- b[2]^2 - z^2 * V[2, 2]
  B <- 2 * (b[1] * b[2] - z^2 * V[1, 2])
  C <- b[1]^2 - z^2 * V[1, 1]
  fieller <- sort((-B + c(-1, 1) * sqrt(B^2 - 4 * A * C)) / (2 * A))
  list(
    coef = b, se = sqrt(diag(V)), cov12 = V[1, 2], pse = pse, pse_se_delta = error,
    scale = 1 / b[2], scale_se_delta = sqrt(V[2, 2]) / b[2]^2,
    jnd_75_25 = (family$linkfun(0.75) - family$linkfun(0.25)) / 2 / b[2],
    deviance = dev, logLik = as.numeric(logLik(fit)),
    pse_ci_profile = ends(of_pse, pse, error),
    pse_ci_fieller = fieller,
    slope_ci_profile = ends(of_slope, b[2], sqrt(V[2, 2]) / 4)
  )
}

# Share of simulated data sets that fit no better, and what chi-square would say.
fit_goodness <- function(d, n_samples) {
  fit <- glm(cbind(d$k, d$n - d$k) ~ d$x, family = binomial("probit"), control = EXACT)
  drawn <- suppressWarnings(replicate(n_samples, {
    k <- rbinom(length(d$x), d$n, fitted(fit))
    glm(cbind(k, d$n - k) ~ d$x, family = binomial("probit"))$deviance
  }))
  list(
    p_boot = (1 + sum(drawn >= deviance(fit))) / (1 + n_samples),
    p_chi2 = pchisq(deviance(fit), length(d$x) - 2, lower.tail = FALSE)
  )
}

# Guess and lapse rate free within 0 and 0.2, from several starts.
fit_lapses <- function(d) {
  binomials <- sum(lchoose(d$n, d$k))
  minus <- function(p) {
    chance <- p[3] + (1 - p[3] - p[4]) * pnorm((d$x - p[1]) / exp(p[2]))
    -(sum(dbinom(d$k, d$n, chance, log = TRUE)))
  }
  lower <- c(1, log(0.2), 0, 0)
  upper <- c(15, log(20), 0.2, 0.2)
  best <- NULL
  for (spread in c(1, 2.5, 5)) for (rate in c(0.001, 0.03, 0.1)) {
    one <- nlminb(c(8, log(spread), rate, rate), minus, lower = lower, upper = upper,
      control = list(rel.tol = 1e-15, x.tol = 1e-15, eval.max = 5000, iter.max = 5000))
    if (is.null(best) || one$objective < best$objective) best <- one
  }
  p <- best$par
  list(pse_of_sigmoid = p[1], sigma = exp(p[2]), gamma = p[3], lambda = p[4],
    logLik = -best$objective)
}

simulate_answers <- function(seed, n, pse, sigma, rate) {
  set.seed(seed)
  chance <- rate + (1 - 2 * rate) * pnorm((STEPS - pse) / sigma)
  list(x = STEPS, n = rep(n, 15), k = rbinom(15, n, chance))
}

data <- list(
  # Three answers a step, as in one session of training; no level parts them.
  ert45 = simulate_answers(13, 3, 7.6, 1.6, 0),
  lab300 = simulate_answers(5, 20, 7.3, 2.1, 0.02),
  pooled5400 = simulate_answers(3, 360, 8.1, 2.5, 0.02)
)

# Twelve identities and thirty raters that differ in their points of equality.
set.seed(11)
I <- 12
J <- 30
grid <- expand.grid(x = STEPS, rater = 1:J, identity = 1:I)
u <- rnorm(I, 0, 0.3)
v <- rnorm(J, 0, 0.4)
eta <- -3.8 + 0.5 * grid$x + u[grid$identity] + v[grid$rater]
grid$y <- rbinom(nrow(grid), 1, pnorm(eta))

fit_crossed <- function(g) {
  z <- (g$x - 8) / 3.5
  control <- glmerControl(optimizer = "bobyqa", calc.derivs = FALSE, tolPwrss = 1e-10,
    optCtrl = list(rhobeg = 0.02, rhoend = 1e-7))
  fit <- glmer(y ~ z + (1 | identity) + (1 | rater), data = cbind(g, z = z),
    family = binomial("probit"), control = control)
  b <- unname(fixef(fit))
  b <- c(b[1] - b[2] * 8 / 3.5, b[2] / 3.5)
  sd <- as.data.frame(VarCorr(fit))
  own <- ranef(fit)$identity[, 1]
  naive <- glm(y ~ x, data = g, family = binomial("probit"), control = EXACT)
  each <- sapply(1:I, function(i) {
    one <- glm(y ~ x, data = g[g$identity == i, ], family = binomial("probit"),
      control = EXACT)
    c(-coef(one)[1] / coef(one)[2], 1 / coef(one)[2])
  })
  list(
    per_identity_pse = each[1, ], per_identity_sd = each[2, ],
    glmer = list(
      fixef = b, pse_pooled = -b[1] / b[2], sd_pooled = 1 / b[2],
      sd_identity = sd$sdcor[sd$grp == "identity"],
      sd_rater = sd$sdcor[sd$grp == "rater"],
      pse_identity_blup = -(b[1] + own) / b[2],
      logLik = as.numeric(logLik(fit))
    ),
    pooled_naive = unname(c(-coef(naive)[1] / coef(naive)[2], 1 / coef(naive)[2]))
  )
}

R <- lapply(data, function(d) {
  found <- list(probit = fit_one(d, "probit"), logit = fit_one(d, "logit"))
  set.seed(11)
  found$probit <- c(found$probit, fit_goodness(d, 2000))
  found$probit_lapse_ml <- fit_lapses(d)
  found
})
R$glmm <- fit_crossed(grid)
# One text of fifteen answers for each rater within each identity.
answers <- matrix(apply(matrix(grid$y, nrow = 15), 2, paste, collapse = ""), nrow = J)
result <- list(
  made_by = "make_psychometric.R",
  versions = list(R = as.character(getRversion()),
    lme4 = as.character(packageVersion("lme4"))),
  data = data, answers = lapply(1:I, function(i) answers[, i]), R = R
)
write(toJSON(result, auto_unbox = TRUE, digits = I(17), pretty = 1), "psychometric.json")
