/* Shared by the C half of morphkit.pixels.
 *
 * This code follows docs/pixel_specification.md and, for dense matching,
 * docs/correspondence_specification.md; the NumPy modules oracle.py, detail_oracle.py,
 * planes_oracle.py, matching_oracle.py and deflate.py are its readable counterparts and
 * give the same bits, as measuring_oracle.py, colour_oracle.py, smoothing_oracle.py,
 * filters_oracle.py and scaling_oracle.py do of what frames are measured with and shown by.
 *
 * Pixels are made of integers only; some measurements are of doubles, in a fixed order.
 * Products that may pass 2^63 are computed modulo 2^64 in uint64_t. What is done to many
 * values at once stands on _native_lanes.h (SSE2 or NEON), with plain C beside it.
 */
#ifndef MORPHKIT_NATIVE_H
#define MORPHKIT_NATIVE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER)
#define INLINE static __forceinline
#elif defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

#include "_native_lanes.h"

#define WHITE 32767      /* linear light of the code 1.0 */
#define MIDDLE 16384     /* linear light that code for lanes uses as zero */
#define ONE_BITS 14      /* weights are in units of 1/16384 */
#define HALF 8192
#define WHOLE_FROM 4096  /* weight from which a cover has full presence */
#define BEHIND_FROM 2048 /* the same in triangles that are behind others */
#define PAD_BEFORE 1     /* replicated pixels around a photo */
#define PAD_AFTER 2
#define CHANNELS 4       /* of a stored sample: red, green, blue, cover */
#define PHASES 256
#define UNIT_BITS 12     /* displacements of planes are in units of 1/4096 px */
#define MAX_PHOTOS 256   /* in one frame */
#define MAX_THREADS 8    /* for one frame or file */

typedef enum { DONE = 0, NO_MEMORY = -1, BAD_INDEX = -2 } Status;

