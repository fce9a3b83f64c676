/* Eight or sixteen values at once: the same operations by SSE2 and by NEON.
 *
 * MORPHKIT_LANES is defined where one of the two is at hand: on x86 with SSE2, and on
 * 64-bit Arm (little-endian) with a compiler that knows GCC's intrinsics. Elsewhere, and
 * with MORPHKIT_SCALAR defined, the plain C beside every use does the same. Bits are
 * equal in all three: tools/other_processors.py compares them.
 */
#ifndef MORPHKIT_NATIVE_LANES_H
#define MORPHKIT_NATIVE_LANES_H

#include <stdint.h>

#if defined(MORPHKIT_SCALAR)
#elif defined(__SSE2__) || defined(_M_X64) || (defined(_M_IX86_FP) && _M_IX86_FP >= 2)

#include <emmintrin.h>
#define MORPHKIT_LANES "SSE2"

typedef __m128i Bytes;  /* 16 unsigned values of 8 bits */
typedef __m128i Shorts; /* 8 values of 16 bits */
typedef __m128i Longs;  /* 4 values of 32 bits */

/* ---- 16 bytes ------------------------------------------------------------------ */

INLINE Bytes load_bytes(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)p); }
INLINE void store_bytes(uint8_t *p, Bytes a) { _mm_storeu_si128((__m128i *)p, a); }
INLINE Bytes subtract_bytes(Bytes a, Bytes b) { return _mm_sub_epi8(a, b); }
INLINE Bytes smaller_bytes(Bytes a, Bytes b) { return _mm_min_epu8(a, b); }
INLINE Bytes larger_bytes(Bytes a, Bytes b) { return _mm_max_epu8(a, b); }
INLINE Bytes equal_bytes(Bytes a, Bytes b) { return _mm_cmpeq_epi8(a, b); }
INLINE Bytes any_bits(Bytes a, Bytes b) { return _mm_or_si128(a, b); }
INLINE Bytes no_bytes(void) { return _mm_setzero_si128(); }

/* a - b, at least 0. */
INLINE Bytes excess(Bytes a, Bytes b) { return _mm_subs_epu8(a, b); }

/* a + b, at most 255. */
INLINE Bytes held_sum(Bytes a, Bytes b) { return _mm_adds_epu8(a, b); }

