/* How much the cover of a photo counts in a frame, and how dark it is there. */
#include "_native.h"

/* Presence of the cover of one of two photos: in proportion to its weight at first. */
static int32_t presence_of(int32_t weight, int32_t whole_from) {
    const int32_t one = 1 << ONE_BITS;
    return weight < whole_from ? one - ((whole_from - weight) << ONE_BITS) / (one - weight)
                               : one;
}

/* The share of light that is lost behind lids, in 1/16384, at a weight of the other. */
static int32_t shade_of_lids(int32_t other) {
    const int64_t one = 1 << ONE_BITS;
    const int32_t lost = (int32_t)((other * (3 * one + 7 * other) + 10 * HALF) / (10 * one));
    const int32_t second = (other * other + HALF) >> ONE_BITS;
    const int32_t fourth = (second * second + HALF) >> ONE_BITS;
    const int32_t sixth = (fourth * second + HALF) >> ONE_BITS;
    return lost + ((((int32_t)one - lost) * sixth + HALF) >> ONE_BITS);
}

void set_presences(Photo *photos, int n, int covered) {
    const int fades = n == 2 && photos[0].weight > 0 && photos[1].weight > 0;
    const int32_t one = 1 << ONE_BITS;
    for (int k = 0; k < n; k++) {
        const int32_t weight = photos[k].weight;
        photos[k].presence = fades ? presence_of(weight, WHOLE_FROM) : one;
        photos[k].lasting = fades ? presence_of(weight, BEHIND_FROM) : one;
        const int32_t other = one - weight;
        photos[k].shade = photos[k].lid_shade = 0;
        if (fades && covered == 2)
            photos[k].shade = (other * other + one) >> (ONE_BITS + 1);
        if (fades && covered == 3) {
            photos[k].shade = (int32_t)((7 * (int64_t)other * (one + other) + 20 * HALF) /
                                        (20 * one));
            photos[k].lid_shade = shade_of_lids(other);
        }
    }
}
