// SPDX-License-Identifier: MIT
// e to the x, in place of upstream's lib/libm_dbl/exp.c, which gives exp(1.0) != math.e.
// Method: x = k ln 2 + r with |r| <= ln(2)/2; e^r by its Taylor series to r^13 (truncation below
// 2^-57); the rounding error of r is carried along as r_low, so that only the last addition rounds
// visibly.
#include <math.h>

#define LN2_HIGH (6.93147180369123816490e-01) // the low 32 bits are zero: k * LN2_HIGH is exact
#define LN2_LOW (1.90821492927058770002e-10)
#define INV_LN2 (1.44269504088896338700)
#define OVERFLOWS_ABOVE (709.782712893383973096)
#define VANISHES_BELOW (-745.13321910194110842)

// r^2 * (1/2! + r/3! + ... + r^11/13!)
static double series_from_square(double r) {
    static const double inverse_factorials[] = {
        1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
        1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5,
    };
    double sum = 0;
    for (unsigned i = 0; i < sizeof(inverse_factorials) / sizeof(inverse_factorials[0]); ++i) {
        sum = sum * r + inverse_factorials[i];
    }
    return sum * r * r;
}

double exp(double x) {
    if (isnan(x)) {
        return x;
    }
    if (x > OVERFLOWS_ABOVE) {
        return INFINITY;
    }
    if (x < VANISHES_BELOW) {
        return 0;
    }
    int k = (int)(x * INV_LN2 + (x < 0 ? -0.5 : 0.5));
    double high = x - k * LN2_HIGH;
    double low = k * LN2_LOW;
    double r = high - low;
    double r_low = (high - r) - low;
    return scalbn(1 + (r + (r_low + r_low * r + series_from_square(r))), k);
}