/* Bits of `yes` where those of the mask are 1, else of `no`. */
INLINE Bytes pick(Bytes mask, Bytes yes, Bytes no) {
    return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

/* Which of 64 bytes are equal: bit k for byte k. */
INLINE uint64_t equal_places(const uint8_t *a, const uint8_t *b) {
    uint64_t equal = 0;
    for (int k = 0; k < 64; k += 16) {
        const Bytes same = equal_bytes(load_bytes(a + k), load_bytes(b + k));
        equal |= (uint64_t)(uint32_t)_mm_movemask_epi8(same) << k;
    }
    return equal;
}

/* Add the bytes to sums, somehow spread over the four. */
INLINE Longs add_bytes(Longs sums, Bytes a) {
    return _mm_add_epi32(sums, _mm_sad_epu8(a, _mm_setzero_si128()));
}

/* Add 16 times the first byte, 15 times the next, … to sums, likewise. */
INLINE Longs add_bytes_falling(Longs sums, Bytes a) {
    const __m128i zero = _mm_setzero_si128();
    const __m128i high = _mm_set_epi16(9, 10, 11, 12, 13, 14, 15, 16);
    const __m128i low = _mm_set_epi16(1, 2, 3, 4, 5, 6, 7, 8);
    return _mm_add_epi32(
        sums, _mm_add_epi32(_mm_madd_epi16(_mm_unpacklo_epi8(a, zero), high),
                            _mm_madd_epi16(_mm_unpackhi_epi8(a, zero), low)));
}

/* ---- 8 shorts ------------------------------------------------------------------ */

INLINE Shorts load_shorts(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
/* Four bytes as shorts, and four zeros. */
INLINE Shorts widen_four(const uint8_t *p) {
    int32_t four;
    memcpy(&four, p, sizeof four);
    return _mm_unpacklo_epi8(_mm_cvtsi32_si128(four), _mm_setzero_si128());
}
INLINE void store_shorts(void *p, Shorts a) { _mm_storeu_si128((__m128i *)p, a); }
INLINE void store_four(void *p, Shorts a) { _mm_storel_epi64((__m128i *)p, a); }
INLINE Shorts shorts_of(int16_t value) { return _mm_set1_epi16(value); }
INLINE Shorts add_shorts(Shorts a, Shorts b) { return _mm_add_epi16(a, b); }
INLINE Shorts subtract_shorts(Shorts a, Shorts b) { return _mm_sub_epi16(a, b); }
INLINE Shorts smaller_shorts(Shorts a, Shorts b) { return _mm_min_epi16(a, b); }
INLINE Shorts larger_shorts(Shorts a, Shorts b) { return _mm_max_epi16(a, b); }
INLINE Shorts other_bits(Shorts a, Shorts b) { return _mm_xor_si128(a, b); }
INLINE Shorts multiply_shorts(Shorts a, Shorts b) { return _mm_mullo_epi16(a, b); }
#define shift_shorts_up(a, bits) _mm_slli_epi16(a, bits)
#define shift_shorts_down(a, bits) _mm_srai_epi16(a, bits)

/* a + b within 16 bits. */
INLINE Shorts held_sum_shorts(Shorts a, Shorts b) { return _mm_adds_epi16(a, b); }

/* Upper 16 bits of the products. */
INLINE Shorts upper_product(Shorts a, Shorts b) { return _mm_mulhi_epi16(a, b); }

/* Rounded means with the weights 1, 2, 1 of unsigned values; a + c modulo 2^16. */
INLINE Shorts mean_of_three(Shorts a, Shorts b, Shorts c) {
    return _mm_avg_epu16(_mm_srli_epi16(_mm_add_epi16(a, c), 1), b);
}

/* Each of the lower (upper) four twice. */
INLINE Shorts double_lower(Shorts a) { return _mm_unpacklo_epi16(a, a); }
INLINE Shorts double_upper(Shorts a) { return _mm_unpackhi_epi16(a, a); }

/* Each of the lower (upper) two pairs twice. */
INLINE Shorts double_lower_pairs(Shorts a) { return _mm_unpacklo_epi32(a, a); }
INLINE Shorts double_upper_pairs(Shorts a) { return _mm_unpackhi_epi32(a, a); }

/* The upper four, below zeros. */
INLINE Shorts upper_four(Shorts a) { return _mm_srli_si128(a, 8); }

INLINE Shorts with_fourth(Shorts a, int value) { return _mm_insert_epi16(a, value, 3); }
#define short_at(a, place) _mm_extract_epi16(a, place)

/* Two weights for the sums below. */
INLINE Shorts weights_of(int32_t one, int32_t two) {
    return _mm_set1_epi32((int32_t)(((uint32_t)two << 16) | (uint16_t)one));
}

/* One weight times the lower (upper) four of a, plus the other times those of b. */
INLINE Longs weigh_lower(Shorts a, Shorts b, Shorts weights) {
    return _mm_madd_epi16(_mm_unpacklo_epi16(a, b), weights);
}
INLINE Longs weigh_upper(Shorts a, Shorts b, Shorts weights) {
    return _mm_madd_epi16(_mm_unpackhi_epi16(a, b), weights);
}

/* One weight times the lower four, plus the other times the upper four. */
INLINE Longs weigh_halves(Shorts a, Shorts weights) {
    return _mm_madd_epi16(_mm_unpacklo_epi16(a, _mm_unpackhi_epi64(a, a)), weights);
}

/* Sums of two neighbouring products. */
INLINE Longs sum_products(Shorts a, Shorts b) { return _mm_madd_epi16(a, b); }

/* ---- 4 longs ------------------------------------------------------------------- */

INLINE Longs load_longs(const uint32_t *p) { return _mm_loadu_si128((const __m128i *)p); }
INLINE void store_longs(uint32_t *p, Longs a) { _mm_storeu_si128((__m128i *)p, a); }
INLINE Longs longs_of(int32_t value) { return _mm_set1_epi32(value); }
INLINE Longs add_longs(Longs a, Longs b) { return _mm_add_epi32(a, b); }
INLINE Longs subtract_longs(Longs a, Longs b) { return _mm_sub_epi32(a, b); }
#define shift_longs_up(a, bits) _mm_slli_epi32(a, bits)
#define shift_longs_down(a, bits) _mm_srai_epi32(a, bits)
INLINE int32_t first_two(Longs a) {
    return _mm_cvtsi128_si32(a) + _mm_cvtsi128_si32(_mm_srli_si128(a, 4));
}

/* The four of a, then those of b, each held within 16 bits. */
INLINE Shorts narrow(Longs a, Longs b) { return _mm_packs_epi32(a, b); }

/* One weight times the upper 16 bits of a, plus the other times those of b. */
INLINE Longs weigh_tops(Longs a, Longs b, Shorts weights) {
    const __m128i tops = _mm_set1_epi32((int32_t)0xFFFF0000u);
    return _mm_madd_epi16(_mm_or_si128(_mm_srli_epi32(a, 16), _mm_and_si128(b, tops)),
                          weights);
}

/* The second and fourth of a and of b. */
INLINE Longs odd_longs(Longs a, Longs b) {
    const __m128 x = _mm_castsi128_ps(a), y = _mm_castsi128_ps(b);
    return _mm_castps_si128(_mm_shuffle_ps(x, y, _MM_SHUFFLE(3, 1, 3, 1)));
}

/* Sums of two neighbours of a, then of b. */
INLINE Longs sum_neighbours(Longs a, Longs b) {
    const __m128 x = _mm_castsi128_ps(a), y = _mm_castsi128_ps(b);
    const __m128 even = _mm_shuffle_ps(x, y, _MM_SHUFFLE(2, 0, 2, 0));
    return _mm_add_epi32(_mm_castps_si128(even), odd_longs(a, b));
}
INLINE Longs longs_in(Shorts a) { return a; }

/* ---- other --------------------------------------------------------------------- */

/* Square root, rounded down, of a number from 0 on. */
INLINE int32_t root_of(int32_t number) {
    const __m128d value = _mm_cvtsi32_sd(_mm_setzero_pd(), number);
    return _mm_cvttsd_si32(_mm_sqrt_sd(value, value)); /* exact below 2^52 */
}

INLINE void prefetch_byte(const void *p) {
    _mm_prefetch((const char *)p, _MM_HINT_T0);
}

#elif defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__) && \
    defined(__GNUC__)

#include <arm_neon.h>
#define MORPHKIT_LANES "NEON"

typedef uint8x16_t Bytes;
typedef int16x8_t Shorts;
typedef int32x4_t Longs;

/* ---- 16 bytes ------------------------------------------------------------------ */

INLINE Bytes load_bytes(const uint8_t *p) { return vld1q_u8(p); }
INLINE void store_bytes(uint8_t *p, Bytes a) { vst1q_u8(p, a); }
INLINE Bytes subtract_bytes(Bytes a, Bytes b) { return vsubq_u8(a, b); }
INLINE Bytes smaller_bytes(Bytes a, Bytes b) { return vminq_u8(a, b); }
INLINE Bytes larger_bytes(Bytes a, Bytes b) { return vmaxq_u8(a, b); }
INLINE Bytes equal_bytes(Bytes a, Bytes b) { return vceqq_u8(a, b); }
INLINE Bytes any_bits(Bytes a, Bytes b) { return vorrq_u8(a, b); }
INLINE Bytes no_bytes(void) { return vdupq_n_u8(0); }
INLINE Bytes excess(Bytes a, Bytes b) { return vqsubq_u8(a, b); }
INLINE Bytes held_sum(Bytes a, Bytes b) { return vqaddq_u8(a, b); }
INLINE Bytes pick(Bytes mask, Bytes yes, Bytes no) { return vbslq_u8(mask, yes, no); }

INLINE uint64_t equal_places(const uint8_t *a, const uint8_t *b) {
    static const uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                     1, 2, 4, 8, 16, 32, 64, 128};
    const Bytes own = vld1q_u8(bits);
    Bytes same[4];
    for (int k = 0; k < 4; k++)
        same[k] = vandq_u8(equal_bytes(load_bytes(a + 16 * k), load_bytes(b + 16 * k)),
                           own);
    const Bytes fours = vpaddq_u8(vpaddq_u8(same[0], same[1]),
                                  vpaddq_u8(same[2], same[3]));
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)), 0);
}