INLINE int64_t clamp64(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

INLINE int32_t clamp32(int32_t value, int32_t low, int32_t high) {
    return value < low ? low : value > high ? high : value;
}

/* Rounded to the nearest, halves upwards; `whole` is positive. */
INLINE int64_t divide(int64_t part, int64_t whole) {
    const int64_t n = 2 * part + whole, d = 2 * whole, quotient = n / d;
    return quotient - (n % d < 0);
}

/* A photo of the mesh: its stored samples, its nodes, its share of the blend. */
typedef struct {
    const int16_t *samples; /* (height + 3, width + 3, 4): 32767 - 2·sample */
    int64_t width, height;
    const int32_t *nodes; /* (n, 2), 1/256 px */
    int32_t weight;       /* 1/16384 */
    int32_t presence;     /* presence of its cover, 1/16384 */
    int32_t lasting;      /* the same in triangles that are behind others */
    int32_t shade;        /* share of light lost where shown alone, 1/16384 */
    int32_t lid_shade;    /* the same in triangles that are behind others, if deep */
} Photo;

typedef struct {
    const Photo *photos;
    int n_photos;
    const int32_t *frame_nodes; /* (n_nodes, 2), 1/256 px */
    int64_t n_nodes;
    const int32_t *triangles; /* (n_triangles, 3) */
    int64_t n_triangles;
    const int16_t *taps;   /* (256, 4), 1/16384 */
    const uint8_t *encode; /* (32768,) */
    uint8_t *image;        /* (height, width, 3) */
    int16_t *light;        /* the same before it is encoded, instead; else NULL */
    int64_t width, height;
    int covered; /* 1: some photo has a cover; 2, 3: what one shows alone is shaded too */
    int64_t n_behind; /* triangles, the first, in which covers last longer */
    int64_t n_sheets; /* triangles, the first, that are seen through holes */
    int64_t n_rims;   /* these, and the rims of holes, which come next */
    /* instead of an image, for two photos: light, and how far the photos are apart, half
     * of it, counted from MIDDLE */
    int16_t *planes; /* (height, width, 4); NULL for an image */
} Scene;

/* Part `index` of `count` of some work. */
typedef void (*Share)(void *context, int index, int count);

/* Do all parts, up to MAX_THREADS, each in a thread of its own, and wait for them. */
void in_threads(int count, Share share, void *context);

/* First of n rows of part `index` of `count`; that of the next part ends it. */
INLINE int64_t first_row(int64_t n, int index, int count) { return n * index / count; }

/* Set presence and shade of photos, whose weights are given. Covers of two photos fade in
 * with their weight, and parts that one photo alone shows darken as the weight falls,
 * deeply for 3; otherwise covers have full presence and no shade. */
void set_presences(Photo *photos, int n, int covered);

/* Draw the frame; count the pixels in no triangle and give the first, or -1. */
Status draw_scene(const Scene *scene, int threads, int64_t *uncovered, int64_t *first);

/* Write the frame of such planes with its detail kept level, as codes and before it is
 * encoded, where `image` and `light` are not NULL; `both` is the product of the weights, at
 * most 2^26, or 0. */
Status level_detail(const int16_t *planes, int64_t width, int64_t height, int64_t both,
                    const uint8_t *encode, uint8_t *image, int16_t *light,
                    int threads);

/* Write the samples of a photo of 8-bit or 16-bit code values. */
Status prepare_samples(const void *photo, int code_bytes, int64_t width, int64_t height,
                       const int16_t *table, const int16_t *taps, int64_t n_taps,
                       int16_t *samples, int threads);

/* Write a frame of three channels, reduced to columns x rows by area. */
Status reduce_area(const uint8_t *frame, int64_t width, int64_t height, int64_t columns,
                   int64_t rows, uint8_t *small, int threads);

/* Write code values minus their mean around, divided by their variation around. */
Status even_contrast(const uint8_t *codes, int64_t width, int64_t height, int64_t half,
                     uint8_t *result, int threads);

/* Write the displacement, 1/4096 px, at which every pixel of a plane is found in another.
 */
Status match_planes(const uint8_t *first, const uint8_t *second, int64_t width,
                    int64_t height, int32_t *flow, int threads);

/* Write the displacement halfway between two planes, and how far it is trusted, of 16384;
 * `apart` and `most` in 1/4096 px. */
Status meet_halfway(const int32_t *there, const int32_t *back, int64_t width,
                    int64_t height, int64_t apart, int64_t most, int32_t *middle,
                    int32_t *trust, int threads);

/* Write the mean displacement around every pixel, weighted by trust; `still` is the
 * weight of none. */
Status spread_trusted(const int32_t *middle, const int32_t *trust, int64_t width,
                      int64_t height, const int16_t *taps, int64_t n_taps, int64_t still,
                      int32_t *result, int threads);

/* Places of sums over a face: of the pixels of its region and of its skin, of those of both
 * that have four neighbours, and of 32 tones: number, sum and squares of red less green,
 * sum and squares of yellow less blue. */
enum {
    TALLY_REGION,
    TALLY_CLIPPED,
    TALLY_DIFFERENCE,
    TALLY_YELLOW,
    TALLY_LUMA,
    TALLY_INNER,
    TALLY_LIGHT,
    TALLY_LIGHT_2,
    TALLY_LAPLACIAN_2,
    TALLY_INNER_SKIN,
    TALLY_SKIN_LIGHT,
    TALLY_SKIN_LIGHT_2,
    TALLY_TONES,
    TALLY_LENGTH = TALLY_TONES + 5 * 32
};

/* Write the sums over a face; `shares` are those of red, green and blue in light. */
void tally_face(const uint8_t *frame, const uint8_t *before, const uint8_t *region,
                const uint8_t *skin, int64_t width, int64_t height, const int32_t *shares,
                int64_t *sums);

/* Write a square of weighted means of the values that a picture of 1 or 2 bytes, and three
 * channels, stands for: for every row and column the first pixel, and n weights. There are
 * as many values as a power of two; of larger numbers, the lower bits count. */
Status resample_square(const void *picture, int item, int64_t width, const double *values,
                       int64_t n_values, const int32_t *down, const double *down_weights,
                       int64_t n_down, const int32_t *across,
                       const double *across_weights, int64_t n_across, int64_t side,
                       double *square);

/* Parts of a difference of colours after CIE 2000: its square without the turn of axes, the
 * differences of chroma and of hue, cosine and sine of the mean hue, the mean chroma. */
#define COLOUR_PARTS 6

/* Write the parts, one after the other, for n pairs of colours in CIELAB; `series` are the
 * five and the four coefficients of T. */
void compare_colours(const double *first, const double *second, int64_t n,
                     const double *series, double *parts);

/* Write a plane correlated along its rows (`across`) or columns with taps from the middle
 * on, at most as many as there are values; those before it are `odd` or the same. */
Status correlate_plane(const double *values, int64_t width, int64_t height,
                       const double *taps, int64_t n_taps, int odd, int across,
                       double *result);

/* Write the answers of filters that read the columns of a plane, n high, at some places;
 * beyond its end a column begins again. As many groups of neighbouring columns have filters
 * of their own, n / 2 + 1 taps from the place on, of which those beyond their reach do not
 * count: in turn an even one and an odd one, whose taps before the place have the other
 * sign. The result is of columns, filters, places. */
Status filter_columns(const double *values, int64_t n, int64_t width,
                      const int32_t *places, int64_t n_places, const double *taps,
                      const int32_t *reach, int64_t n_groups, int64_t n_filters,
                      double *result);

/* Write a frame of three channels at another size: for every column and row the first pixel
 * and n weights, in 1/2^22, whose sizes sum up to 2^23 at most. */
Status scale_frame(const uint8_t *frame, int64_t width, const int32_t *across,
                   const int32_t *across_weights, int64_t n_across, int64_t columns,
                   const int32_t *down, const int32_t *down_weights, int64_t n_down,
                   int64_t rows, uint8_t *result);

/* Write means over squares of a plane that lie `every` values apart; beyond its edge it is
 * 0. Of an even side, one more lies before the middle than after it. */
Status means_of_squares(const double *values, int64_t width, int64_t height, int64_t side,
                        int64_t every, double *result);

/* Compress an image into a zlib stream, which the caller frees. */
Status compress_rows(const uint8_t *rows, int64_t n_rows, int64_t row_bytes,
                     int64_t pixel_bytes, int threads, uint8_t **stream, size_t *size);

#endif
