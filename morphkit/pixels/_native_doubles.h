/* Two doubles at once: the same operations by SSE2 and by NEON, or one at once in plain C.
 *
 * Every operation is rounded as IEEE 754 says, so that bits are equal in all three, and
 * equal to NumPy's. Nothing here may be contracted.
 */
#ifndef MORPHKIT_NATIVE_DOUBLES_H
#define MORPHKIT_NATIVE_DOUBLES_H

#include <math.h>

#include "_native.h"

#if !defined(MORPHKIT_LANES)

#define DOUBLES 1 /* at once */

typedef double Doubles;

INLINE Doubles load_doubles(const double *p) { return *p; }
INLINE Doubles load_apart(const double *p, int step) {
    (void)step;
    return *p;
}
INLINE void store_doubles(double *p, Doubles a) { *p = a; }
INLINE Doubles doubles_of(double value) { return value; }
INLINE Doubles add_doubles(Doubles a, Doubles b) { return a + b; }
INLINE Doubles subtract_doubles(Doubles a, Doubles b) { return a - b; }
INLINE Doubles multiply_doubles(Doubles a, Doubles b) { return a * b; }
INLINE Doubles divide_doubles(Doubles a, Doubles b) { return a / b; }
INLINE Doubles root_of_doubles(Doubles a) { return sqrt(a); }
INLINE Doubles larger_doubles(Doubles a, Doubles b) { return a > b ? a : b; }

#elif defined(__aarch64__)

#define DOUBLES 2

typedef float64x2_t Doubles;

INLINE Doubles load_doubles(const double *p) { return vld1q_f64(p); }
INLINE Doubles load_apart(const double *p, int step) {
    return vsetq_lane_f64(p[step], vdupq_n_f64(*p), 1);
}
INLINE void store_doubles(double *p, Doubles a) { vst1q_f64(p, a); }
INLINE Doubles doubles_of(double value) { return vdupq_n_f64(value); }
INLINE Doubles add_doubles(Doubles a, Doubles b) { return vaddq_f64(a, b); }
INLINE Doubles subtract_doubles(Doubles a, Doubles b) { return vsubq_f64(a, b); }
INLINE Doubles multiply_doubles(Doubles a, Doubles b) { return vmulq_f64(a, b); }
INLINE Doubles divide_doubles(Doubles a, Doubles b) { return vdivq_f64(a, b); }
INLINE Doubles root_of_doubles(Doubles a) { return vsqrtq_f64(a); }
INLINE Doubles larger_doubles(Doubles a, Doubles b) { return vmaxq_f64(a, b); }

#else

#define DOUBLES 2

typedef __m128d Doubles;

INLINE Doubles load_doubles(const double *p) { return _mm_loadu_pd(p); }
INLINE Doubles load_apart(const double *p, int step) { return _mm_set_pd(p[step], *p); }
INLINE void store_doubles(double *p, Doubles a) { _mm_storeu_pd(p, a); }
INLINE Doubles doubles_of(double value) { return _mm_set1_pd(value); }
INLINE Doubles add_doubles(Doubles a, Doubles b) { return _mm_add_pd(a, b); }
INLINE Doubles subtract_doubles(Doubles a, Doubles b) { return _mm_sub_pd(a, b); }
INLINE Doubles multiply_doubles(Doubles a, Doubles b) { return _mm_mul_pd(a, b); }
INLINE Doubles divide_doubles(Doubles a, Doubles b) { return _mm_div_pd(a, b); }
INLINE Doubles root_of_doubles(Doubles a) { return _mm_sqrt_pd(a); }
INLINE Doubles larger_doubles(Doubles a, Doubles b) { return _mm_max_pd(a, b); }

#endif

/* Without its sign. */
INLINE Doubles size_of_doubles(Doubles a) {
    return larger_doubles(a, subtract_doubles(doubles_of(0.0), a));
}

#endif