INLINE Longs add_bytes(Longs sums, Bytes a) {
    return vreinterpretq_s32_u32(
        vpadalq_u16(vreinterpretq_u32_s32(sums), vpaddlq_u8(a)));
}

INLINE Longs add_bytes_falling(Longs sums, Bytes a) {
    static const uint8_t weights[16] = {16, 15, 14, 13, 12, 11, 10, 9,
                                        8,  7,  6,  5,  4,  3,  2,  1};
    const Bytes falling = vld1q_u8(weights);
    uint32x4_t total = vreinterpretq_u32_s32(sums);
    total = vpadalq_u16(total, vmull_u8(vget_low_u8(a), vget_low_u8(falling)));
    total = vpadalq_u16(total, vmull_high_u8(a, falling));
    return vreinterpretq_s32_u32(total);
}

/* ---- 8 shorts ------------------------------------------------------------------ */

INLINE Shorts load_shorts(const void *p) { return vld1q_s16(p); }
INLINE Shorts widen_four(const uint8_t *p) {
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return vreinterpretq_s16_u16(vmovl_u8(vcreate_u8(four)));
}
INLINE void store_shorts(void *p, Shorts a) { vst1q_s16(p, a); }
INLINE void store_four(void *p, Shorts a) { vst1_s16(p, vget_low_s16(a)); }
INLINE Shorts shorts_of(int16_t value) { return vdupq_n_s16(value); }
INLINE Shorts add_shorts(Shorts a, Shorts b) { return vaddq_s16(a, b); }
INLINE Shorts subtract_shorts(Shorts a, Shorts b) { return vsubq_s16(a, b); }
INLINE Shorts smaller_shorts(Shorts a, Shorts b) { return vminq_s16(a, b); }
INLINE Shorts larger_shorts(Shorts a, Shorts b) { return vmaxq_s16(a, b); }
INLINE Shorts other_bits(Shorts a, Shorts b) { return veorq_s16(a, b); }
INLINE Shorts multiply_shorts(Shorts a, Shorts b) { return vmulq_s16(a, b); }
#define shift_shorts_up(a, bits) vshlq_n_s16(a, bits)
#define shift_shorts_down(a, bits) vshrq_n_s16(a, bits)
INLINE Shorts held_sum_shorts(Shorts a, Shorts b) { return vqaddq_s16(a, b); }

