/* Colour differences after CIE 2000, but for the turn of the axes of blue: in C.
 *
 * Doubles in a fixed order, which the compiler must not contract: sums, products,
 * quotients and square roots, nothing else. colour_oracle.py is the readable counterpart
 * and gives the same bits.
 */
#include "_native_doubles.h"

#define TINY 1e-300            /* what 0 is divided by, instead of by 0 */
#define SEVENTH 6103515625.0   /* 25 to the power of 7 */

/* a·b + c·d */
INLINE Doubles two_products(Doubles a, Doubles b, Doubles c, Doubles d) {
    return add_doubles(multiply_doubles(a, b), multiply_doubles(c, d));
}

INLINE Doubles half_of_sum(Doubles a, Doubles b) {
    return multiply_doubles(add_doubles(a, b), doubles_of(0.5));
}

INLINE Doubles chroma_of(Doubles a, Doubles b) {
    return root_of_doubles(two_products(a, a, b, b));
}

INLINE Doubles saturation_of(Doubles chroma) {
    const Doubles cubed = multiply_doubles(multiply_doubles(chroma, chroma), chroma);
    const Doubles seventh = multiply_doubles(multiply_doubles(cubed, cubed), chroma);
    return divide_doubles(seventh, add_doubles(seventh, doubles_of(SEVENTH)));
}

/* n coefficients, the highest power first. */
INLINE Doubles polynomial(const double *powers, int n, Doubles x) {
    Doubles sum = multiply_doubles(doubles_of(powers[0]), x);
    for (int k = 1; k < n - 1; k++)
        sum = multiply_doubles(add_doubles(sum, doubles_of(powers[k])), x);
    return add_doubles(sum, doubles_of(powers[n - 1]));
}

/* Colours along the axes of CIE 2000. */
typedef struct {
    Doubles a, b, chroma;
} Colours;

/* The difference of hue, and the direction of the mean hue, not yet of length 1. */
typedef struct {
    Doubles apart, x, y;
} Hues;

/* Hues more than 90 degrees apart: their mean lies across the difference of directions,
 * where the sum of them may be next to nothing. */
static void hues_apart(const Colours *first, const Colours *second, Doubles along,
                       Doubles across, Doubles twice, Hues *hues) {
    double values[9][DOUBLES], far[3][DOUBLES];
    const Doubles from[9] = {along,     across,   twice,     first->a,      first->b,
                             second->a, second->b, first->chroma, second->chroma};
    for (int k = 0; k < 9; k++) store_doubles(values[k], from[k]);
    store_doubles(far[0], hues->apart);
    store_doubles(far[1], hues->x);
    store_doubles(far[2], hues->y);
    for (int k = 0; k < DOUBLES; k++) {
        const double turn = values[1][k], a1 = values[3][k], b1 = values[4][k];
        const double a2 = values[5][k], b2 = values[6][k];
        const double c1 = values[7][k], c2 = values[8][k];
        if (!(values[0][k] < 0)) continue;
        /* Of 180 degrees, the mean of both angles from 0 to 360. */
        const int first_half = b1 == 0 ? a1 > 0 : b1 > 0;
        const double sign = (turn == 0 ? first_half : turn > 0) ? 1.0 : -1.0;
        far[0][k] = sign * values[2][k];
        far[1][k] = sign * (b2 * c1 - b1 * c2);
        far[2][k] = sign * (a1 * c2 - a2 * c1);
    }
    hues->apart = load_doubles(far[0]);
    hues->x = load_doubles(far[1]);
    hues->y = load_doubles(far[2]);
}

