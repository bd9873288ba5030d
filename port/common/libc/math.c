// SPDX-License-Identifier: MIT
// What upstream's lib/libm_dbl lacks. With -fno-math-errno the compiler makes sqrt one
// instruction.
#include <math.h>

double sqrt(double x) {
    return __builtin_sqrt(x);
}

double nan(const char *tag) {
    (void)tag;
    return NAN;
}

double fabs(double x) {
    return __builtin_fabs(x);
}

double copysign(double x, double sign) {
    return __builtin_copysign(x, sign);
}

double log2(double x) {
    // Exact for powers of two, which callers expect; elsewhere by the natural logarithm.
    int exponent;
    double fraction = frexp(x, &exponent);
    return fraction == 0.5 ? exponent - 1 : log(x) * 1.44269504088896340736;
}

// gcc joins sin(x) and cos(x) into this.
void sincos(double x, double *sin_out, double *cos_out);

void sincos(double x, double *sin_out, double *cos_out) {
    *sin_out = sin(x);
    *cos_out = cos(x);
}