INLINE Shorts upper_product(Shorts a, Shorts b) {
    const Longs low = vmull_s16(vget_low_s16(a), vget_low_s16(b));
    const Longs high = vmull_high_s16(a, b);
    return vuzp2q_s16(vreinterpretq_s16_s32(low), vreinterpretq_s16_s32(high));
}

INLINE Shorts mean_of_three(Shorts a, Shorts b, Shorts c) {
    const uint16x8_t sides = vshrq_n_u16(vreinterpretq_u16_s16(vaddq_s16(a, c)), 1);
    return vreinterpretq_s16_u16(vrhaddq_u16(sides, vreinterpretq_u16_s16(b)));
}

INLINE Shorts double_lower(Shorts a) { return vzip1q_s16(a, a); }
INLINE Shorts double_upper(Shorts a) { return vzip2q_s16(a, a); }
INLINE Longs longs_in(Shorts a) { return vreinterpretq_s32_s16(a); }
INLINE Shorts double_lower_pairs(Shorts a) {
    return vreinterpretq_s16_s32(vzip1q_s32(longs_in(a), longs_in(a)));
}
INLINE Shorts double_upper_pairs(Shorts a) {
    return vreinterpretq_s16_s32(vzip2q_s32(longs_in(a), longs_in(a)));
}
INLINE Shorts upper_four(Shorts a) { return vextq_s16(a, vdupq_n_s16(0), 4); }
INLINE Shorts with_fourth(Shorts a, int value) {
    return vsetq_lane_s16((int16_t)value, a, 3);
}
#define short_at(a, place) vgetq_lane_s16(a, place)
INLINE Shorts weights_of(int32_t one, int32_t two) {
    return vzip1q_s16(vdupq_n_s16((int16_t)one), vdupq_n_s16((int16_t)two));
}
INLINE Longs weigh_lower(Shorts a, Shorts b, Shorts weights) {
    return vmlal_laneq_s16(vmull_laneq_s16(vget_low_s16(a), weights, 0),
                           vget_low_s16(b), weights, 1);
}
INLINE Longs weigh_upper(Shorts a, Shorts b, Shorts weights) {
    return vmlal_high_laneq_s16(vmull_high_laneq_s16(a, weights, 0), b, weights, 1);
}
INLINE Longs weigh_halves(Shorts a, Shorts weights) {
    return vmlal_high_laneq_s16(vmull_laneq_s16(vget_low_s16(a), weights, 0), a, weights,
                                1);
}
INLINE Longs sum_products(Shorts a, Shorts b) {
    return vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b));
}