/* Find both hues apart, from products instead of angles, and the mean hue. */
INLINE Hues compare_hues(const Colours *first, const Colours *second) {
    const Doubles product = multiply_doubles(first->chroma, second->chroma);
    const Doubles along = two_products(first->a, second->a, first->b, second->b);
    const Doubles across = subtract_doubles(multiply_doubles(first->a, second->b),
                                            multiply_doubles(first->b, second->a));
    const Doubles two = doubles_of(2.0), tiny = doubles_of(TINY);
    const Doubles twice = root_of_doubles(
        multiply_doubles(two, add_doubles(product, size_of_doubles(along))));
    Hues hues = {divide_doubles(multiply_doubles(two, across), larger_doubles(twice, tiny)),
                 two_products(first->a, second->chroma, second->a, first->chroma),
                 two_products(first->b, second->chroma, second->b, first->chroma)};
    double signs[DOUBLES];
    store_doubles(signs, along);
    if (signs[0] < 0 || signs[DOUBLES - 1] < 0)
        hues_apart(first, second, along, across, twice, &hues);
    const Doubles length = multiply_doubles(twice, root_of_doubles(product));
    const Doubles scale = divide_doubles(doubles_of(1.0), larger_doubles(length, tiny));
    hues.x = multiply_doubles(hues.x, scale);
    hues.y = multiply_doubles(hues.y, scale);
    return hues;
}

/* Write the parts of DOUBLES colours, each part `pitch` behind the one before. */
INLINE void compare_some(const double *first, const double *second, const double *series,
                         double *parts, int64_t pitch) {
    const Doubles one = doubles_of(1.0), small = doubles_of(0.015);
    const Doubles l1 = load_apart(first, 3), l2 = load_apart(second, 3);
    Colours c1 = {load_apart(first + 1, 3), load_apart(first + 2, 3), one};
    Colours c2 = {load_apart(second + 1, 3), load_apart(second + 2, 3), one};
    const Doubles grey = saturation_of(
        half_of_sum(chroma_of(c1.a, c1.b), chroma_of(c2.a, c2.b)));
    const Doubles stretch = subtract_doubles(
        doubles_of(1.5), multiply_doubles(doubles_of(0.5), root_of_doubles(grey)));
    c1.a = multiply_doubles(stretch, c1.a);
    c2.a = multiply_doubles(stretch, c2.a);
    c1.chroma = chroma_of(c1.a, c1.b);
    c2.chroma = chroma_of(c2.a, c2.b);
    const Hues hues = compare_hues(&c1, &c2);
    const Doubles light = subtract_doubles(half_of_sum(l1, l2), doubles_of(50.0));
    const Doubles chroma = half_of_sum(c1.chroma, c2.chroma);
    const Doubles t = add_doubles(polynomial(series, 5, hues.x),
                                  multiply_doubles(hues.y,
                                                   polynomial(series + 5, 4, hues.x)));
    const Doubles squared = multiply_doubles(light, light);
    const Doubles unit_l = divide_doubles(
        multiply_doubles(small, squared),
        root_of_doubles(add_doubles(doubles_of(20.0), squared)));
    const Doubles unit_h = multiply_doubles(multiply_doubles(small, chroma), t);
    const Doubles l = divide_doubles(subtract_doubles(l2, l1), add_doubles(one, unit_l));
    const Doubles c = divide_doubles(
        subtract_doubles(c2.chroma, c1.chroma),
        add_doubles(one, multiply_doubles(doubles_of(0.045), chroma)));
    const Doubles h = divide_doubles(hues.apart, add_doubles(one, unit_h));
    const Doubles total = add_doubles(two_products(l, l, c, c), multiply_doubles(h, h));
    const Doubles found[COLOUR_PARTS] = {total, c, h, hues.x, hues.y, chroma};
    for (int k = 0; k < COLOUR_PARTS; k++) store_doubles(parts + k * pitch, found[k]);
}

void compare_colours(const double *first, const double *second, int64_t n,
                     const double *series, double *parts) {
    int64_t k = 0;
    for (; k + DOUBLES <= n; k += DOUBLES)
        compare_some(first + 3 * k, second + 3 * k, series, parts + k, n);
    if (k == n) return;
    double one[3 * DOUBLES], other[3 * DOUBLES], rest[COLOUR_PARTS * DOUBLES];
    for (int i = 0; i < 3 * DOUBLES; i++) {
        one[i] = first[3 * k + i % 3];
        other[i] = second[3 * k + i % 3];
    }
    compare_some(one, other, series, rest, DOUBLES);
    for (int i = 0; i < COLOUR_PARTS; i++) parts[i * n + k] = rest[i * DOUBLES];
}