/* ---- 4 longs ------------------------------------------------------------------- */

INLINE Longs load_longs(const uint32_t *p) { return vreinterpretq_s32_u32(vld1q_u32(p)); }
INLINE void store_longs(uint32_t *p, Longs a) { vst1q_u32(p, vreinterpretq_u32_s32(a)); }
INLINE Longs longs_of(int32_t value) { return vdupq_n_s32(value); }
INLINE Longs add_longs(Longs a, Longs b) { return vaddq_s32(a, b); }
INLINE Longs subtract_longs(Longs a, Longs b) { return vsubq_s32(a, b); }
#define shift_longs_up(a, bits) vshlq_n_s32(a, bits)
#define shift_longs_down(a, bits) vshrq_n_s32(a, bits)
INLINE int32_t first_two(Longs a) { return vgetq_lane_s32(a, 0) + vgetq_lane_s32(a, 1); }
INLINE Shorts narrow(Longs a, Longs b) { return vqmovn_high_s32(vqmovn_s32(a), b); }
INLINE Longs weigh_tops(Longs a, Longs b, Shorts weights) {
    return vmlal_laneq_s16(vmull_laneq_s16(vshrn_n_s32(a, 16), weights, 0),
                           vshrn_n_s32(b, 16), weights, 1);
}
INLINE Longs odd_longs(Longs a, Longs b) { return vuzp2q_s32(a, b); }
INLINE Longs sum_neighbours(Longs a, Longs b) { return vpaddq_s32(a, b); }

/* ---- other --------------------------------------------------------------------- */

INLINE int32_t root_of(int32_t number) {
    return (int32_t)vgetq_lane_f64(vsqrtq_f64(vdupq_n_f64(number)), 0);
}

INLINE void prefetch_byte(const void *p) { __builtin_prefetch(p); }

#endif
#endif
